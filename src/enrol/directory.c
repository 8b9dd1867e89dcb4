#include "enrol/directory.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "contain/privileges.h"
#include "lib/io.h"
#include "lib/log.h"

#define LOCK_TIME (10 * SECOND)
#define FILE_MAX ((off_t)8 * 1024 * 1024)

/* Why a directory with STATUS cannot be used, and what to do; or NULL. */
static const char *
find_fault(const struct stat *status)
{
	if (status->st_mode & (S_IWGRP | S_IWOTH))
		return "other users can write to it: chmod go-w it";
	if (geteuid() == 0)
		return status->st_uid == 0
		    ? "it belongs to root: chown it to haild-enrol"
		    : NULL;
	return status->st_uid != geteuid()
	    ? "it belongs to another user: run this as root"
	    : NULL;
}

static int
become_owner(const struct stat *status)
{
	const struct identity owner = { .uid = status->st_uid,
		.gid = status->st_gid };

	if (geteuid() != 0)
		return 0;
	return privileges_become(&owner, "the owner of the directory");
}

int
directory_open(struct directory *d, const char *path)
{
	const char *fault;
	struct stat status;

	*d = (struct directory) { .path = path, .lock = -1 };
	d->fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (d->fd == -1 || fstat(d->fd, &status) == -1) {
		log_err("cannot open the directory %s", path);
		return -1;
	}
	if ((fault = find_fault(&status)) != NULL) {
		log_errx("cannot use %s: %s", path, fault);
		return -1;
	}
	return become_owner(&status);
}

int
directory_lock(struct directory *d)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	int64_t deadline = clock_now() + LOCK_TIME;

	d->lock = openat(d->fd, "lock",
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (d->lock == -1) {
		log_err("cannot open %s/lock", d->path);
		return -1;
	}
	while (flock(d->lock, LOCK_EX | LOCK_NB) == -1) {
		if (errno != EWOULDBLOCK || clock_now() > deadline) {
			log_err("cannot lock %s/lock", d->path);
			return -1;
		}
		nanosleep(&pause, NULL);
	}
	return 0;
}

void
directory_close(struct directory *d)
{
	if (d->lock != -1)
		close(d->lock);
	if (d->fd != -1)
		close(d->fd);
	d->lock = d->fd = -1;
}

/* --- reading --- */

/* Read FD, which has at most SIZE bytes, to its end. */
static char *
read_all(int fd, size_t size, size_t *len)
{
	char *text = malloc(size + 1);
	ssize_t n = 1;

	for (*len = 0; text != NULL && *len < size && n > 0;)
		if ((n = io_read(fd, text + *len, size - *len)) > 0)
			*len += (size_t)n;
	if (text == NULL || n == -1) {
		free(text);
		return NULL;
	}
	text[*len] = '\0';
	return text;
}

static char *
read_file(int fd, size_t *len)
{
	struct stat status;

	if (fstat(fd, &status) == -1)
		return NULL;
	errno = S_ISREG(status.st_mode) ? EFBIG : EINVAL;
	if (!S_ISREG(status.st_mode) || status.st_size > FILE_MAX)
		return NULL;
	return read_all(fd, (size_t)status.st_size, len);
}

char *
directory_read(const struct directory *d, const char *name, size_t *len)
{
	int own = name[0] == '/' ? 0 : O_NOFOLLOW;
	int fd = openat(
	    d->fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | own);
	char *text;

	*len = 0;
	if (fd == -1 && errno == ENOENT && own != 0)
		return calloc(1, 1);
	text = fd != -1 ? read_file(fd, len) : NULL;
	if (text == NULL)
		log_err("cannot read %s%s%s", own != 0 ? d->path : "",
		    own != 0 ? "/" : "", name);
	if (fd != -1)
		close(fd);
	return text;
}

/* --- writing --- */

static void
print_new(char new[NAME_MAX], const struct draft *draft)
{
	snprintf(new, NAME_MAX, "%s.new", draft->name);
}

/* Write DRAFT next to its file.  Returns 0, or -1 with errno. */
static int
write_new(const struct directory *d, const struct draft *draft)
{
	char new[NAME_MAX];
	int fd, result;

	print_new(new, draft);
	/* A crash may have left a draft. */
	if (unlinkat(d->fd, new, 0) == -1 && errno != ENOENT)
		return -1;
	fd = openat(
	    d->fd, new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, draft->mode);
	if (fd == -1)
		return -1;
	result = fchmod(fd, draft->mode) == -1 ||
		io_write_all(fd, draft->text, draft->len) == -1 ||
		fsync(fd) == -1
	    ? -1
	    : 0;
	return close(fd) == -1 ? -1 : result;
}

static int
commit(const struct directory *d, const struct draft *draft)
{
	char new[NAME_MAX];

	print_new(new, draft);
	return renameat(d->fd, new, d->fd, draft->name) == -1 ||
		fsync(d->fd) == -1
	    ? -1
	    : 0;
}

static int
replace(const struct directory *d, const struct draft *drafts, size_t n)
{
	int (*const steps[])(const struct directory *,
	    const struct draft *) = { write_new, commit };
	char new[NAME_MAX];
	size_t step, i;
	int error;

	for (step = 0; step < 2; step++)
		for (i = 0; i < n; i++)
			if (steps[step](d, &drafts[i]) == -1)
				goto fail;
	return 0;
fail:
	error = errno;
	for (i = 0; i < n; i++) {
		print_new(new, &drafts[i]);
		unlinkat(d->fd, new, 0);
	}
	errno = error;
	return -1;
}

int
directory_replace(
    const struct directory *d, const struct draft *drafts, size_t n)
{
	sigset_t all, before;
	int result;

	/*
	 * Ignore signals, so that a disconnecting client cannot end the process
	 * between two files.
	 */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	result = replace(d, drafts, n);
	if (result == -1)
		log_err("cannot write the files in %s", d->path);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return result;
}
