/*
 * check_fds.c -- which descriptors a child keeps.  They are closed in a child
 * of the test: the test itself reports through one of its own.
 */

#include "tests/unit/unit.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/fds.h"
#include "lib/io.h"
#include "lib/log.h"

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) != -1;
}

static void
open_at(int fd)
{
	int null = open("/dev/null", O_RDWR);

	if (null == -1 || dup2(null, fd) == -1)
		_exit(2);
	close(null);
}

/* Whether of all below 600 just 0, 1, 2, the log's and those are open. */
static bool
only(const int *keep, size_t n, int log_to)
{
	struct log_state log;
	int fd;
	size_t i;
	bool wanted;

	log_get(&log);
	if ((log.fds[0] != -1) != ((log_to & LOG_TO_SYSLOG) != 0) ||
	    (log.fds[1] != -1) != ((log_to & LOG_TO_STDERR) != 0))
		return false;
	for (fd = 0; fd < 600; fd++) {
		wanted = fd <= 2 || fd == log.fds[0] || fd == log.fds[1];
		for (i = 0; i < n; i++)
			wanted = wanted || fd == keep[i];
		if (is_open(fd) != wanted)
			return false;
	}
	return true;
}

/* Close all but KEEP in a child where many are open. */
static void
check_keep(const int *keep, size_t n, int log_to)
{
	static const int others[] = { 20, 21, 23, 40, 41, 100, 511, 512, 599 };
	int copy[8], status;
	size_t i;
	pid_t pid;

	if ((pid = fork()) == 0) {
		for (i = 0; i < n; i++)
			open_at(keep[i]);
		for (i = 0; i < COUNT(others); i++)
			open_at(others[i]);
		log_init_path("test", log_to, LOG_DAEMON, LOG_INFO, "socket");
		if (n > 0)
			memcpy(copy, keep, n * sizeof(*keep));
		fds_close_others(n > 0 ? copy : NULL, n);
		/* exit(3) would report the test a second time */
		_exit(only(keep, n, log_to) ? 0 : 1);
	}
	ck_assert_int_gt(pid, 0);
	status = unit_wait(pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}

START_TEST(nothing_to_keep)
{
	check_keep(NULL, 0, 0);
}
END_TEST

START_TEST(kept_descriptors_in_any_order)
{
	static const int keep[] = { 512, 22, 40, 599 };

	check_keep(keep, COUNT(keep), 0);
}
END_TEST

START_TEST(the_same_twice_and_neighbours)
{
	static const int keep[] = { 21, 20, 21, 22 };

	check_keep(keep, COUNT(keep), 0);
}
END_TEST

START_TEST(those_below_three_stay_anyway)
{
	static const int keep[] = { 0, 2, 30 };

	check_keep(keep, COUNT(keep), 0);
}
END_TEST

START_TEST(the_log_goes_on)
{
	static const int keep[] = { 30 };
	struct sockaddr_un sun = { .sun_family = AF_UNIX,
		.sun_path = "socket" };
	int syslogd = socket(AF_UNIX, SOCK_DGRAM, 0);

	ck_assert_int_eq(
	    bind(syslogd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	/* its descriptors are somewhere below 20 */
	check_keep(NULL, 0, LOG_TO_STDERR);
	check_keep(keep, COUNT(keep), LOG_TO_STDERR);
	check_keep(NULL, 0, LOG_TO_SYSLOG);
	check_keep(keep, COUNT(keep), LOG_TO_SYSLOG | LOG_TO_STDERR);
	close(syslogd);
}
END_TEST

START_TEST(stdio_is_filled)
{
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		close(0);
		close(2);
		if (io_fill_stdio() == -1)
			_exit(1);
		if (!is_open(0) || !is_open(1) || !is_open(2))
			_exit(2);
		/* and no other descriptor stays open */
		closefrom(3);
		if (io_fill_stdio() == -1 || is_open(3))
			_exit(3);
		_exit(0);
	}
	ck_assert_int_gt(pid, 0);
	status = unit_wait(pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

/* The descriptors of a program that is executed are those of KEEP, in order. */
static void
check_execute(const int *keep, size_t n)
{
	char script[256] =
	    "ls -l /proc/self/fd | sed -n 's/.* \\([0-9]*\\) -> "
	    "\\(.*check\\)$/\\1 \\2/p' | sort >list";
	char *argv[] = { (char[]) { "sh" }, (char[]) { "-c" }, script, NULL };
	int sh = open("/bin/sh", O_RDONLY | O_CLOEXEC), status;
	pid_t pid;

	ck_assert_int_ne(sh, -1);
	if ((pid = fork()) == 0) {
		fds_execute(sh, argv, keep, n);
		_exit(1);
	}
	close(sh);
	status = unit_wait(pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}

START_TEST(a_program_gets_those_it_is_given)
{
	char line[64];
	int fds[3], swapped[2];
	size_t i;
	FILE *f;

	for (i = 0; i < COUNT(fds); i++) {
		snprintf(line, sizeof(line), "%zucheck", i);
		fds[i] = open(line, O_RDWR | O_CREAT, 0600);
		ck_assert_int_ne(fds[i], -1);
	}
	/* 3 and 4 may be among them, in the wrong order */
	swapped[0] = fds[1];
	swapped[1] = fds[0];
	check_execute(swapped, 2);
	ck_assert_ptr_nonnull(f = fopen("list", "r"));
	for (i = 0; i < 2; i++) {
		ck_assert_ptr_nonnull(fgets(line, sizeof(line), f));
		ck_assert_int_eq(line[0], '3' + (int)i);
		ck_assert_ptr_nonnull(
		    strstr(line, i == 0 ? "/1check" : "/0check"));
	}
	ck_assert_ptr_null(fgets(line, sizeof(line), f));
	fclose(f);
	for (i = 0; i < COUNT(fds); i++)
		close(fds[i]);
}
END_TEST

START_TEST(no_program_to_execute)
{
	char *argv[] = { (char[]) { "x" }, NULL };
	int null = open("/dev/null", O_RDONLY), status;
	pid_t pid;

	if ((pid = fork()) == 0)
		_exit(fds_execute(null, argv, NULL, 0) == -1 ? errno : 0);
	status = unit_wait(pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), EACCES);
	close(null);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, unit_enter_dir, unit_leave_dir);
	tcase_add_test(tc, nothing_to_keep);
	tcase_add_test(tc, kept_descriptors_in_any_order);
	tcase_add_test(tc, the_same_twice_and_neighbours);
	tcase_add_test(tc, those_below_three_stay_anyway);
	tcase_add_test(tc, the_log_goes_on);
	tcase_add_test(tc, stdio_is_filled);
	tcase_add_test(tc, a_program_gets_those_it_is_given);
	tcase_add_test(tc, no_program_to_execute);
}

int
main(void)
{
	return unit_run("fds", add);
}
