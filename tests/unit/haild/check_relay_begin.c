/*
 * check_relay_begin.c -- what a keeper may answer.  The daemon signals and
 * reaps the process of a relay, so that the keeper must not choose another one.
 */

#include "tests/unit/unit.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "haild/relay_begin.h"
#include "lib/io.h"
#include "lib/log.h"
#include "session/relay_channel.h"

static struct service service = { .name = "x",
	.tls = true,
	.max_sessions = 9,
	.start_timeout = 10 * SECOND,
	.session_timeout = -1,
	.max_per_source = -1,
	.max_per_identity = -1,
	.source_v4 = 32,
	.source_v6 = 64 };
static const struct config config = {
	.services = &service, .nservices = 1, .max_per_source = -1
};
static struct server s;
static struct service_stats *stats;
static int keeper; /* the keeper's end */
static pid_t others[8];
static size_t nothers;

/* A process that waits to be killed. */
static pid_t
start(void)
{
	pid_t pid = unit_start_pausing();

	others[nothers++] = pid;
	return pid;
}

static void
enter(void)
{
	int pair[2];

	log_init("test", 0, LOG_DAEMON, LOG_ERR);
	TAILQ_INIT(&s.all_stats);
	keepers_create(&s.keepers);
	s.config = s.admission.config = &config;
	ck_assert_int_eq(sources_create(&s.admission.sources), 0);
	ck_assert_int_eq(children_create(&s.children), 0);
	ck_assert_int_eq(relays_create(&s.relays), 0);
	stats = service_stats_get(&s.all_stats, service.name);
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	s.keepers.list[KEEPER_NOW] = (struct keeper) { .fd = pair[0],
		.pid = start(),
		.number = ++s.keepers.number,
		.ready = true };
	s.keepers.wanted = true;
	keeper = pair[1];
}

static void
leave(void)
{
	keepers_finish(&s.keepers);
	while (nothers > 0)
		kill(others[--nothers], SIGKILL);
	while (wait(NULL) > 0)
		;
	close(keeper);
	close(s.relays.epoll);
}

/* A client, which the keeper is sent. */
static struct child *
begin(void)
{
	struct client client = { .fd = -1 };
	struct keeper_client got;
	struct message m;
	struct child *c;
	int pair[2];

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	client.fd = pair[0];
	ck_assert_int_eq(addr_from_numeric(&client.addr, "192.0.2.1", 4411), 0);
	c = children_reserve(&s.children, &service, stats, &client,
	    &(struct source_refs) { { 0, 0 } }, clock_now());
	ck_assert_ptr_nonnull(c);
	ck_assert_int_eq(relay_begin(&s, &service, c, &client, clock_now()), 0);
	ck_assert_int_eq(
	    message_receive(keeper, keeper_kinds, MESSAGE_BIT(KEEPER_CLIENT),
		&m, &got, sizeof(got), MSG_DONTWAIT),
	    MESSAGE_OK);
	ck_assert_uint_eq(m.nfds, 2);
	close(m.fds[0]);
	close(m.fds[1]);
	close(pair[0]);
	close(pair[1]);
	return c;
}

/* The keeper answers that the relay of C is PID. */
static void
answer(const struct child *c, pid_t pid)
{
	struct keeper_relay reply = { .slot = (uint32_t)(c - s.children.slots),
		.serial = c->serial,
		.pid = pid };

	ck_assert_int_eq(
	    message_send(keeper, KEEPER_RELAY, &reply, sizeof(reply), 0), 0);
	relay_keepers(&s);
}

/* A client for which PID is no relay is refused; nothing is signalled. */
static void
refuse(pid_t pid)
{
	struct child *c = begin();
	uint64_t refused = stats->refused;
	uint32_t live = s.children.live, relays = s.relays.live;

	answer(c, pid);
	ck_assert_uint_eq(stats->refused, refused + 1);
	ck_assert_uint_eq(s.children.live, live - 1);
	ck_assert_uint_eq(s.relays.live, relays - 1);
	ck_assert_int_ne(s.keepers.list[KEEPER_NOW].fd, -1);
}

START_TEST(a_new_child_is_a_relay)
{
	struct child *c = begin();
	pid_t pid = start();

	answer(c, pid);
	ck_assert_int_eq(c->pid, pid);
	ck_assert(c->handshake);
	ck_assert_ptr_nonnull(relays_find(&s.relays, pid));
	ck_assert_uint_eq(stats->refused, 0);
}
END_TEST

START_TEST(another_process_is_none)
{
	struct child *c = begin();
	pid_t relay = start(), ended;

	answer(c, relay);
	if ((ended = fork()) == 0)
		_exit(0);
	ck_assert_int_eq(waitpid(ended, NULL, 0), ended);
	refuse(-1);
	refuse(1);
	refuse(getpid());
	refuse(getppid());
	refuse(ended);
	refuse(relay); /* of another client */
	refuse(s.keepers.list[KEEPER_NOW].pid);
	refuse(s.logger.pid = start());
	refuse(s.load.pid = start());
	refuse(s.upgrade.pid = start());
	refuse(s.lingering.processes[0].pid = start());
	/* None of them was killed. */
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), 0);
	ck_assert_int_eq(c->pid, relay);
}
END_TEST

START_TEST(an_answer_for_another_client_ends_the_keeper)
{
	struct child *c = begin(), wrong = *c;
	struct keeper_relay reply = { .slot = (uint32_t)(c - s.children.slots),
		.serial = wrong.serial + 1,
		.pid = start() };

	ck_assert_int_eq(
	    message_send(keeper, KEEPER_RELAY, &reply, sizeof(reply), 0), 0);
	relay_keepers(&s);
	ck_assert_uint_eq(stats->refused, 1);
	ck_assert_uint_eq(s.children.live, 0);
	ck_assert(!keepers_has(&s.keepers, 1));
}
END_TEST

START_TEST(a_reason_refuses_the_client)
{
	struct child *c = begin();
	struct keeper_relay reply = { .slot = (uint32_t)(c - s.children.slots),
		.serial = c->serial,
		.error = EAGAIN };

	ck_assert_int_eq(
	    message_send(keeper, KEEPER_RELAY, &reply, sizeof(reply), 0), 0);
	relay_keepers(&s);
	ck_assert_uint_eq(stats->refused, 1);
	ck_assert_uint_eq(s.children.live, 0);
	ck_assert(keepers_has(&s.keepers, 1));
}
END_TEST

/* The session is ended before it has a process. */
START_TEST(an_early_end_is_not_forgotten)
{
	struct child *c = begin(), *other = begin();
	const uint32_t slot = (uint32_t)(c - s.children.slots);
	pid_t pid;

	signal(SIGTERM, SIG_DFL); /* check's own would end this process */
	pid = start();
	ck_assert(!children_end_at(
	    &s.children, slot, c->serial + 1, OUTCOME_ADMIN, clock_now()));
	ck_assert(!children_end_at(&s.children, s.children.used, c->serial,
	    OUTCOME_ADMIN, clock_now()));
	ck_assert(children_end_at(
	    &s.children, slot, c->serial, OUTCOME_ADMIN, clock_now()));
	answer(c, pid);
	ck_assert_int_eq(c->ending, OUTCOME_ADMIN);
	ck_assert_int_ne(c->deadline, 0);
	ck_assert_uint_gt(c->signals, 0);
	answer(other, start());
	ck_assert_int_eq(other->ending, OUTCOME_NONE);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, a_new_child_is_a_relay);
	tcase_add_test(tc, another_process_is_none);
	tcase_add_test(tc, an_answer_for_another_client_ends_the_keeper);
	tcase_add_test(tc, a_reason_refuses_the_client);
	tcase_add_test(tc, an_early_end_is_not_forgotten);
}

int
main(void)
{
	return unit_run("relay_begin", add);
}
