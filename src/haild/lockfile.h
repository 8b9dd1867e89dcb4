/*
 * lockfile.h -- the file with the process ID, and the lock beside it.
 *
 * The lock identifies the daemon.  It is on a file of its own that only the
 * daemon's user can open, since any user who can open a file can lock it.
 * pidfile_open of libbsd is not used: it locks the file that everyone reads,
 * follows a symbolic link and empties its target, and cannot continue with a
 * lock that was taken before an upgrade.
 */

#ifndef LOCKFILE_H
#define LOCKFILE_H

#include <sys/types.h>

#include <limits.h>

struct lockfile {
	const char *path; /* kept, not copied; NULL: no file */
	int fd;
	char lock_path[PATH_MAX]; /* PATH.lock */
	int lock;
};

/*
 * Create or open PATH.lock, lock it, and write the process ID into it; or keep
 * a lock from before an upgrade.  Then create or open PATH.  Only regular files
 * are accepted, no symbolic links, and only a lock file of haild's own user.
 *
 * Returns 0; or -1 with errno, and the path of L is the file that failed:
 * EEXIST if it is not a regular file; EPERM if it belongs to another user;
 * EWOULDBLOCK if another process has the lock, whose process ID is in OTHER, or
 * 0 if it is not known.
 */
int lockfile_take(struct lockfile *l, const char *path, pid_t *other);

/* Write the process ID.  Returns 0, also without a file; or -1 with errno. */
int lockfile_write(const struct lockfile *l);

/*
 * Remove the files, each if it is still the one that was opened, and unlock.
 * Without a path nothing happens.
 */
void lockfile_remove(struct lockfile *l);

#endif
