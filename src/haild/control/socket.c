#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "haild/control/control.h"
#include "lib/log.h"

#define BACKLOG 64

/* Whether the file at C's path is still the one that was made for it. */
static bool
has_path(const struct control *c)
{
	struct stat st;

	return c->fd != -1 && lstat(c->path, &st) == 0 && st.st_dev == c->dev &&
	    st.st_ino == c->ino;
}

void
control_close(struct control *c)
{
	if (has_path(c))
		unlink(c->path);
	if (c->fd != -1)
		close(c->fd);
	c->fd = -1;
}

/*
 * In a container, a file system that is mounted on /run is empty, and no
 * program but haild, process 1, can create the directory.
 */
static int
stat_directory(const char *dir, struct stat *st)
{
	if (stat(dir, st) == 0)
		return 0;
	if (errno != ENOENT || getpid() != 1 || mkdir(dir, 0755) == -1)
		return -1;
	return stat(dir, st);
}

/*
 * Whether only root and this user can put a file at PATH: another user could
 * put a socket there that haildctl takes for haild's.
 */
static bool
is_safe(const char *path, char *why, size_t size)
{
	size_t len = (size_t)(strrchr(path, '/') - path);
	char dir[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	struct stat st;

	strlcpy(dir, path, sizeof(dir));
	dir[len > 0 ? len : 1] = '\0';
	if (stat_directory(dir, &st) == -1) {
		snprintf(why, size, "%s: %s", dir, strerror(errno));
		return false;
	}
	if ((st.st_uid == 0 || st.st_uid == geteuid()) &&
	    (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return true;
	snprintf(why, size, "other users can write to %s", dir);
	return false;
}

/* Remove the file of a socket that no process listens on. */
static int
clear_path(const struct sockaddr_un *un, char *why, size_t size)
{
	struct stat st;
	int fd, result;

	if (lstat(un->sun_path, &st) == -1)
		return errno == ENOENT ? 0 : -1;
	if (!S_ISSOCK(st.st_mode)) {
		strlcpy(why, "the file exists and is not a socket", size);
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	result = connect(fd, (const struct sockaddr *)un, sizeof(*un));
	if (result == -1 && errno == ECONNREFUSED)
		result = unlink(un->sun_path);
	else {
		strlcpy(why, "another haild uses it", size);
		result = -1;
	}
	close(fd);
	return result;
}

/* Let GROUP (-1: none) use the file at PATH.  Returns 0, or -1 with errno. */
static int
set_group(const char *path, gid_t group)
{
	if (chmod(path, 0600) == -1)
		return -1;
	if (group == (gid_t)-1)
		return 0;
	return chown(path, (uid_t)-1, group) == -1 ? -1 : chmod(path, 0660);
}

/* Listen at UN.  Returns 0, or -1 with errno, and then there is no file. */
static int
listen_at(struct control_plan *p, const struct sockaddr_un *un)
{
	mode_t old = umask(0177);
	struct stat st;
	int result, error;

	result = bind(p->fd, (const struct sockaddr *)un, sizeof(*un));
	umask(old);
	if (result == -1)
		return -1;
	if (lstat(p->path, &st) == 0 && set_group(p->path, p->group) == 0 &&
	    listen(p->fd, BACKLOG) == 0) {
		p->dev = st.st_dev;
		p->ino = st.st_ino;
		return 0;
	}
	error = errno;
	unlink(p->path);
	errno = error;
	return -1;
}

/* Returns 0, or -1 with the reason in WHY. */
static int
open_socket(struct control_plan *p, char *why, size_t size)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	*why = '\0';
	strlcpy(un.sun_path, p->path, sizeof(un.sun_path));
	if (!is_safe(p->path, why, size) || clear_path(&un, why, size) == -1)
		goto fail;
	p->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p->fd != -1 && listen_at(p, &un) == 0)
		return 0;
fail:
	if (*why == '\0')
		snprintf(why, size, "%s%s", strerror(errno),
		    errno == EPERM && p->group != (gid_t)-1
			? " (\"control-group\" needs CAP_CHOWN)"
			: "");
	if (p->fd != -1)
		close(p->fd);
	p->fd = -1;
	return -1;
}

int
control_plan(struct control_plan *p, const struct control *c,
    const struct config *config)
{
	char why[256];

	*p = (struct control_plan) { .fd = -1,
		.group = (gid_t)config->control_gid };
	if (config->control == NULL)
		return 0;
	strlcpy(p->path, config->control, sizeof(p->path));
	p->keep = has_path(c) && strcmp(c->path, p->path) == 0;
	if (p->keep || open_socket(p, why, sizeof(why)) == 0)
		return 0;
	/* Without its directory, nobody expects the preset one. */
	if (config->control_is_preset) {
		log_at(errno == ENOENT ? LOG_DEBUG : LOG_INFO,
		    "control: cannot listen on %s: %s; haildctl cannot "
		    "reach this haild",
		    p->path, why);
		return 0;
	}
	log_errx("control: cannot listen on %s: %s", p->path, why);
	return -1;
}

void
control_commit(struct control *c, const struct control_plan *p)
{
	if (p->keep) {
		if (p->group != c->group && set_group(c->path, p->group) == -1)
			log_warn(
			    "control: cannot change the group of %s; only "
			    "its owner can connect",
			    c->path);
		c->group = p->group;
		return;
	}
	control_close(c);
	c->fd = p->fd;
	memcpy(c->path, p->path, sizeof(c->path));
	c->dev = p->dev;
	c->ino = p->ino;
	c->group = p->group;
}

void
control_cancel(const struct control_plan *p)
{
	if (p->fd == -1)
		return;
	unlink(p->path);
	close(p->fd);
}
