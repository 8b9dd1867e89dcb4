/*
 * check_systemd.c -- a supervisor of the test's own: its socket, its variables.
 */

#include "tests/unit/supervisor.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/addr.h"
#include "lib/io.h"
#include "lib/log.h"
#include "haild/systemd.h"

/* --- notify -----------------------------------------------------------------
 */

static struct notify notify;

/* A supervisor that listens at ADDRESS, which NOTIFY_SOCKET names. */
static int
supervisor(const char *address)
{
	int fd = bound(SOCK_DGRAM, address);

	set("NOTIFY_SOCKET", address);
	return fd;
}

static const char *
in_cwd(const char *name)
{
	static char path[128];
	char cwd[48];

	ck_assert_ptr_nonnull(getcwd(cwd, sizeof(cwd)));
	snprintf(path, sizeof(path), "%s/%s", cwd, name);
	return path;
}

/* Start to tell a supervisor in this directory; returns its socket. */
static int
supervise(void)
{
	int fd = supervisor(in_cwd("notify"));

	ck_assert_int_eq(notify_open(&notify), 0);
	return fd;
}

/* The next message; "" when there is none. */
static const char *
told(int fd)
{
	static char text[65536];
	ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

	if (n == -1)
		ck_assert_int_eq(errno, EAGAIN);
	text[n == -1 ? 0 : n] = '\0';
	return text;
}

START_TEST(messages)
{
	int fd = supervise();

	ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
	ck_assert_int_eq(notify_send(&notify, "READY=1"), 0);
	ck_assert_str_eq(told(fd), "READY=1");
	ck_assert_int_eq(notify_send(&notify, "STOPPING=1"), 0);
	ck_assert_str_eq(told(fd), "STOPPING=1");
	ck_assert_int_eq(notify_status(&notify, "3 services"), 0);
	ck_assert_str_eq(told(fd), "STATUS=3 services");
	ck_assert_int_eq(notify_send(&notify, "READY=1\nMAINPID=12"), 0);
	ck_assert_str_eq(told(fd), "READY=1\nMAINPID=12");
	ck_assert_str_eq(told(fd), "");
	ck_assert_str_eq(logged(), "");
}
END_TEST

START_TEST(a_reload_has_its_time)
{
	int fd = supervise(), end = 0;
	int64_t before = clock_now() / 1000, usec;

	ck_assert_int_eq(notify_reloading(&notify), 0);
	ck_assert_int_eq(
	    sscanf(told(fd), "RELOADING=1\nMONOTONIC_USEC=%" SCNd64 "%n", &usec,
		&end),
	    1);
	ck_assert_int_gt(end, 0);
	ck_assert_int_ge(usec, before);
	ck_assert_int_le(usec, clock_now() / 1000);
}
END_TEST

START_TEST(a_status_is_one_line)
{
	int fd = supervise();

	notify_status(&notify, "a\nREADY=1\t\x1b[m\x7f\xc3\xbc~ ");
	ck_assert_str_eq(told(fd), "STATUS=a?READY=1??[m???~ ");
	notify_status(&notify, "");
	ck_assert_str_eq(told(fd), "STATUS=");
}
END_TEST

START_TEST(a_long_status_is_cut)
{
	char text[NOTIFY_STATUS_MAX + 1], want[NOTIFY_STATUS_MAX];
	int fd = supervise();

	memset(text, 'x', sizeof(text));
	text[NOTIFY_STATUS_MAX] = '\0';
	ck_assert_int_eq(notify_status(&notify, text), 0);
	memset(want, 'x', sizeof(want));
	memcpy(want, "STATUS=", 7);
	want[NOTIFY_STATUS_MAX - 1] = '\0';
	ck_assert_str_eq(told(fd), want);
	ck_assert_str_eq(told(fd), "");
}
END_TEST

START_TEST(an_abstract_name)
{
	char name[108];
	int fd;

	snprintf(name, sizeof(name), "@haild-test-%ld", (long)getpid());
	fd = bound(SOCK_DGRAM, name);
	set("NOTIFY_SOCKET", name);
	ck_assert_int_eq(notify_open(&notify), 0);
	ck_assert_int_eq(notify_send(&notify, "READY=1"), 0);
	ck_assert_str_eq(told(fd), "READY=1");
	close(notify.fd);

	/* as long as may be: 107 bytes */
	memset(name + strlen(name), 'x', sizeof(name) - strlen(name));
	name[107] = '\0';
	fd = bound(SOCK_DGRAM, name);
	set("NOTIFY_SOCKET", name);
	ck_assert_int_eq(notify_open(&notify), 0);
	ck_assert_int_eq(notify_send(&notify, "READY=1"), 0);
	ck_assert_str_eq(told(fd), "READY=1");
}
END_TEST

START_TEST(nobody_to_tell)
{
	set("NOTIFY_SOCKET", NULL);
	ck_assert_int_eq(notify_open(&notify), 0);
	ck_assert_int_eq(notify.fd, -1);
	ck_assert_int_eq(notify_send(&notify, "READY=1"), 0);
	ck_assert_int_eq(notify_status(&notify, "x"), 0);
	ck_assert_int_eq(notify_reloading(&notify), 0);
	ck_assert_int_eq(notify_expire(&notify, 10 * SECOND), -1);
	ck_assert_str_eq(logged(), "");
}
END_TEST

START_TEST(an_empty_notify_socket_counts_as_unset)
{
	set("NOTIFY_SOCKET", "");
	ck_assert_int_eq(notify_open(&notify), 0);
	ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
	ck_assert_int_eq(notify.fd, -1);
	ck_assert_str_eq(logged(), "");
}
END_TEST

START_TEST(addresses_that_are_none)
{
	static const char *const bad[] = { "/", "@", "notify", "./notify",
		"vsock:2:1234", " /run/notify", "\n/x" };
	char path[109];
	size_t i;

	for (i = 0; i < COUNT(bad); i++) {
		set("NOTIFY_SOCKET", bad[i]);
		ck_assert_int_eq(notify_open(&notify), -1);
		ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
		ck_assert_int_eq(notify.fd, -1);
		ck_assert_int_eq(notify_send(&notify, "READY=1"), 0);
		ck_assert_ptr_nonnull(strstr(logged(),
		    "\" is not a socket's address (/PATH or @NAME)\n"));
	}
	memset(path, '/', sizeof(path));
	path[108] = '\0';
	set("NOTIFY_SOCKET", path);
	ck_assert_int_eq(notify_open(&notify), -1);
	path[107] = '\0';
	set("NOTIFY_SOCKET", path);
	ck_assert_int_eq(notify_open(&notify), 0);

	logged();
	set("NOTIFY_SOCKET", "tcp:\n1");
	ck_assert_int_eq(notify_open(&notify), -1);
	ck_assert_str_eq(logged(),
	    "test: NOTIFY_SOCKET: \"tcp:\\n1\" is not a socket's address "
	    "(/PATH or @NAME)\n");
}
END_TEST

START_TEST(a_supervisor_that_is_not_there_costs_nothing)
{
	int fd;

	set("NOTIFY_SOCKET", "/nonexistent/notify");
	ck_assert_int_eq(notify_open(&notify), 0);
	ck_assert_int_eq(notify_send(&notify, "READY=1"), -1);
	ck_assert_int_eq(errno, ENOENT);
	close(notify.fd);

	/* gone, and back */
	fd = supervise();
	close(fd);
	ck_assert_int_eq(notify_send(&notify, "READY=1"), -1);
	ck_assert_int_eq(errno, ECONNREFUSED);
	ck_assert_int_eq(unlink("notify"), 0);
	ck_assert_int_eq(notify_send(&notify, "WATCHDOG=1"), -1);
	ck_assert_int_eq(errno, ENOENT);
	fd = bound(SOCK_DGRAM, "notify");
	ck_assert_int_eq(notify_send(&notify, "READY=1"), 0);
	ck_assert_str_eq(told(fd), "READY=1");
	ck_assert_str_eq(logged(), "");
}
END_TEST

START_TEST(a_supervisor_that_does_not_read_never_blocks)
{
	int fd = supervise(), sent = 0;

	while (notify_send(&notify, "WATCHDOG=1") == 0 && sent < 1000000)
		sent++;
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_gt(sent, 0);
	for (; sent > 0; sent--)
		ck_assert_str_eq(told(fd), "WATCHDOG=1");
	ck_assert_int_eq(notify_send(&notify, "READY=1"), 0);
	ck_assert_str_eq(told(fd), "READY=1");
	ck_assert_str_eq(logged(), "");
}
END_TEST

START_TEST(its_socket_is_not_inherited)
{
	supervise();
	ck_assert_int_eq(fcntl(notify.fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_ne(fcntl(notify.fd, F_GETFL) & O_NONBLOCK, 0);
}
END_TEST

START_TEST(a_socket_that_cannot_be_made)
{
	int first;

	set("NOTIFY_SOCKET", "/run/notify");
	ck_assert_int_ge(first = dup(0), 0);
	while (dup(0) != -1)
		;
	ck_assert_int_eq(notify_open(&notify), -1);
	ck_assert_int_eq(notify.fd, -1);
	ck_assert_str_eq(logged(),
	    "test: NOTIFY_SOCKET: cannot create a socket: Too many open "
	    "files\n");
	close_range((unsigned int)first, ~0U, 0);
}
END_TEST

/* --- the watchdog -----------------------------------------------------------
 */

static const struct {
	const char *usec, *pid;
	int64_t timeout; /* in ns */
	const char *logged;
} watchdogs[] = {
	{ NULL, NULL, 0, "" },
	{ NULL, OURS, 0, "" },
	{ "30000000", NULL, 30 * SECOND, "" },
	{ "30000000", OURS, 30 * SECOND, "" },
	{ "30000000", "1", 0, "" },
	{ "1", OURS, 1000, "" },
	{ "9223372036854775", NULL, INT64_C(9223372036854775000), "" },
	{ "9223372036854776", NULL, 0,
	    "test: WATCHDOG_USEC: \"9223372036854776\" is not a time\n" },
	{ "18446744073709551615", NULL, 0,
	    "test: WATCHDOG_USEC: \"18446744073709551615\" is not a time\n" },
	{ "0", NULL, 0, "test: WATCHDOG_USEC: \"0\" is not a time\n" },
	{ "-1", NULL, 0, "test: WATCHDOG_USEC: \"-1\" is not a time\n" },
	{ "", NULL, 0, "" },
	{ " 1", NULL, 0, "test: WATCHDOG_USEC: \" 1\" is not a time\n" },
	{ "1s", NULL, 0, "test: WATCHDOG_USEC: \"1s\" is not a time\n" },
	{ "1", "", 1000, "" },
	{ "1", "x", 0, "test: WATCHDOG_PID: \"x\" is not a process ID\n" },
	{ "1", "-1", 0, "test: WATCHDOG_PID: \"-1\" is not a process ID\n" },
	{ "x", "1", 0, "" },
};

START_TEST(watchdog)
{
	set("WATCHDOG_USEC", watchdogs[_i].usec);
	set_pid("WATCHDOG_PID", watchdogs[_i].pid);
	ck_assert_int_eq(notify_open(&notify), 0);
	ck_assert_int_eq(notify.watchdog, watchdogs[_i].timeout);
	ck_assert_str_eq(logged(), watchdogs[_i].logged);
	ck_assert_ptr_null(getenv("WATCHDOG_USEC"));
	ck_assert_ptr_null(getenv("WATCHDOG_PID"));
	ck_assert_int_eq(notify_open(&notify), 0);
	ck_assert_int_eq(notify.watchdog, 0);
}
END_TEST

START_TEST(the_watchdog_hears_of_us_in_time)
{
	int fd = supervisor(in_cwd("notify"));
	const int64_t now = 1000 * SECOND;

	setenv("WATCHDOG_USEC", "4000000", 1);
	ck_assert_int_eq(notify_open(&notify), 0);
	ck_assert_int_eq(notify.watchdog, 4 * SECOND);
	notify_expire(&notify, now);
	ck_assert_str_eq(told(fd), "WATCHDOG=1");
	ck_assert_int_eq(notify_expire(&notify, 0), now + 2 * SECOND);
	notify_expire(&notify, now + 2 * SECOND - 1);
	ck_assert_str_eq(told(fd), "");
	notify_expire(&notify, now + 2 * SECOND);
	ck_assert_str_eq(told(fd), "WATCHDOG=1");
	close(fd);
}
END_TEST

/* --- the next image --- */

/* What it is told by the environment leads it to the same supervisor. */
static void
hand_on(const char *address)
{
	int fd = supervisor(address);
	struct notify next;

	ck_assert_int_eq(notify_open(&notify), 0);
	ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
	notify_hand_over(&notify);
	ck_assert_str_eq(getenv("NOTIFY_SOCKET"), address);
	ck_assert_ptr_null(getenv("WATCHDOG_USEC"));
	ck_assert_int_eq(notify_open(&next), 0);
	ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
	ck_assert_int_eq(next.to.len, notify.to.len);
	ck_assert_int_eq(memcmp(&next.to, &notify.to, sizeof(next.to)), 0);
	ck_assert_int_eq(notify_send(&next, "READY=1"), 0);
	ck_assert_str_eq(told(fd), "READY=1");
	close(next.fd);
	close(notify.fd);
	close(fd);
}

START_TEST(a_path_is_handed_on)
{
	char longest[ADDR_PATH_MAX + 1];

	hand_on(in_cwd("notify"));
	strlcpy(longest, in_cwd(""), sizeof(longest));
	memset(longest + strlen(longest), 'x',
	    sizeof(longest) - 1 - strlen(longest));
	longest[sizeof(longest) - 1] = '\0';
	hand_on(longest);
}
END_TEST

START_TEST(an_abstract_name_is_handed_on)
{
	char name[ADDR_PATH_MAX + 1];

	snprintf(name, sizeof(name), "@haild-check/%ld", (long)getpid());
	hand_on(name);
	memset(name + strlen(name), 'x', sizeof(name) - 1 - strlen(name));
	name[sizeof(name) - 1] = '\0';
	hand_on(name);
}
END_TEST

START_TEST(the_watchdog_is_handed_on)
{
	struct notify next;

	setenv("WATCHDOG_USEC", "3000000", 1);
	ck_assert_int_eq(notify_open(&notify), 0);
	ck_assert_ptr_null(getenv("WATCHDOG_USEC"));
	notify_hand_over(&notify);
	ck_assert_str_eq(getenv("WATCHDOG_USEC"), "3000000");
	ck_assert_int_eq(atoi(getenv("WATCHDOG_PID")), getpid());
	ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
	ck_assert_int_eq(notify_open(&next), 0);
	ck_assert_int_eq(next.watchdog, 3 * SECOND);
}
END_TEST

START_TEST(nothing_is_handed_on_as_nothing)
{
	ck_assert_int_eq(notify_open(&notify), 0);
	notify_hand_over(&notify);
	ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
	ck_assert_ptr_null(getenv("WATCHDOG_USEC"));
	ck_assert_ptr_null(getenv("WATCHDOG_PID"));
}
END_TEST

/* An upgrade that failed leaves nothing in the environment of helpers. */
START_TEST(it_is_taken_back)
{
	int fd = supervisor(in_cwd("notify"));

	setenv("WATCHDOG_USEC", "3000000", 1);
	ck_assert_int_eq(notify_open(&notify), 0);
	notify_hand_over(&notify);
	notify_keep();
	ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
	ck_assert_ptr_null(getenv("WATCHDOG_USEC"));
	ck_assert_ptr_null(getenv("WATCHDOG_PID"));
	close(fd);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, unit_leave_dir);
	tcase_add_test(tc, messages);
	tcase_add_test(tc, a_reload_has_its_time);
	tcase_add_test(tc, a_status_is_one_line);
	tcase_add_test(tc, a_long_status_is_cut);
	tcase_add_test(tc, an_abstract_name);
	tcase_add_test(tc, nobody_to_tell);
	tcase_add_test(tc, an_empty_notify_socket_counts_as_unset);
	tcase_add_test(tc, addresses_that_are_none);
	tcase_add_test(tc, a_supervisor_that_is_not_there_costs_nothing);
	tcase_add_test(tc, a_supervisor_that_does_not_read_never_blocks);
	tcase_add_test(tc, its_socket_is_not_inherited);
	tcase_add_test(tc, a_socket_that_cannot_be_made);
	tcase_add_loop_test(tc, watchdog, 0, COUNT(watchdogs));
	tcase_add_test(tc, the_watchdog_hears_of_us_in_time);
	tcase_add_test(tc, a_path_is_handed_on);
	tcase_add_test(tc, an_abstract_name_is_handed_on);
	tcase_add_test(tc, the_watchdog_is_handed_on);
	tcase_add_test(tc, nothing_is_handed_on_as_nothing);
	tcase_add_test(tc, it_is_taken_back);
}

int
main(void)
{
	return unit_run("systemd", add);
}
