#include "haild/lockfile.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TRIES 25 /* to get the lock, in half a second */

/* Whether PATH is still the file that is open as FD, and a regular one. */
static bool
is_at(const char *path, int fd)
{
	struct stat st, there;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    lstat(path, &there) == 0 && st.st_dev == there.st_dev &&
	    st.st_ino == there.st_ino;
}

/* The descriptor of before an upgrade, which holds the lock; or -1. */
static int
find_own(const char *path)
{
	struct dirent *entry;
	int fd, found = -1;
	DIR *dir;

	if ((dir = opendir("/proc/self/fd")) == NULL)
		return -1;
	while (found == -1 && (entry = readdir(dir)) != NULL) {
		fd = (int)strtol(entry->d_name, NULL, 10);
		if (fd > STDERR_FILENO && is_at(path, fd) &&
		    flock(fd, LOCK_EX | LOCK_NB) == 0)
			found = fd;
	}
	closedir(dir);
	return found;
}

/* Close FD.  Returns -1 with errno ERROR. */
static int
fail(int fd, int error)
{
	if (fd != -1)
		close(fd);
	errno = error;
	return -1;
}

/* Open the regular file PATH.  Returns the descriptor, or -1 with errno. */
static int
open_regular(const char *path, int flags, mode_t mode)
{
	struct stat st;
	int fd = open(path, flags | O_NOFOLLOW | O_NONBLOCK, mode);

	if (fd == -1)
		return fail(-1, errno == ELOOP ? EEXIST : errno);
	if (fstat(fd, &st) == -1)
		return fail(fd, errno);
	return S_ISREG(st.st_mode) ? fd : fail(fd, EEXIST);
}

static bool
is_own(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_uid == geteuid();
}

/* The process ID in FD, or 0. */
static pid_t
read_pid(int fd)
{
	char text[16] = "";
	long pid;

	if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
		return 0;
	pid = strtol(text, NULL, 10);
	return pid > 0 && pid <= INT_MAX ? (pid_t)pid : 0;
}

static int
write_pid(int fd)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	if (ftruncate(fd, 0) == -1)
		return -1;
	return pwrite(fd, text, (size_t)len, 0) == len ? 0 : -1;
}

/*
 * A daemon holds its lock as long as it lives.  Whoever only looks for one
 * (find_holder, the init script) has a shared lock for an instant.
 */
static int
lock(int fd)
{
	static const struct timespec pause = { .tv_nsec = 20000000 };
	int n;

	for (n = 0; flock(fd, LOCK_EX | LOCK_NB) == -1; n++) {
		if (errno != EWOULDBLOCK || n == TRIES)
			return -1;
		nanosleep(&pause, NULL);
	}
	return 0;
}

/* Open and lock PATH.  Returns the descriptor, or -1 with errno. */
static int
open_locked(const char *path, pid_t *other)
{
	/* Without O_CLOEXEC: it stays open at an upgrade; children close it. */
	int fd = open_regular(path, O_RDWR | O_CREAT, 0600), error;

	if (fd == -1)
		return -1;
	if (!is_own(fd))
		return fail(fd, EPERM);
	if (lock(fd) == 0)
		return fd;
	if ((error = errno) == EWOULDBLOCK)
		*other = read_pid(fd);
	return fail(fd, error);
}

static int
name_lock(char lock_path[PATH_MAX], const char *path)
{
	if (snprintf(lock_path, PATH_MAX, "%s.lock", path) < PATH_MAX)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

int
lockfile_take(struct lockfile *l, const char *path, pid_t *other)
{
	int error;

	*l = (struct lockfile) { .path = path, .fd = -1, .lock = -1 };
	*other = 0;
	if (name_lock(l->lock_path, path) == -1)
		return -1;
	l->path = l->lock_path;
	l->lock = find_own(l->lock_path);
	while (l->lock == -1) {
		if ((l->lock = open_locked(l->lock_path, other)) == -1)
			return -1;
		/* The last owner may have removed it before it was locked. */
		if (!is_at(l->lock_path, l->lock)) {
			close(l->lock);
			l->lock = -1;
		}
	}
	if (fchmod(l->lock, 0600) == 0 && write_pid(l->lock) == 0) {
		l->path = path;
		l->fd = open_regular(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
		if (l->fd != -1)
			return 0;
	}
	error = errno;
	unlink(l->lock_path);
	return fail(l->lock, error);
}

int
lockfile_write(const struct lockfile *l)
{
	return l->path == NULL ? 0 : write_pid(l->fd);
}

void
lockfile_remove(struct lockfile *l)
{
	if (l->path == NULL)
		return;
	if (is_at(l->path, l->fd))
		unlink(l->path);
	close(l->fd);
	if (is_at(l->lock_path, l->lock))
		unlink(l->lock_path);
	close(l->lock);
	*l = (struct lockfile) { .fd = -1, .lock = -1 };
}
