/*
 * check_channel_server.c -- which messages a session may send the daemon, and
 * when.  Both ends are in this process.
 */

#include "tests/unit/unit.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "haild/channel_server.h"
#include "haild/children/service_stats.h"
#include "lib/io.h"
#include "session/channel.h"
#include "session/preamble.h"

static const struct client proxy = { .proxied = true };
static struct server server;
static struct service_stats *stats;
static struct service service;
static struct config config = {
	.services = &service, .nservices = 1, .max_per_source = -1
};
static struct child *c;
static int fd; /* the child's end */

static void
enter(void)
{
	struct client client = { 0 };
	pid_t pid;

	memset(&server, 0, sizeof(server));
	TAILQ_INIT(&server.all_stats);
	server.config = server.admission.config = &config;
	ck_assert_int_eq(sources_create(&server.admission.sources), 0);
	ck_assert_int_eq(children_create(&server.children), 0);
	ck_assert_ptr_nonnull(
	    stats = service_stats_get(&server.all_stats, "x"));
	server.channels = epoll_create1(EPOLL_CLOEXEC);
	ck_assert_int_ne(server.channels, -1);
	service = (struct service) { .name = "x",
		.start_timeout = 10 * SECOND,
		.max_per_source = 1,
		.source_v4 = 32,
		.kill_grace = SECOND };
	addr_from_numeric(&client.addr, "192.0.2.1", 4411);
	/* Somebody to end, without the handler that check has for that. */
	signal(SIGTERM, SIG_DFL);
	if ((pid = fork()) == 0)
		for (;;)
			pause();
	ck_assert_int_gt(pid, 0);
	c = children_reserve(&server.children, &service, stats, &client,
	    &(struct source_refs) { { 0, 0 } }, SECOND);
	ck_assert_ptr_nonnull(c);
	fd = channel_open(c);
	ck_assert_int_gt(fd, 2);
	children_started(&server.children, c, pid, -1);
	channel_watch(&server, c, &service, &proxy, c->started);
}

static void
leave(void)
{
	kill(c->pid, SIGKILL);
	unit_wait(c->pid);
	channel_close(&server, c);
	children_exited(&server.children, c);
	if (fd != -1)
		close(fd);
	close(server.channels);
}

/* As the daemon: what epoll says of it now. */
static uint32_t
event(void)
{
	struct epoll_event ev;

	if (epoll_wait(server.channels, &ev, 1, 0) != 1)
		return 0;
	ck_assert_ptr_eq(children_at(&server.children, (uint32_t)ev.data.u64,
			     (uint32_t)(ev.data.u64 >> 32)),
	    c);
	return ev.events;
}

static void
expect_good(bool starting)
{
	channel_serve(&server, c, 2 * SECOND);
	ck_assert_int_eq(c->ending, OUTCOME_NONE);
	ck_assert_int_eq(c->starting, starting);
	ck_assert_int_ne(c->channel, 0);
}

static void
expect_end(void)
{
	channel_serve(&server, c, 2 * SECOND);
	ck_assert_int_eq(c->ending, OUTCOME_INVALID);
	ck_assert_int_eq(c->channel, 0);
}

START_TEST(ready_once)
{
	ck_assert(c->starting);
	ck_assert_int_eq(children_expire(stats, 0), 11 * SECOND + START_GRACE);
	ck_assert_uint_eq(event(), 0);
	channel_ready(fd, 0);
	ck_assert(event() & EPOLLIN);
	expect_good(false);
	ck_assert_int_eq(children_expire(stats, 0), -1);
	channel_ready(fd, 0);
	ck_assert(event() & EPOLLIN);
	expect_end();
}
END_TEST

START_TEST(never_ready_is_ended)
{
	children_expire(stats, 11 * SECOND + START_GRACE - 1);
	ck_assert_int_eq(c->ending, OUTCOME_NONE);
	children_expire(stats, 11 * SECOND + START_GRACE);
	ck_assert_int_eq(c->ending, OUTCOME_START_TIMEOUT);
}
END_TEST

START_TEST(report_waits_for_the_end)
{
	struct channel_report r;

	channel_ready(fd, 0);
	channel_report(
	    fd, (struct outcome) { OUTCOME_SIGNAL, 9 }, "user alice: ls");
	expect_good(false);
	ck_assert(event() & EPOLLIN);
	/* it is still there, and no reason to wake up */
	ck_assert_uint_eq(event(), 0);
	close(fd);
	fd = -1;
	ck_assert(event() & EPOLLHUP);
	expect_good(false);
	ck_assert(channel_last_report(c, &r));
	ck_assert_int_eq(r.outcome.kind, OUTCOME_SIGNAL);
	ck_assert_int_eq(r.outcome.number, 9);
	ck_assert_str_eq(r.text, "user alice: ls");
	ck_assert(!channel_last_report(c, &r));
	ck_assert_str_eq(r.text, "");
}
END_TEST

START_TEST(report_is_cut)
{
	struct channel_report r;
	char big[2 * REPORT_MAX];

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	channel_report(fd, (struct outcome) { OUTCOME_EXIT, 0 }, big);
	ck_assert(channel_last_report(c, &r));
	ck_assert_uint_eq(strlen(r.text), REPORT_MAX - 1);
}
END_TEST

/* The child may be another's by now. */
START_TEST(an_invalid_outcome_is_no_report)
{
	static const struct outcome bad[] = { { NOUTCOMES, 0 },
		{ UINT32_MAX, 0 }, { OUTCOME_EXIT, 256 },
		{ OUTCOME_SIGNAL, -1 }, { OUTCOME_STOP, 1 } };
	struct channel_report r;
	size_t i;

	for (i = 0; i < COUNT(bad); i++) {
		channel_report(fd, bad[i], "");
		ck_assert_msg(!channel_last_report(c, &r), "case %zu", i);
	}
	/* too short for one */
	ck_assert_int_eq(
	    message_send(fd, CHANNEL_REPORT, &r, sizeof(r.outcome) - 1, 0), 0);
	ck_assert(!channel_last_report(c, &r));
}
END_TEST

START_TEST(closed_is_closed)
{
	close(fd);
	fd = -1;
	ck_assert(event() & EPOLLHUP);
	channel_serve(&server, c, 2 * SECOND);
	ck_assert_int_eq(c->ending, OUTCOME_NONE);
	ck_assert_int_eq(c->channel, 0);
}
END_TEST

/* Packets that are no message, each to a session of its own. */
START_TEST(no_message_ends_it)
{
	static const size_t sizes[] = { 1, 4, 8, 775, 4096 };
	char junk[4096] = "";

	ck_assert_int_eq(send(fd, junk, sizes[_i], 0), (ssize_t)sizes[_i]);
	expect_end();
	ck_assert_int_eq(send(fd, junk, 1, MSG_NOSIGNAL), -1);
	ck_assert(errno == EPIPE || errno == ECONNRESET);
}
END_TEST

START_TEST(an_unknown_type_ends_it)
{
	static const uint32_t types[] = { 0, CHANNEL_ANSWER, 7, 31, 32,
		UINT32_MAX };
	uint32_t payload = 1;

	ck_assert_int_eq(
	    message_send(fd, types[_i], &payload, sizeof(payload), 0), 0);
	expect_end();
}
END_TEST

/* The kernel would keep them open in the daemon. */
START_TEST(descriptors_end_it)
{
	uint32_t payload = 0;
	int before = dup(fd);

	close(before);
	ck_assert_int_eq(message_send_fds(fd, CHANNEL_READY, &payload,
			     sizeof(payload), &fd, 1, 0),
	    0);
	expect_end();
	ck_assert_int_le(dup(fd), before);
}
END_TEST

START_TEST(not_behind_a_proxy)
{
	struct addr a;

	addr_from_numeric(&a, "192.0.2.9", 1);
	if (_i == 0)
		ck_assert_int_eq(
		    channel_announce(fd, &a, 0), CHANNEL_NO_ANSWER);
	else if (_i == 1)
		ck_assert_int_eq(
		    channel_announce(fd, NULL, 0), CHANNEL_NO_ANSWER);
	else
		channel_fault(fd, PROXY_CHECKSUM);
	expect_end();
}
END_TEST

static void
expect_proxy(void)
{
	c->proxied = true;
}

START_TEST(announced)
{
	struct addr a;
	char text[ADDR_TEXT_MAX];

	expect_proxy();
	addr_from_numeric(&a, "::ffff:192.0.2.9", 1);
	ck_assert_int_eq(channel_announce(fd, &a, 0), CHANNEL_NO_ANSWER);
	ck_assert_int_eq(errno, ETIMEDOUT);
	expect_good(true);
	ck_assert_str_eq(
	    addr_print(&c->addr, text, sizeof(text)), "192.0.2.9:1");
	ck_assert(!c->quiet && !c->refused);
	ck_assert_int_eq(io_wait(fd, POLLIN, 0), POLLIN);
	channel_ready(fd, 0);
	expect_good(false);
}
END_TEST

/* Written as "%lo", another image could not read the slot. */
START_TEST(a_scope_where_none_belongs)
{
	struct addr a;
	char text[ADDR_TEXT_MAX];

	expect_proxy();
	service.source_v6 = 64;
	addr_from_numeric(&a, "2001:db8::1", 1);
	a.in6.sin6_scope_id = a.in6.sin6_flowinfo = 1;
	channel_announce(fd, &a, 0);
	expect_good(true);
	ck_assert_str_eq(
	    addr_print(&c->addr, text, sizeof(text)), "[2001:db8::1]:1");
}
END_TEST

/* However long its clients may take to start. */
START_TEST(a_header_has_its_own_time)
{
	expect_proxy();
	service.start_timeout = _i == 0 ? -1 : 3600 * SECOND;
	children_ready(c);
	channel_watch(&server, c, &service, &proxy, c->started);
	ck_assert_int_eq(children_expire(stats, 0),
	    c->started + PREAMBLE_TIME + START_GRACE);
}
END_TEST

START_TEST(announced_and_refused)
{
	struct addr a;
	char text[ADDR_TEXT_MAX];

	expect_proxy();
	service.max_per_source = 0;
	addr_from_numeric(&a, "192.0.2.9", 1);
	channel_announce(fd, &a, 0);
	expect_good(true);
	ck_assert(c->refused);
	ck_assert_uint_eq(stats->refused, 1);
	/* the line has the client; the session was the proxy's */
	ck_assert_str_eq(
	    addr_print(&c->addr, text, sizeof(text)), "192.0.2.1:4411");
	channel_ready(fd, 0);
	expect_end();
}
END_TEST

START_TEST(announced_twice)
{
	struct addr a;

	expect_proxy();
	addr_from_numeric(&a, "192.0.2.9", 1);
	channel_announce(fd, &a, 0);
	channel_announce(fd, &a, 0);
	expect_end();
}
END_TEST

START_TEST(the_proxy_itself)
{
	expect_proxy();
	channel_announce(fd, NULL, 0);
	expect_good(true);
	ck_assert(c->quiet);
	ck_assert_uint_eq(addr_port(&c->addr), 4411);
}
END_TEST

START_TEST(an_address_of_no_family)
{
	static const sa_family_t families[] = { AF_UNSPEC, AF_UNIX,
		AF_NETLINK };
	struct addr a = { .len = UINT32_MAX };

	expect_proxy();
	a.sa.sa_family = families[_i];
	channel_announce(fd, &a, 0);
	expect_end();
}
END_TEST

START_TEST(ready_without_announce)
{
	expect_proxy();
	channel_ready(fd, 0);
	expect_end();
}
END_TEST

START_TEST(a_fault_refuses)
{
	expect_proxy();
	channel_fault(fd, PROXY_CHECKSUM);
	expect_good(true);
	ck_assert(c->refused);
	ck_assert_uint_eq(stats->refused, 1);
	channel_ready(fd, 0);
	expect_end();
}
END_TEST

START_TEST(a_fault_that_is_none)
{
	static const int faults[] = { PROXY_FINE, PROXY_NFAULTS, -1 };

	expect_proxy();
	channel_fault(fd, (enum proxy_fault)faults[_i]);
	expect_end();
}
END_TEST

START_TEST(what_it_says_late_is_dropped)
{
	/* ended already: READY must not bring its deadline back */
	children_end(c, OUTCOME_STOP, 2 * SECOND);
	channel_ready(fd, 0);
	channel_serve(&server, c, 2 * SECOND);
	ck_assert_int_eq(c->ending, OUTCOME_STOP);
	ck_assert_int_eq(children_expire(stats, 0), 3 * SECOND);
}
END_TEST

/* --- commands --- */

#define COMMAND(n)                                                          \
	{                                                                   \
		.name = (n), .handler = HANDLER_COMMAND, .max_sessions = 1, \
		.memory_max = -1, .tasks_max = -1, .cpu_quota = -1,         \
		.contained = {                                              \
			.tree = NO_TREE,                                    \
			.capabilities = CAPABILITIES_ALL                    \
		}                                                           \
	}
static struct service commands[] = { COMMAND("run"), { .name = NULL } };

/* Ask for a command, without waiting; returns the daemon's answer. */
static uint32_t
ask_command(const char *name)
{
	const uint32_t types =
	    MESSAGE_BIT(CHANNEL_ANSWER) | MESSAGE_BIT(CHANNEL_GRANT);
	struct grant grant;
	struct message m;
	union {
		uint32_t answer;
		struct channel_grant grant;
	} p;

	ck_assert_int_eq(
	    channel_command(fd, name, 1, &grant, NULL), CHANNEL_NO_ANSWER);
	expect_good(true);
	ck_assert_int_eq(message_receive(fd, channel_kinds, types, &m, &p,
			     sizeof(p), MSG_DONTWAIT),
	    MESSAGE_OK);
	if (m.type == CHANNEL_ANSWER)
		return p.answer;
	ck_assert_uint_eq(m.nfds, 0);
	ck_assert_uint_eq(p.grant.has, 0);
	ck_assert_uint_eq(p.grant.uid, NO_UID);
	return CHANNEL_ADMITTED;
}

START_TEST(a_command_is_counted)
{
	service.commands = commands;
	ck_assert_uint_eq(ask_command("run"), CHANNEL_ADMITTED);
	ck_assert_uint_eq(service_stats_command(stats, "run")->live, 1);
	channel_ready(fd, 12345);
	expect_good(false);
	ck_assert_int_eq(c->program, 12345);
}
END_TEST

/* The daemon must not kill the monitor before that has killed the program. */
START_TEST(a_command_with_a_longer_grace)
{
	service.commands = commands;
	commands[0].kill_grace = 3 * SECOND;
	ck_assert_uint_eq(ask_command("run"), CHANNEL_ADMITTED);
	ck_assert_int_eq(c->grace, 3 * SECOND);
}
END_TEST

START_TEST(a_command_that_may_leave_something)
{
	service.commands = commands;
	ck_assert_uint_eq(ask_command("run"), CHANNEL_ADMITTED);
	ck_assert(!c->keep);
	c->command = NULL;
	service_stats_command(stats, "run")->live = 0;
	commands[0].leftovers = LEFTOVERS_KEEP;
	ck_assert_uint_eq(ask_command("run"), CHANNEL_ADMITTED);
	ck_assert(c->keep);
}
END_TEST

START_TEST(a_command_with_a_shorter_grace)
{
	service.commands = commands;
	commands[0].kill_grace = 0;
	ck_assert_uint_eq(ask_command("run"), CHANNEL_ADMITTED);
	ck_assert_int_eq(c->grace, SECOND);
}
END_TEST

START_TEST(a_command_at_its_limit)
{
	service.commands = commands;
	service_stats_command(stats, "run")->live = 1;
	ck_assert_uint_eq(ask_command("run"), CHANNEL_BUSY);
	ck_assert_uint_eq(service_stats_command(stats, "run")->live, 1);
	/* One that is configured no more has no limit. */
	ck_assert_uint_eq(ask_command("gone"), CHANNEL_ADMITTED);
	ck_assert_ptr_null(c->command);
}
END_TEST

START_TEST(a_command_once)
{
	service.commands = commands;
	ck_assert_uint_eq(ask_command("run"), CHANNEL_ADMITTED);
	ck_assert_int_eq(
	    channel_command(fd, "run", 1, &(struct grant) { 0 }, NULL),
	    CHANNEL_NO_ANSWER);
	expect_end();
}
END_TEST

/* What is left of a program is killed: it must be one. */
START_TEST(a_program_without_a_command)
{
	channel_ready(fd, 12345);
	expect_end();
}
END_TEST

START_TEST(a_program_that_is_the_daemon)
{
	service.commands = commands;
	ck_assert_uint_eq(ask_command("run"), CHANNEL_ADMITTED);
	channel_ready(fd, getsid(0));
	expect_end();
}
END_TEST

/* --- the counts of a session that forwards --- */

START_TEST(the_last_counts_and_the_report)
{
	struct channel_report r;
	uint64_t i;

	channel_ready(fd, 0);
	for (i = 1; i <= 16; i++)
		channel_bytes(fd, i, 2 * i);
	channel_report(fd, (struct outcome) { OUTCOME_EXIT, 0 }, "to x");
	expect_good(false);
	ck_assert(c->has_bytes);
	ck_assert_uint_eq(c->bytes_in, 16);
	ck_assert_uint_eq(c->bytes_out, 32);
	ck_assert(channel_last_report(c, &r));
	ck_assert_str_eq(r.text, "to x");
}
END_TEST

/* One that sends more than that would keep the daemon busy. */
START_TEST(counts_without_end)
{
	int sent = 0;

	channel_ready(fd, 0);
	while (message_send(fd, CHANNEL_BYTES, &(struct channel_bytes) { 1, 1 },
		   sizeof(struct channel_bytes), MSG_DONTWAIT) == 0)
		sent++;
	ck_assert_int_gt(sent, 17);
	expect_end();
	ck_assert_int_eq(send(fd, "", 1, MSG_NOSIGNAL), -1);
}
END_TEST

/* A session that lasts sends them for ever, once a second. */
START_TEST(counts_once_a_second)
{
	channel_ready(fd, 0);
	channel_bytes(fd, 1, 1);
	expect_good(false);
	ck_assert_int_le(c->counts_full_at, clock_now() + SECOND);
}
END_TEST

START_TEST(counts_that_no_session_can_reach)
{
	channel_ready(fd, 0);
	channel_bytes(fd, UINT64_MAX, 0);
	expect_end();
}
END_TEST

/* Whether a relay is to be told that the session was not complete. */
START_TEST(a_report_of_a_failure)
{
	static const struct outcome outcomes[] = { { OUTCOME_EXIT, 0 },
		{ OUTCOME_TARGET_RESET, 0 }, { OUTCOME_IDLE_TIMEOUT, 0 } };

	channel_ready(fd, 0);
	channel_report(fd, outcomes[_i], "");
	ck_assert_int_eq(channel_serve(&server, c, 2 * SECOND), _i > 0);
}
END_TEST

START_TEST(nobody_inherits_it)
{
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	ck_assert(fcntl(c->channel, F_GETFD) & FD_CLOEXEC);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, ready_once);
	tcase_add_test(tc, never_ready_is_ended);
	tcase_add_test(tc, report_waits_for_the_end);
	tcase_add_test(tc, report_is_cut);
	tcase_add_test(tc, an_invalid_outcome_is_no_report);
	tcase_add_test(tc, closed_is_closed);
	tcase_add_loop_test(tc, no_message_ends_it, 0, 5);
	tcase_add_loop_test(tc, an_unknown_type_ends_it, 0, 6);
	tcase_add_test(tc, descriptors_end_it);
	tcase_add_loop_test(tc, not_behind_a_proxy, 0, 3);
	tcase_add_test(tc, announced);
	tcase_add_test(tc, a_scope_where_none_belongs);
	tcase_add_loop_test(tc, a_header_has_its_own_time, 0, 2);
	tcase_add_test(tc, announced_and_refused);
	tcase_add_test(tc, announced_twice);
	tcase_add_test(tc, the_proxy_itself);
	tcase_add_loop_test(tc, an_address_of_no_family, 0, 3);
	tcase_add_test(tc, ready_without_announce);
	tcase_add_test(tc, a_fault_refuses);
	tcase_add_loop_test(tc, a_fault_that_is_none, 0, 3);
	tcase_add_test(tc, what_it_says_late_is_dropped);
	tcase_add_test(tc, a_command_is_counted);
	tcase_add_test(tc, a_command_with_a_longer_grace);
	tcase_add_test(tc, a_command_with_a_shorter_grace);
	tcase_add_test(tc, a_command_that_may_leave_something);
	tcase_add_test(tc, a_command_at_its_limit);
	tcase_add_test(tc, a_command_once);
	tcase_add_test(tc, a_program_without_a_command);
	tcase_add_test(tc, a_program_that_is_the_daemon);
	tcase_add_test(tc, the_last_counts_and_the_report);
	tcase_add_test(tc, counts_without_end);
	tcase_add_test(tc, counts_once_a_second);
	tcase_add_test(tc, counts_that_no_session_can_reach);
	tcase_add_loop_test(tc, a_report_of_a_failure, 0, 3);
	tcase_add_test(tc, nobody_inherits_it);
}

int
main(void)
{
	/* One of another pid namespace has no number that could be named. */
	if (getsid(0) == 0 && setsid() == -1)
		return EXIT_FAILURE;
	return unit_run("channel_server", add);
}
