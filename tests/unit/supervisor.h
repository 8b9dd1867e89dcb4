/*
 * supervisor.h -- the service manager's side: its sockets, its variables, and
 * what the code under test logs.
 */

#ifndef UNIT_SUPERVISOR_H
#define UNIT_SUPERVISOR_H

#include "tests/unit/unit.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"

static void
enter(void)
{
	int fd;

	unit_enter_dir();
	ck_assert_int_ge(
	    fd = open("log", O_RDWR | O_CREAT | O_APPEND, 0600), 0);
	ck_assert_int_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	close(fd);
	log_init("test", LOG_TO_STDERR | LOG_PLAIN, LOG_DAEMON, LOG_DEBUG);
}

/* What was logged since the last time. */
static const char *
logged(void)
{
	static char text[4096];
	ssize_t n = pread(STDERR_FILENO, text, sizeof(text) - 1, 0);

	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	ck_assert_int_eq(ftruncate(STDERR_FILENO, 0), 0);
	return text;
}

/* NULL removes it. */
static void
set(const char *name, const char *value)
{
	ck_assert_int_eq(
	    value == NULL ? unsetenv(name) : setenv(name, value, 1), 0);
}

static const char *
number(long long n)
{
	static char text[32];

	snprintf(text, sizeof(text), "%lld", n);
	return text;
}

/* A Unix socket of TYPE, bound to PATH or to the abstract name behind '@'. */
static int
bound(int type, const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);
	size_t len = strlen(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_uint_lt(len, sizeof(sun.sun_path));
	memcpy(sun.sun_path, path, len);
	if (path[0] == '@')
		sun.sun_path[0] = '\0';
	ck_assert_int_eq(
	    bind(fd, (struct sockaddr *)&sun,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
	    0);
	return fd;
}

#endif
