/*
 * check_supervise.c -- what a supervisor is told, and what the next image of
 * the daemon is told of it.
 */

#include "tests/unit/unit.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/addr.h"
#include "lib/io.h"
#include "lib/log.h"
#include "haild/supervise.h"

static struct supervise sup;
static char cwd[64];

static void
enter(void)
{
	unit_enter_dir();
	ck_assert_ptr_nonnull(getcwd(cwd, sizeof(cwd)));
	log_init("test", 0, LOG_DAEMON, LOG_DEBUG);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

static void
leave(void)
{
	notify_close(&sup.notify);
	unit_leave_dir();
}

/* A supervisor that listens at ADDRESS, which NOTIFY_SOCKET names. */
static int
supervisor(const char *address)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	size_t len = strlen(address);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_uint_le(len, sizeof(sun.sun_path));
	memcpy(sun.sun_path, address, len);
	if (address[0] == '@')
		sun.sun_path[0] = '\0';
	ck_assert_int_eq(
	    bind(fd, (struct sockaddr *)&sun,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
	    0);
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", address, 1), 0);
	return fd;
}

static const char *
in_cwd(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", cwd, name);
	return path;
}

static int
supervised(void)
{
	int fd = supervisor(in_cwd("notify"));

	ck_assert_int_eq(supervise_open(&sup), 0);
	ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
	return fd;
}

/* The next message, "" when there is none. */
static const char *
told(int fd)
{
	static char text[NOTIFY_MAX];
	ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

START_TEST(a_status_precedes_ready)
{
	int fd = supervised();

	supervise_ready(&sup, "1 service", 5 * SECOND);
	ck_assert_str_eq(told(fd), "STATUS=1 service");
	ck_assert_str_eq(told(fd), "READY=1");
	ck_assert_str_eq(told(fd), "");
	ck_assert_int_eq(sup.status_at, 5 * SECOND);
	close(fd);
}
END_TEST

START_TEST(reload_and_stop_are_told)
{
	int fd = supervised();

	notify_reloading(&sup.notify);
	ck_assert_int_eq(
	    strncmp(told(fd), "RELOADING=1\nMONOTONIC_USEC=", 27), 0);
	notify_stopping(&sup.notify);
	ck_assert_str_eq(told(fd), "STOPPING=1");
	close(fd);
}
END_TEST

START_TEST(nobody_is_told_nothing)
{
	ck_assert_int_eq(supervise_open(&sup), 0);
	ck_assert_int_eq(sup.notify.fd, -1);
	supervise_ready(&sup, "", 0);
	notify_reloading(&sup.notify);
	notify_stopping(&sup.notify);
	supervise_expire(&sup, 10 * SECOND);
	ck_assert_int_eq(supervise_next(&sup), -1);
}
END_TEST

/* --- the watchdog --- */

START_TEST(the_watchdog_hears_of_us_in_time)
{
	int fd = supervisor(in_cwd("notify"));
	const int64_t now = 1000 * SECOND;

	setenv("WATCHDOG_USEC", "4000000", 1);
	ck_assert_int_eq(supervise_open(&sup), 0);
	ck_assert_int_eq(sup.watchdog, 4 * SECOND);
	supervise_expire(&sup, now);
	ck_assert_str_eq(told(fd), "WATCHDOG=1");
	ck_assert_int_eq(supervise_next(&sup), now + 2 * SECOND);
	supervise_expire(&sup, now + 2 * SECOND - 1);
	ck_assert_str_eq(told(fd), "");
	supervise_expire(&sup, now + 2 * SECOND);
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
	struct supervise next;

	ck_assert_int_eq(supervise_open(&sup), 0);
	ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
	supervise_hand_over(&sup);
	ck_assert_str_eq(getenv("NOTIFY_SOCKET"), address);
	ck_assert_ptr_null(getenv("WATCHDOG_USEC"));
	ck_assert_int_eq(supervise_open(&next), 0);
	ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
	ck_assert_int_eq(next.notify.len, sup.notify.len);
	ck_assert_int_eq(
	    memcmp(&next.notify.to, &sup.notify.to, sizeof(next.notify.to)), 0);
	ck_assert_int_eq(notify_ready(&next.notify), 0);
	ck_assert_str_eq(told(fd), "READY=1");
	notify_close(&next.notify);
	notify_close(&sup.notify);
	close(fd);
}

START_TEST(a_path_is_handed_on)
{
	char longest[ADDR_PATH_MAX + 1];

	hand_on(in_cwd("notify"));
	snprintf(longest, sizeof(longest), "%s/", cwd);
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
	struct supervise next;

	setenv("WATCHDOG_USEC", "3000000", 1);
	ck_assert_int_eq(supervise_open(&sup), 0);
	ck_assert_ptr_null(getenv("WATCHDOG_USEC"));
	supervise_hand_over(&sup);
	ck_assert_str_eq(getenv("WATCHDOG_USEC"), "3000000");
	ck_assert_int_eq(atoi(getenv("WATCHDOG_PID")), getpid());
	ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
	ck_assert_int_eq(supervise_open(&next), 0);
	ck_assert_int_eq(next.watchdog, 3 * SECOND);
}
END_TEST

START_TEST(nothing_is_handed_on_as_nothing)
{
	ck_assert_int_eq(supervise_open(&sup), 0);
	supervise_hand_over(&sup);
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
	ck_assert_int_eq(supervise_open(&sup), 0);
	supervise_hand_over(&sup);
	supervise_keep();
	ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
	ck_assert_ptr_null(getenv("WATCHDOG_USEC"));
	ck_assert_ptr_null(getenv("WATCHDOG_PID"));
	close(fd);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, a_status_precedes_ready);
	tcase_add_test(tc, reload_and_stop_are_told);
	tcase_add_test(tc, nobody_is_told_nothing);
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
	return unit_run("supervise", add);
}
