/*
 * lockfile.h -- the file with the process ID, and its lock.
 *
 * The lock says who the daemon is, the number in the file is for people.  Not
 * pidfile_open of libbsd: it follows a symbolic link and empties what that
 * points to, and it cannot go on with a lock that another image of us took.
 */

#ifndef LOCKFILE_H
#define LOCKFILE_H

#include <sys/types.h>

struct lockfile {
	const char *path; /* kept, not copied; NULL: there is none */
	int fd;
	dev_t dev;
	ino_t ino;
};

/*
 * Open PATH, or make it, and lock it; a lock that we have already, since
 * another image took it, is kept.  Only a regular file will do, and no symbolic
 * link leads to it.  Returns 0; or -1 with errno: EEXIST for what is no regular
 * file; EWOULDBLOCK if somebody else has the lock, and then OTHER is their
 * process ID, or 0 if they have not told.
 */
int lockfile_take(struct lockfile *l, const char *path, pid_t *other);

/* Write our process ID.  Returns 0, also without a file; or -1 with errno. */
int lockfile_write(const struct lockfile *l);

/* Remove the file if it is still the one that we locked, and unlock it. */
void lockfile_remove(struct lockfile *l);

#endif
