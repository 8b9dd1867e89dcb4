/*
 * check_linger.c -- the daemon's side: what the linger process is sent, and a
 * process that is full, silent or gone.  The test is the process.
 */

#include "tests/unit/unit.h"

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "haild/children/linger.h"
#include "haild/children/linger_process.h"
#include "lib/io.h"
#include "lib/log.h"

#define NOW (1000 * SECOND)
#define ALL                                                    \
	(MESSAGE_BIT(LINGER_TURN) | MESSAGE_BIT(LINGER_PING) | \
	    MESSAGE_BIT(LINGER_FINISH))

static struct lingering l;
static const struct config config;
static const struct arena arena;
static struct linger_name names[LINGER_NAMES];
static struct message m;

/* Run as process I.  Returns its end of the channel. */
static int
run(int i)
{
	struct linger_process *p = &l.processes[i];
	int pair[2];

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	*p = (struct linger_process) { .fd = pair[0] };
	if ((p->pid = fork()) == 0)
		for (;;)
			pause();
	ck_assert_int_gt(p->pid, 0);
	return pair[1];
}

static void
enter(void)
{
	log_init("test", 0, LOG_DAEMON, LOG_ERR);
	memset(&l, 0, sizeof(l));
	ck_assert_int_eq(linger_create(&l), 0);
}

static void
leave(void)
{
	int i;

	for (i = 0; i < LINGER_PROCESSES; i++)
		if (l.processes[i].fd != -1)
			kill(l.processes[i].pid, SIGKILL);
}

static enum message_result
receive(int fd)
{
	return message_receive(
	    fd, linger_messages, ALL, &m, names, sizeof(names), MSG_DONTWAIT);
}

static int64_t
expire(int64_t now)
{
	return linger_expire(&l, &config, &arena, -1, -1, now);
}

static int
socket_to_hold(void)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	return pair[0];
}

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) != -1;
}

static const struct linger_name a = { 1, 11 }, b = { 2, 12 };

START_TEST(a_turn_sends_one_message)
{
	int far = run(LINGER_NOW), one = socket_to_hold(),
	    two = socket_to_hold();

	ck_assert(linger_hold(&l, &a, one));
	linger_refused(&l, two);
	linger_end(&l, &a); /* it was short */
	linger_end(&l, &b);
	ck_assert(linger_is_behind(&l));
	linger_turn(&l, NOW);
	ck_assert(!linger_is_behind(&l));
	ck_assert(!is_open(one));
	ck_assert(!is_open(two));
	ck_assert_int_eq(receive(far), MESSAGE_OK);
	ck_assert_uint_eq(m.type, LINGER_TURN);
	ck_assert_uint_eq(m.nfds, 2);
	ck_assert_uint_eq(m.length, 4 * sizeof(*names));
	ck_assert_uint_eq(names[0].serial, 11);
	ck_assert_uint_eq(names[1].serial, 0);
	ck_assert_uint_eq(names[2].slot, 1);
	ck_assert_uint_eq(names[3].slot, 2);
	ck_assert_int_eq(receive(far), MESSAGE_NONE);
}
END_TEST

/* They wait a moment for an end, and are then sent alone. */
START_TEST(sockets_alone_follow_soon)
{
	int far = run(LINGER_NOW);
	int64_t due;

	linger_hold(&l, &a, socket_to_hold());
	due = l.send_at;
	linger_turn(&l, due - 1);
	ck_assert_int_eq(receive(far), MESSAGE_NONE);
	ck_assert_int_eq(expire(due - 1), due);
	linger_turn(&l, due);
	ck_assert_int_eq(receive(far), MESSAGE_OK);
	ck_assert_uint_eq(m.nfds, 1);
}
END_TEST

START_TEST(a_large_turn_sends_several_messages)
{
	int far = run(LINGER_NOW), i;
	unsigned int sockets = 0, ends = 0;

	for (i = 0; i < LINGER_BATCH + 1; i++)
		linger_hold(&l, &a, socket_to_hold());
	for (i = 0; i < 3 * LINGER_BATCH; i++)
		linger_end(&l, &b);
	linger_turn(&l, NOW);
	while (receive(far) == MESSAGE_OK) {
		sockets += m.nfds;
		ends += (unsigned int)(m.length / sizeof(*names)) - m.nfds;
		for (i = 0; i < (int)m.nfds; i++)
			close(m.fds[i]);
	}
	ck_assert_uint_eq(sockets, LINGER_BATCH + 1);
	ck_assert_uint_eq(ends, 3 * LINGER_BATCH);
}
END_TEST

START_TEST(without_a_process_sockets_are_closed)
{
	int fd = socket_to_hold();

	ck_assert(!linger_hold(&l, &a, fd));
	ck_assert(!is_open(fd));
	linger_end(&l, &a);
	linger_turn(&l, NOW);
	ck_assert(!linger_is_behind(&l));
	ck_assert_int_eq(expire(NOW), -1);
}
END_TEST

/* The session does without; its end, and those of others, are sent later. */
START_TEST(a_full_channel)
{
	int far = run(LINGER_NOW), fd = socket_to_hold();

	while (message_send(l.processes[LINGER_NOW].fd, LINGER_PING, NULL, 0,
		   MSG_DONTWAIT) == 0)
		continue;
	linger_hold(&l, &a, fd);
	linger_end(&l, &b);
	linger_turn(&l, NOW);
	ck_assert(!is_open(fd));
	ck_assert(linger_is_behind(&l));
	ck_assert_int_le(expire(NOW), NOW + SECOND / 10);
	while (receive(far) == MESSAGE_OK)
		ck_assert_uint_eq(m.type, LINGER_PING);
	linger_turn(&l, NOW);
	ck_assert(!linger_is_behind(&l));
	ck_assert_int_eq(receive(far), MESSAGE_OK);
	ck_assert_uint_eq(m.nfds, 0);
	ck_assert_uint_eq(names[0].serial, 12);
}
END_TEST

START_TEST(too_many_ends_replace_it)
{
	pid_t pid;
	int i;

	run(LINGER_NOW);
	pid = l.processes[LINGER_NOW].pid;
	while (message_send(l.processes[LINGER_NOW].fd, LINGER_PING, NULL, 0,
		   MSG_DONTWAIT) == 0)
		continue;
	for (i = 0; i <= LINGER_ENDS_MAX; i++) {
		linger_end(&l, &b);
		linger_turn(&l, NOW);
	}
	ck_assert_int_eq(l.processes[LINGER_NOW].fd, -1);
	ck_assert_int_eq(WTERMSIG(unit_wait(pid)), SIGKILL);
}
END_TEST

/* A stopped process is replaced within 2 s of the end of a session (fault 69).
 */
START_TEST(a_silent_process_is_replaced)
{
	pid_t pid;
	int64_t due, end = NOW + SECOND;
	int far = run(LINGER_NOW);
	const uint32_t none = 0;

	pid = l.processes[LINGER_NOW].pid;
	ck_assert_int_eq(expire(NOW), -1); /* idle: no ping */
	linger_end(&l, &a);
	linger_turn(&l, NOW);
	expire(NOW);
	ck_assert_int_eq(receive(far), MESSAGE_OK);
	ck_assert_int_eq(receive(far), MESSAGE_OK);
	ck_assert_uint_eq(m.type, LINGER_PING);
	message_send(far, LINGER_PONG, &none, sizeof(none), 0);
	linger_receive(&l, LINGER_NOW);
	ck_assert_int_eq(expire(end), -1);
	/* it was stopped right after that */
	linger_end(&l, &b);
	linger_turn(&l, end);
	for (due = end; l.processes[LINGER_NOW].fd != -1; due = expire(due))
		ck_assert_int_lt(due, end + 2 * SECOND);
	ck_assert_int_eq(WTERMSIG(unit_wait(pid)), SIGKILL);
}
END_TEST

START_TEST(a_process_that_answers_unasked_is_replaced)
{
	int far = run(LINGER_NOW);
	const uint32_t none = 0;
	pid_t pid = l.processes[LINGER_NOW].pid;

	message_send(far, LINGER_PONG, &none, sizeof(none), 0);
	linger_receive(&l, LINGER_NOW);
	ck_assert_int_eq(l.processes[LINGER_NOW].fd, -1);
	ck_assert_int_eq(WTERMSIG(unit_wait(pid)), SIGKILL);
}
END_TEST

START_TEST(a_process_that_has_ended)
{
	close(run(LINGER_NOW));
	kill(l.processes[LINGER_NOW].pid, SIGKILL);
	unit_wait(l.processes[LINGER_NOW].pid);
	linger_end(&l, &a);
	linger_turn(&l, NOW);
	linger_receive(&l, LINGER_NOW);
	ck_assert(!linger_runs(&l));
	linger_turn(&l, NOW);
	ck_assert(!linger_is_behind(&l));
}
END_TEST

/* Its pid is killed while it is a zombie, so never that of another process. */
START_TEST(a_process_that_is_reaped)
{
	pid_t pid;

	close(run(LINGER_NOW));
	pid = l.processes[LINGER_NOW].pid;
	ck_assert(!linger_exited(&l, pid + 1));
	ck_assert(linger_exited(&l, pid));
	ck_assert(!linger_runs(&l));
	ck_assert_int_eq(WTERMSIG(unit_wait(pid)), SIGKILL);
	ck_assert(!linger_exited(&l, pid));
	ck_assert(!linger_exited(&l, 0));
}
END_TEST

/* The new image has no sockets to send, and would expect no answer. */
START_TEST(before_an_upgrade)
{
	int far = run(LINGER_NOW), fd = socket_to_hold();
	const uint32_t none = 0;

	linger_hold(&l, &a, fd);
	ck_assert(linger_hand_over(&l));
	ck_assert(!is_open(fd));
	ck_assert_int_eq(receive(far), MESSAGE_OK);
	ck_assert_uint_eq(m.nfds, 1);
	expire(NOW); /* no ping now */
	expire(NOW);
	ck_assert(!linger_hand_over(&l));
	ck_assert_int_eq(receive(far), MESSAGE_OK);
	ck_assert_uint_eq(m.type, LINGER_PING);
	message_send(far, LINGER_PONG, &none, sizeof(none), 0);
	linger_receive(&l, LINGER_NOW);
	ck_assert(linger_hand_over(&l));
}
END_TEST

/* A process that answers late is not pinged again while an upgrade waits for
 * it. */
START_TEST(an_upgrade_does_not_wait_for_ever)
{
	int far = run(LINGER_NOW), round;
	const uint32_t none = 0;
	int64_t now = NOW;

	for (round = 0; round < 2; round++) {
		linger_hold(&l, &a, socket_to_hold());
		linger_send(&l);
		expire(now);
		ck_assert_int_eq(receive(far), MESSAGE_OK);
		ck_assert_int_eq(receive(far), MESSAGE_OK);
		ck_assert_uint_eq(m.type, LINGER_PING);
		ck_assert(!linger_hand_over(&l));
		/* More work, and an answer, 0.9 s after the ping. */
		linger_hold(&l, &b, socket_to_hold());
		linger_send(&l);
		ck_assert_int_eq(receive(far), MESSAGE_OK);
		now += SECOND - SECOND / 10;
		message_send(far, LINGER_PONG, &none, sizeof(none), 0);
		linger_receive(&l, LINGER_NOW);
		expire(now);
		ck_assert_int_eq(receive(far), MESSAGE_NONE);
		ck_assert(linger_hand_over(&l));
		/* The upgrade has failed: pings go on. */
		expire(now);
	}
	expire(now);
	ck_assert_int_eq(receive(far), MESSAGE_OK);
	ck_assert_uint_eq(m.type, LINGER_PING);
}
END_TEST

/* The process of before is told of ends, and gets no new sockets. */
START_TEST(after_an_upgrade)
{
	int before = run(LINGER_NOW), far;
	pid_t pid;

	linger_renew(&l);
	ck_assert_int_eq(receive(before), MESSAGE_OK);
	ck_assert_uint_eq(m.type, LINGER_FINISH);
	far = run(LINGER_NOW);
	linger_hold(&l, &a, socket_to_hold());
	linger_end(&l, &b);
	linger_turn(&l, NOW);
	ck_assert_int_eq(receive(before), MESSAGE_OK);
	ck_assert_uint_eq(m.nfds, 0);
	ck_assert_uint_eq(m.length, sizeof(*names));
	ck_assert_uint_eq(names[0].serial, 12);
	ck_assert_int_eq(receive(far), MESSAGE_OK);
	ck_assert_uint_eq(m.nfds, 1);
	/* and after another one there are not three, until the first ends */
	pid = l.processes[LINGER_BEFORE].pid;
	linger_renew(&l);
	expire(NOW);
	ck_assert_int_eq(l.processes[LINGER_BEFORE].pid, pid);
	ck_assert_int_eq(receive(far), MESSAGE_OK);
	ck_assert_uint_eq(m.type, LINGER_PING);
	ck_assert_int_eq(receive(far), MESSAGE_NONE);
	ck_assert(linger_exited(&l, pid));
	unit_wait(pid);
	pid = l.processes[LINGER_NOW].pid;
	expire(NOW);
	ck_assert_int_eq(l.processes[LINGER_BEFORE].pid, pid);
	ck_assert_int_eq(receive(far), MESSAGE_OK);
	ck_assert_uint_eq(m.type, LINGER_FINISH);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_test(tc, a_turn_sends_one_message);
	tcase_add_test(tc, sockets_alone_follow_soon);
	tcase_add_test(tc, a_large_turn_sends_several_messages);
	tcase_add_test(tc, without_a_process_sockets_are_closed);
	tcase_add_test(tc, a_full_channel);
	tcase_add_test(tc, too_many_ends_replace_it);
	tcase_add_test(tc, a_silent_process_is_replaced);
	tcase_add_test(tc, a_process_that_answers_unasked_is_replaced);
	tcase_add_test(tc, a_process_that_has_ended);
	tcase_add_test(tc, a_process_that_is_reaped);
	tcase_add_test(tc, before_an_upgrade);
	tcase_add_test(tc, an_upgrade_does_not_wait_for_ever);
	tcase_add_test(tc, after_an_upgrade);
}

int
main(void)
{
	return unit_run("linger", add);
}
