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

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Whether PATH is still the file that is open as FD; fills ST. */
static bool
is_at(const char *path, int fd, struct stat *st)
{
	struct stat there;

	return fstat(fd, st) == 0 && lstat(path, &there) == 0 &&
	    same_file(st, &there);
}

/*
 * The descriptor of PATH that was open before an upgrade, or -1.  It holds the
 * lock, so that flock succeeds.
 */
static int
find_own(const char *path, struct stat *st)
{
	struct dirent *entry;
	int fd, found = -1;
	DIR *dir;

	if ((dir = opendir("/proc/self/fd")) == NULL)
		return -1;
	while (found == -1 && (entry = readdir(dir)) != NULL) {
		fd = (int)strtol(entry->d_name, NULL, 10);
		if (fd > STDERR_FILENO && fd != dirfd(dir) &&
		    is_at(path, fd, st) && S_ISREG(st->st_mode) &&
		    flock(fd, LOCK_EX | LOCK_NB) == 0)
			found = fd;
	}
	closedir(dir);
	return found;
}

/* Without O_CLOEXEC: it stays open at an upgrade; children close it. */
static int
open_file(const char *path)
{
	int fd;

	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0644);
	if (fd == -1 && errno == ELOOP)
		errno = EEXIST;
	return fd;
}

static pid_t
read_pid(int fd)
{
	char text[16] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
		return 0;
	return (pid_t)strtol(text, NULL, 10);
}

/* Open and lock PATH.  Returns the descriptor, or -1 with errno. */
static int
open_locked(const char *path, struct stat *st, pid_t *other)
{
	int fd, saved;

	if ((fd = open_file(path)) == -1)
		return -1;
	if (fstat(fd, st) == -1)
		goto fail;
	if (!S_ISREG(st->st_mode)) {
		errno = EEXIST;
		goto fail;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	if (errno == EWOULDBLOCK)
		*other = read_pid(fd);
fail:
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

int
lockfile_take(struct lockfile *l, const char *path, pid_t *other)
{
	struct stat st;
	int fd;

	*l = (struct lockfile) { .fd = -1 };
	*other = 0;
	fd = find_own(path, &st);
	while (fd == -1) {
		if ((fd = open_locked(path, &st, other)) == -1)
			return -1;
		/* The last owner may have removed it before it was locked. */
		if (!is_at(path, fd, &st)) {
			close(fd);
			fd = -1;
		}
	}
	*l = (struct lockfile) { path, fd, st.st_dev, st.st_ino };
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
	struct stat st;

	if (l->path == NULL)
		return;
	if (is_at(l->path, l->fd, &st))
		unlink(l->path);
	close(l->fd);
	*l = (struct lockfile) { .fd = -1 };
}
