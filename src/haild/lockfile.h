/*
 * lockfile.h -- the file with the process ID, and its lock.
 *
 * The lock identifies the daemon; the number in the file is for people.  Not
 * pidfile_open of libbsd: it follows a symbolic link and empties its target,
 * and it cannot continue with a lock that was taken before an upgrade.
 */

#ifndef LOCKFILE_H
#define LOCKFILE_H

#include <sys/types.h>

struct lockfile {
	const char *path; /* kept, not copied; NULL: no file */
	int fd;
};

/*
 * Open or create PATH and lock it, or keep a lock from before an upgrade.  Only
 * a regular file is accepted, and no symbolic link.  Returns 0; or -1 with
 * errno: EEXIST if it is another kind of file; EWOULDBLOCK if another process
 * has the lock; OTHER is its process ID then, or 0 if the file has none.
 */
int lockfile_take(struct lockfile *l, const char *path, pid_t *other);

/* Write the process ID.  Returns 0, also without a file; or -1 with errno. */
int lockfile_write(const struct lockfile *l);

/* Remove the file if it is still the one that was locked, and unlock it. */
void lockfile_remove(struct lockfile *l);

#endif
