/*
 * check_control_server.c -- what a control process may have the daemon do: the
 * process reads a client's bytes, and an attacker may have taken it over.
 */

#include "tests/unit/unit.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "haild/control_server.h"
#include "lib/io.h"
#include "lib/log.h"

static const struct service service = {
	.name = "x", .handler = HANDLER_EXEC, .kill_grace = SECOND
};
static struct server s;
static struct service_stats *stats;
static struct control_process *process;
static int channel; /* the process's end */
static int peer;    /* the client's end */

static void
enter(void)
{
	int pair[2];

	signal(SIGTERM, SIG_DFL); /* check's own would end this process */
	log_init("test", 0, LOG_DAEMON, LOG_EMERG);
	TAILQ_INIT(&s.all_stats);
	control_init(&s.control);
	ck_assert_int_eq(children_create(&s.children), 0);
	stats = service_stats_get(&s.all_stats, "x");
	process = &s.control.processes[0];
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	process->channel = pair[0];
	channel = pair[1];
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	process->client = pair[0];
	peer = pair[1];
	process->pid = unit_start_pausing();
}

static void
leave(void)
{
	kill(process->pid, SIGKILL);
	while (wait(NULL) > 0)
		continue;
	close(channel);
	close(peer);
	close(process->channel);
}

static struct child *
session(void)
{
	const struct client client = { .fd = -1 };
	struct child *c = children_reserve(&s.children, &service, stats,
	    &client, &(struct source_refs) { { 0, 0 } }, clock_now());

	ck_assert_ptr_nonnull(c);
	children_started(&s.children, c, unit_start_pausing(), -1);
	return c;
}

static void
send_message(uint32_t type, const void *payload, size_t len, int fd)
{
	ck_assert_int_eq(message_send_fds(channel, type, payload, len, &fd,
			     fd == -1 ? 0 : 1, 0),
	    0);
	control_server_receive(&s, 0, clock_now());
}

static void
end_session(const struct child *c, uint32_t serial)
{
	const struct control_victim v = { (uint32_t)(c - s.children.slots),
		serial };

	send_message(CONTROL_VICTIMS, &v, sizeof(v), -1);
}

static void
act(uint32_t command, int fd)
{
	const struct control_action a = { .command = command };

	send_message(CONTROL_ACTION, &a, sizeof(a), fd);
}

/* The process was killed, and its client closed. */
static bool
is_distrusted(void)
{
	return process->killed && process->client == -1;
}

START_TEST(a_client_that_acts_ends_sessions)
{
	struct child *c = session(), *other = session();

	process->acts = true;
	end_session(other, other->serial + 1); /* its slot was used again */
	ck_assert_int_eq(other->ending, OUTCOME_NONE);
	ck_assert_uint_eq(process->victims, 0);
	end_session(c, c->serial);
	ck_assert_int_eq(c->ending, OUTCOME_ADMIN);
	ck_assert_uint_eq(process->victims, 1);
	ck_assert(!process->killed);
	kill(c->pid, SIGKILL);
	kill(other->pid, SIGKILL);
}
END_TEST

START_TEST(one_that_looks_sends_nothing)
{
	struct child *c = session();

	end_session(c, c->serial);
	ck_assert_int_eq(c->ending, OUTCOME_NONE);
	ck_assert(is_distrusted());
	kill(c->pid, SIGKILL);
}
END_TEST

START_TEST(one_that_looks_does_nothing)
{
	act(CONTROL_STOP, -1);
	ck_assert_uint_eq(s.stops, 0);
	ck_assert(is_distrusted());
}
END_TEST

START_TEST(one_action_is_all)
{
	process->acts = true;
	act(CONTROL_STOP, -1);
	ck_assert_uint_eq(s.stops, 1);
	ck_assert_int_eq(control_channel(&s.control, 0), -1);
	control_server_receive(&s, 0, clock_now());
	ck_assert_uint_eq(s.stops, 1);
}
END_TEST

START_TEST(another_command_is_no_action)
{
	char text[256] = "";

	process->acts = true;
	act(CONTROL_STATUS, -1);
	ck_assert_int_eq(process->client, -1);
	ck_assert_int_gt(recv(peer, text, sizeof(text) - 1, 0), 0);
	ck_assert_ptr_nonnull(strstr(text, "result status=4"));
}
END_TEST

START_TEST(an_unknown_command_is_no_action)
{
	process->acts = true;
	act(UINT32_MAX, -1);
	ck_assert_int_eq(process->client, -1);
}
END_TEST

START_TEST(a_descriptor_is_closed)
{
	int next = dup(channel);

	close(next);
	process->acts = true;
	act(CONTROL_STOP, channel);
	ck_assert(is_distrusted());
	ck_assert_uint_eq(s.stops, 0);
	ck_assert_int_eq(fcntl(next, F_GETFD), -1);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, a_client_that_acts_ends_sessions);
	tcase_add_test(tc, one_that_looks_sends_nothing);
	tcase_add_test(tc, one_that_looks_does_nothing);
	tcase_add_test(tc, one_action_is_all);
	tcase_add_test(tc, another_command_is_no_action);
	tcase_add_test(tc, an_unknown_command_is_no_action);
	tcase_add_test(tc, a_descriptor_is_closed);
}

int
main(void)
{
	return unit_run("control_server", add);
}
