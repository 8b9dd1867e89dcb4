/*
 * check_report.c -- the status of the daemon in one line, and when it is sent.
 */

#include "tests/unit/unit.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "haild/state.h"
#include "haild/report.h"
#include "lib/io.h"

static struct server server;

static void
add_stats(const char *name, bool out)
{
	struct service_stats *t = service_stats_get(&server.all_stats, name);

	ck_assert_ptr_nonnull(t);
	t->out = out;
	server.status.outdated = true;
}

static void
enter(void)
{
	TAILQ_INIT(&server.all_stats);
	server.notify.fd = -1;
}

static void
leave(void)
{
	static const struct config none;

	close(server.notify.fd);
	service_stats_forget(&server.all_stats, &none);
}

static void
check_status(const char *want)
{
	char text[STATUS_MAX];

	status_describe(&server, text, sizeof(text));
	ck_assert_str_eq(text, want);
}

START_TEST(it_names_what_is_served_and_what_is_not)
{
	check_status("0 services, 0 sessions");
	server.nserved = 1;
	server.children.live = 1;
	check_status("1 service, 1 session");
	server.nserved = 2;
	server.children.live = 30;
	check_status("2 services, 30 sessions");
	add_stats("a", false);
	add_stats("b", true);
	check_status("2 services, 30 sessions; out of service: b");
	add_stats("c", true);
	check_status("2 services, 30 sessions; out of service: b, c");
	server.trouble = "errors in the configuration";
	check_status(
	    "2 services, 30 sessions; out of service: b, c; "
	    "last reload failed: errors in the configuration");
	add_stats("b", false);
	add_stats("c", false);
	check_status(
	    "2 services, 30 sessions; "
	    "last reload failed: errors in the configuration");
	server.trouble = NULL;
	server.upgrade.failed = true;
	check_status("2 services, 30 sessions; last upgrade failed");
}
END_TEST

START_TEST(a_long_one_is_cut)
{
	char name[16], text[STATUS_MAX];
	int i;

	for (i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "service-%d", i);
		add_stats(name, true);
	}
	server.trouble = "errors in the configuration";
	status_describe(&server, text, sizeof(text));
	ck_assert_uint_eq(strlen(text), sizeof(text) - 1);
}
END_TEST

/* A service manager, whose end of the socket is returned. */
static int
supervised(void)
{
	static const struct sockaddr_un sun = { .sun_family = AF_UNIX,
		.sun_path = "notify" };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	char cwd[64], path[128];

	unit_enter_dir();
	ck_assert_int_eq(
	    bind(fd, (const struct sockaddr *)&sun, sizeof(sun)), 0);
	snprintf(path, sizeof(path), "%s/notify", getcwd(cwd, sizeof(cwd)));
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", path, 1), 0);
	ck_assert_int_eq(notify_open(&server.notify), 0);
	return fd;
}

static const char *
message(int fd)
{
	static char text[NOTIFY_STATUS_MAX];
	ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

START_TEST(it_is_sent_when_it_changes)
{
	int fd = supervised();
	int64_t now;

	status_ready(&server);
	ck_assert_str_eq(message(fd), "STATUS=0 services, 0 sessions");
	ck_assert_str_eq(message(fd), "READY=1");
	now = server.status.at;
	ck_assert_int_eq(status_expire(&server, 0), -1);
	status_expire(&server, now + 10 * SECOND);
	ck_assert_str_eq(message(fd), "");

	/* not sooner than a second after the last time */
	server.children.live = 5;
	ck_assert_int_eq(status_expire(&server, 0), now + SECOND);
	status_expire(&server, now + SECOND - 1);
	ck_assert_str_eq(message(fd), "");
	status_expire(&server, now + SECOND);
	ck_assert_str_eq(message(fd), "STATUS=0 services, 5 sessions");
	ck_assert_str_eq(message(fd), "");
	ck_assert_int_eq(status_expire(&server, 0), -1);

	server.nserved = 1;
	server.status.outdated = true;
	status_expire(&server, now + 2 * SECOND);
	ck_assert_str_eq(message(fd), "STATUS=1 service, 5 sessions");
	add_stats("a", true);
	status_expire(&server, now + 3 * SECOND);
	ck_assert_str_eq(
	    message(fd), "STATUS=1 service, 5 sessions; out of service: a");
	server.upgrade.failed = true;
	status_expire(&server, now + 4 * SECOND);
	ck_assert_str_eq(message(fd),
	    "STATUS=1 service, 5 sessions; out of service: a; "
	    "last upgrade failed");
	close(fd);
	unit_leave_dir();
}
END_TEST

START_TEST(without_a_service_manager_nothing_is_due)
{
	server.children.live = 5;
	status_ready(&server);
	status_expire(&server, 10 * SECOND);
	ck_assert_int_eq(status_expire(&server, 0), -1);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, it_names_what_is_served_and_what_is_not);
	tcase_add_test(tc, a_long_one_is_cut);
	tcase_add_test(tc, it_is_sent_when_it_changes);
	tcase_add_test(tc, without_a_service_manager_nothing_is_due);
}

int
main(void)
{
	return unit_run("report", add);
}
