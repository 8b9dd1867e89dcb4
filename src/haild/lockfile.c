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
#include <unistd.h>

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

/* Open and lock PATH.  Returns the descriptor, or -1 with errno. */
static int
open_locked(const char *path, pid_t *other)
{
	char text[16] = "";
	struct stat st;
	int fd, saved;

	/* Without O_CLOEXEC: it stays open at an upgrade; children close it. */
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0644);
	if (fd == -1) {
		if (errno == ELOOP)
			errno = EEXIST;
		return -1;
	}
	if (fstat(fd, &st) == 0) {
		if (!S_ISREG(st.st_mode))
			errno = EEXIST;
		else if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return fd;
	}
	saved = errno;
	if (saved == EWOULDBLOCK && pread(fd, text, sizeof(text) - 1, 0) > 0)
		*other = (pid_t)strtol(text, NULL, 10);
	close(fd);
	errno = saved;
	return -1;
}

int
lockfile_take(struct lockfile *l, const char *path, pid_t *other)
{
	int fd;

	*l = (struct lockfile) { .fd = -1 };
	*other = 0;
	fd = find_own(path);
	while (fd == -1) {
		if ((fd = open_locked(path, other)) == -1)
			return -1;
		/* The last owner may have removed it before it was locked. */
		if (!is_at(path, fd)) {
			close(fd);
			fd = -1;
		}
	}
	*l = (struct lockfile) { path, fd };
	return 0;
}

int
lockfile_write(const struct lockfile *l)
{
	char text[16];
	int len;

	if (l->path == NULL)
		return 0;
	len = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
	if (ftruncate(l->fd, 0) == -1)
		return -1;
	return pwrite(l->fd, text, (size_t)len, 0) == len ? 0 : -1;
}

void
lockfile_remove(struct lockfile *l)
{
	if (l->path == NULL)
		return;
	if (is_at(l->path, l->fd))
		unlink(l->path);
	close(l->fd);
	*l = (struct lockfile) { .fd = -1 };
}
