/*
 * supervisor.h -- the service manager's side: its sockets, its variables, and
 * what the code under test logs.
 */

#ifndef UNIT_SUPERVISOR_H
#define UNIT_SUPERVISOR_H

#include "tests/unit/logged.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
enter(void)
{
	unit_enter_dir();
	log_to_file();
}

/* NULL removes it. */
static void
set(const char *name, const char *value)
{
	ck_assert_int_eq(
	    value == NULL ? unsetenv(name) : setenv(name, value, 1), 0);
}

#define OURS "ours" /* stands for the number of this process */

/* As set(), with a number in place of OURS. */
static void
set_pid(const char *name, const char *pid)
{
	char text[32];

	if (pid != NULL && strcmp(pid, OURS) == 0) {
		snprintf(text, sizeof(text), "%lld", (long long)getpid());
		pid = text;
	}
	set(name, pid);
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
