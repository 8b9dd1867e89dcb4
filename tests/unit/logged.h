/*
 * logged.h -- what the code under test logs, in the file "log" of the test's
 * directory.
 */

#ifndef UNIT_LOGGED_H
#define UNIT_LOGGED_H

#include "tests/unit/unit.h"

#include <fcntl.h>
#include <unistd.h>

#include "lib/log.h"

/* Let standard error be the file, and log there. */
static void
log_to_file(void)
{
	int fd;

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

#endif
