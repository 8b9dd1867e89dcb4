/*
 * check_children.c -- the table of live children.
 *
 * Where no signal is at stake the pids are made up, above all that the kernel
 * gives (pid_max(5) is at most 2^22).  Time is what the test says it is.
 */

#include "tests/unit/unit.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/process.h"
#include "haild/state.h"

#define PID 5000000
#define GRACE (5 * SECOND)
#define START (1000 * SECOND)

static struct children all;
static struct service_stats stats;
static struct client client;
static struct service service = { .handler = HANDLER_EXEC,
	.kill_grace = GRACE,
	.leftovers = LEFTOVERS_KILL };

static void
create(void)
{
	ck_assert_int_eq(children_create(&all), 0);
	TAILQ_INIT(&stats.starting);
	TAILQ_INIT(&stats.timed);
	TAILQ_INIT(&stats.ending);
	TAILQ_INIT(&stats.killed);
	client.cred.uid = 77;
	addr_from_numeric(&client.addr, "192.0.2.7", 4411);
}

static const struct source_refs refs;

static struct child *
reserve(int64_t now)
{
	struct child *c =
	    children_reserve(&all, &service, &stats, &client, &refs, now);

	ck_assert_ptr_nonnull(c);
	return c;
}

static struct child *
started(pid_t pid, int64_t now, int64_t timeout)
{
	struct child *c = reserve(now);

	children_started(&all, c, pid, timeout);
	return c;
}

/* --- slots ------------------------------------------------------------------
 */

START_TEST(a_reserved_slot_is_counted)
{
	struct child *c = reserve(START);
	char text[ADDR_TEXT_MAX];

	ck_assert_uint_eq(all.live, 1);
	ck_assert_uint_eq(stats.usage.live, 1);
	ck_assert_ptr_eq(c->stats, &stats);
	ck_assert_int_eq(c->started, START);
	ck_assert_int_eq(c->grace, GRACE);
	ck_assert_int_eq(c->deadline, 0);
	ck_assert_int_eq(c->pid, 0);
	ck_assert_int_eq(c->ending, OUTCOME_NONE);
	ck_assert(!c->keep);
	ck_assert_uint_eq(c->uid, 77);
	ck_assert_str_eq(
	    addr_print(&c->addr, text, sizeof(text)), "192.0.2.7:4411");
	/* not a child yet */
	ck_assert_ptr_null(children_at(&all, 0, c->serial));

	children_release(&all, c);
	ck_assert_uint_eq(all.live, 0);
	ck_assert_uint_eq(stats.usage.live, 0);
}
END_TEST

START_TEST(leftovers_are_kept_where_configured)
{
	service.leftovers = LEFTOVERS_KEEP;
	ck_assert(reserve(START)->keep);
	service.leftovers = LEFTOVERS_KILL;
	ck_assert(!reserve(START)->keep);
	/* only a program can leave anything */
	service.handler = HANDLER_MESSAGE;
	ck_assert(reserve(START)->keep);
	service.handler = HANDLER_BUILTIN;
	ck_assert(reserve(START)->keep);
}
END_TEST

START_TEST(slots_are_reused_last_in_first_out)
{
	struct child *a = reserve(START), *b = reserve(START);
	struct child *c = reserve(START);

	ck_assert_ptr_eq(a, &all.slots[0]);
	ck_assert_ptr_eq(b, &all.slots[1]);
	ck_assert_ptr_eq(c, &all.slots[2]);
	children_release(&all, a);
	children_release(&all, c);
	ck_assert_ptr_eq(reserve(START), c);
	ck_assert_ptr_eq(reserve(START), a);
	ck_assert_ptr_eq(reserve(START), &all.slots[3]);
	ck_assert_uint_eq(all.used, 4);
	ck_assert_uint_eq(all.live, 4);
	ck_assert_uint_eq(stats.usage.live, 4);
}
END_TEST

START_TEST(a_slot_that_was_used_is_as_new)
{
	struct child *c = started(PID, START, SECOND);

	children_expire(&stats, START + SECOND);
	ck_assert_int_eq(c->ending, OUTCOME_TIMEOUT);
	children_exited(&all, c);
	ck_assert_ptr_eq(reserve(START), c);
	ck_assert_int_eq(c->pid, 0);
	ck_assert_int_eq(c->deadline, 0);
	ck_assert_int_eq(c->ending, OUTCOME_NONE);
	ck_assert_uint_eq(c->signals, 0);
	ck_assert_ptr_null(children_find(&all, PID));
}
END_TEST

START_TEST(serials_tell_the_uses_apart)
{
	struct child *c = started(PID, START, -1);
	uint32_t serial = c->serial;

	ck_assert_ptr_eq(children_at(&all, 0, serial), c);
	ck_assert_ptr_null(children_at(&all, 0, serial + 1));
	ck_assert_ptr_null(children_at(&all, 1, serial));
	children_exited(&all, c);
	ck_assert_ptr_null(children_at(&all, 0, serial));
	ck_assert_ptr_null(children_at(&all, 0, 0));
	ck_assert_ptr_eq(started(PID, START, -1), c);
	ck_assert_ptr_null(children_at(&all, 0, serial));
	ck_assert_ptr_eq(children_at(&all, 0, c->serial), c);
}
END_TEST

START_TEST(the_table_has_an_end)
{
	struct child *last = NULL;
	uint32_t i;

	for (i = 0; i < SESSIONS_MAX; i++)
		last = reserve(START);
	ck_assert_ptr_null(
	    children_reserve(&all, &service, &stats, &client, &refs, START));
	ck_assert_uint_eq(all.live, SESSIONS_MAX);
	children_release(&all, last);
	ck_assert_ptr_eq(reserve(START), last);
}
END_TEST

/* MADV_DONTFORK: a session has nothing of others. */
START_TEST(in_a_child_there_is_no_table)
{
	unsigned char in;
	pid_t pid;

	reserve(START);
	ck_assert_int_eq(mincore(all.slots, 1, &in), 0);
	if ((pid = fork()) == 0)
		_exit(mincore(all.slots, 1, &in) == -1 && errno == ENOMEM ? 0
									  : 1);
	ck_assert_int_eq(unit_wait(pid), 0);
}
END_TEST

START_TEST(those_that_started_last_are_known)
{
	struct child *c[CHILDREN_YOUNG + 1];
	unsigned int i;

	for (i = 0; i <= CHILDREN_YOUNG; i++)
		c[i] = started(PID + (pid_t)i, START, -1);
	/* the first one has lost its place to the last */
	ck_assert_int_eq(children_young(&all, 0), PID + CHILDREN_YOUNG);
	for (i = 1; i < CHILDREN_YOUNG; i++)
		ck_assert_int_eq(children_young(&all, i), PID + (pid_t)i);
	children_exited(&all, c[1]);
	ck_assert_int_eq(children_young(&all, 1), 0);
}
END_TEST

START_TEST(pids_of_one_bucket_are_told_apart)
{
	enum { STEP = 2 * SESSIONS_MAX }; /* buckets */
	struct child *a = started(PID, START, -1);
	struct child *b = started(PID + STEP, START, -1);
	struct child *c = started(PID + 2 * STEP, START, -1);

	ck_assert_ptr_eq(children_find(&all, PID), a);
	ck_assert_ptr_eq(children_find(&all, PID + STEP), b);
	ck_assert_ptr_eq(children_find(&all, PID + 2 * STEP), c);
	ck_assert_ptr_null(children_find(&all, PID + 3 * STEP));
	ck_assert_ptr_null(children_find(&all, PID + 1));
	children_exited(&all, b);
	ck_assert_ptr_eq(children_find(&all, PID), a);
	ck_assert_ptr_null(children_find(&all, PID + STEP));
	ck_assert_ptr_eq(children_find(&all, PID + 2 * STEP), c);
	children_exited(&all, c);
	children_exited(&all, a);
	ck_assert_ptr_null(children_find(&all, PID));
	ck_assert_uint_eq(all.live, 0);
}
END_TEST

/* --- deadlines --------------------------------------------------------------
 */

START_TEST(no_timeout_no_deadline)
{
	ck_assert_int_eq(children_expire(&stats, 0), -1);
	started(PID, START, -1);
	ck_assert_int_eq(children_expire(&stats, 0), -1);
	children_expire(&stats, INT64_MAX);
	ck_assert_int_eq(children_find(&all, PID)->ending, OUTCOME_NONE);
}
END_TEST

START_TEST(deadlines_come_in_their_order)
{
	/* the second and third after reloads that made it shorter */
	struct child *a = started(PID, START, 60 * SECOND);
	struct child *b = started(PID + 1, START, 10 * SECOND);
	struct child *c = started(PID + 2, START + 1, 30 * SECOND);
	struct child *d = started(PID + 3, START + 2, 60 * SECOND);

	ck_assert_ptr_eq(TAILQ_FIRST(&stats.timed), b);
	ck_assert_ptr_eq(TAILQ_NEXT(b, queue), c);
	ck_assert_ptr_eq(TAILQ_NEXT(c, queue), a);
	ck_assert_ptr_eq(TAILQ_NEXT(a, queue), d);
	ck_assert_ptr_null(TAILQ_NEXT(d, queue));
	ck_assert_int_eq(children_expire(&stats, 0), START + 10 * SECOND);

	children_expire(&stats, START + 10 * SECOND - 1);
	ck_assert_int_eq(b->ending, OUTCOME_NONE);
	children_expire(&stats, START + 10 * SECOND);
	ck_assert_int_eq(b->ending, OUTCOME_TIMEOUT);
	ck_assert_int_eq(c->ending, OUTCOME_NONE);
	/* next is the second signal for b */
	ck_assert_int_eq(children_expire(&stats, 0), START + 15 * SECOND);
	children_exited(&all, b);
	ck_assert_int_eq(children_expire(&stats, 0), START + 1 + 30 * SECOND);
	/* one in the middle ends by itself */
	children_exited(&all, a);
	children_exited(&all, c);
	ck_assert_int_eq(children_expire(&stats, 0), START + 2 + 60 * SECOND);
	children_expire(&stats, START + 1000 * SECOND);
	ck_assert_int_eq(d->ending, OUTCOME_TIMEOUT);
	children_exited(&all, d);
	ck_assert_int_eq(children_expire(&stats, 0), -1);
}
END_TEST

START_TEST(equal_deadlines_keep_their_order)
{
	struct child *a = started(PID, START, SECOND);
	struct child *b = started(PID + 1, START, SECOND);

	ck_assert_ptr_eq(TAILQ_FIRST(&stats.timed), a);
	ck_assert_ptr_eq(TAILQ_NEXT(a, queue), b);
}
END_TEST

START_TEST(the_sooner_of_the_two_queues)
{
	struct child *a = started(PID, START, 7 * SECOND);

	children_end(started(PID + 1, START, -1), OUTCOME_STOP, START);
	ck_assert_int_eq(children_expire(&stats, 0), START + GRACE);
	children_expire(&stats, START + GRACE); /* the last signal */
	ck_assert_int_eq(children_expire(&stats, 0), START + 7 * SECOND);
	children_end(a, OUTCOME_STOP, START + 4 * SECOND);
	ck_assert_int_eq(
	    children_expire(&stats, 0), START + 4 * SECOND + GRACE);
}
END_TEST

START_TEST(grace_may_be_shorter_for_those_who_end_later)
{
	struct child *a = started(PID, START, -1), *b;

	service.kill_grace = SECOND;
	b = started(PID + 1, START, -1);
	children_end(a, OUTCOME_STOP, START);
	children_end(b, OUTCOME_STOP, START + 1);
	ck_assert_ptr_eq(TAILQ_FIRST(&stats.ending), b);
	ck_assert_ptr_eq(TAILQ_NEXT(b, queue), a);
	ck_assert_int_eq(children_expire(&stats, 0), START + 1 + SECOND);
}
END_TEST

START_TEST(the_first_reason_counts)
{
	struct child *c = started(PID, START, -1);

	children_end(c, OUTCOME_DISCONNECT, START);
	children_end(c, OUTCOME_STOP, START + 1);
	ck_assert_int_eq(c->ending, OUTCOME_DISCONNECT);
	ck_assert_int_eq(c->deadline, START + GRACE);
}
END_TEST

START_TEST(all_are_ended_but_free_and_reserved_slots)
{
	struct child *a = started(PID, START, SECOND);
	struct child *gone = started(PID + 1, START, -1);
	struct child *reserved = reserve(START);
	struct child *b = started(PID + 2, START, -1);

	children_exited(&all, gone);
	children_stop(&all, false, START);
	ck_assert_int_eq(a->ending, OUTCOME_STOP);
	ck_assert_int_eq(b->ending, OUTCOME_STOP);
	ck_assert_int_eq(gone->ending, OUTCOME_NONE);
	ck_assert_int_eq(reserved->ending, OUTCOME_NONE);
	ck_assert_ptr_null(TAILQ_FIRST(&stats.timed));
	ck_assert_ptr_eq(TAILQ_FIRST(&stats.ending), a);
	ck_assert_ptr_eq(TAILQ_NEXT(a, queue), b);
}
END_TEST

/* The first step of a stop: clients of these do not end them. */
START_TEST(wait_services_are_ended_alone)
{
	struct child *other = started(PID, START, -1);
	struct child *waiting = started(PID + 1, START, -1);

	waiting->addr.sa.sa_family = AF_UNSPEC;
	children_stop(&all, true, START);
	ck_assert_int_eq(waiting->ending, OUTCOME_STOP);
	ck_assert_int_eq(other->ending, OUTCOME_NONE);
}
END_TEST

/* --- signals, with real processes -------------------------------------------
 */

static int fd; /* to the child */

/*
 * Fork a leader of its own session that runs MAIN with its end of a socket
 * pair, and wait until it says that it is ready.
 */
static struct child *
fork_leader(void (*child_main)(int))
{
	struct child *c = reserve(START);
	int pair[2];
	pid_t pid;
	char ready;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	if ((pid = fork()) == 0) {
		close(pair[0]);
		signal(SIGTERM, SIG_DFL); /* check has a handler */
		if (setsid() == -1)
			_exit(99);
		child_main(pair[1]);
		_exit(0);
	}
	ck_assert_int_gt(pid, 0);
	close(pair[1]);
	fd = pair[0];
	children_started(&all, c, pid, -1);
	ck_assert_int_eq(io_read(fd, &ready, 1), 1);
	ck_assert_int_eq(ready, 'r');
	return c;
}

static void
say(int to, char c)
{
	if (write(to, &c, 1) != 1)
		_exit(98);
}

/* The child's next byte; 0 when all writers have exited. */
static int
heard(void)
{
	char c = 0;

	return io_read(fd, &c, 1) == 1 ? c : 0;
}

/* Takes the signals and tells which. */
static void
tell_signals(int to)
{
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	say(to, 'r');
	while (sigwait(&set, &sig) == 0)
		say(to, sig == SIGHUP ? 'H' : 'T');
}

static void
wait_for_a_signal(int to)
{
	signal(SIGHUP, SIG_DFL); /* nohup(1) ignores it */
	say(to, 'r');
	for (;;)
		pause();
}

static void
stop_yourself(int to)
{
	say(to, 'r');
	raise(SIGSTOP);
	for (;;)
		pause();
}

static void
expect_signal(pid_t pid, int sig)
{
	int status = unit_wait(pid);

	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), sig);
}

START_TEST(a_vanished_client_hup_term_kill)
{
	struct child *c = fork_leader(tell_signals);
	pid_t pid = c->pid;

	children_end(c, OUTCOME_DISCONNECT, START);
	ck_assert_int_eq(heard(), 'H');
	children_expire(&stats, START + GRACE - 1);
	ck_assert_int_eq(children_expire(&stats, 0), START + GRACE);
	children_expire(&stats, START + GRACE);
	ck_assert_int_eq(heard(), 'T');
	ck_assert_int_eq(children_expire(&stats, 0), START + 2 * GRACE);
	children_expire(&stats, START + 2 * GRACE);
	ck_assert_int_eq(
	    children_expire(&stats, 0), START + 2 * GRACE + REAP_GRACE);
	expect_signal(pid, SIGKILL);
	ck_assert_int_eq(heard(), 0);
}
END_TEST

START_TEST(everything_else_term_kill)
{
	struct child *c = fork_leader(tell_signals);
	pid_t pid = c->pid;

	children_end(c, OUTCOME_TIMEOUT, START);
	ck_assert_int_eq(heard(), 'T');
	children_expire(&stats, START + GRACE);
	ck_assert_int_eq(
	    children_expire(&stats, 0), START + GRACE + REAP_GRACE);
	expect_signal(pid, SIGKILL);
	ck_assert_int_eq(heard(), 0);
}
END_TEST

/* A killed child that is not reaped counts for the total only. */
START_TEST(an_unreapable_child_is_abandoned)
{
	struct child *c = fork_leader(tell_signals);
	pid_t pid = c->pid;

	children_end(c, OUTCOME_TIMEOUT, START);
	ck_assert_int_eq(heard(), 'T');
	children_expire(&stats, START + GRACE);
	expect_signal(pid, SIGKILL);
	ck_assert_ptr_null(
	    children_overdue(&stats, START + GRACE + REAP_GRACE - 1));
	ck_assert_ptr_eq(
	    children_overdue(&stats, START + GRACE + REAP_GRACE), c);
	children_abandon(&all, c);
	ck_assert_int_eq(children_expire(&stats, START + 3600 * SECOND), -1);
	ck_assert_ptr_null(children_overdue(&stats, START + 3600 * SECOND));
	ck_assert_uint_eq(all.live, 1);
	ck_assert_uint_eq(all.unreapable, 1);
	ck_assert_uint_eq(stats.usage.live, 0);
	ck_assert_uint_eq(stats.unreapable, 1);
	ck_assert_ptr_eq(children_find(&all, pid), c);
	children_exited(&all, c);
	ck_assert_uint_eq(all.live, 0);
	ck_assert_uint_eq(all.unreapable, 0);
	ck_assert_uint_eq(stats.usage.live, 0);
	ck_assert_uint_eq(stats.unreapable, 0);
}
END_TEST

START_TEST(without_a_handler_the_first_is_enough)
{
	struct child *c = fork_leader(wait_for_a_signal);
	pid_t pid = c->pid;

	children_end(c, OUTCOME_DISCONNECT, START);
	expect_signal(pid, SIGHUP);
	c = fork_leader(wait_for_a_signal);
	pid = c->pid;
	children_end(c, OUTCOME_STOP, START);
	expect_signal(pid, SIGTERM);
}
END_TEST

START_TEST(a_stopped_child_is_continued)
{
	struct child *c = fork_leader(stop_yourself);
	pid_t pid = c->pid;
	int status;

	ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
	ck_assert(WIFSTOPPED(status));
	children_end(c, OUTCOME_STOP, START);
	expect_signal(pid, SIGTERM);
}
END_TEST

/* Between fork and setsid it is in the daemon's group, and alone is meant. */
START_TEST(a_child_without_its_own_group_yet)
{
	struct child *c = reserve(START);
	pid_t pid;

	signal(SIGTERM, SIG_DFL); /* check has a handler */
	if ((pid = fork()) == 0)
		for (;;)
			pause();
	ck_assert_int_gt(pid, 0);
	children_started(&all, c, pid, -1);
	children_end(c, OUTCOME_STOP, START);
	expect_signal(pid, SIGTERM);
}
END_TEST

/* Leaves a process behind that sends back what it hears. */
static void
leave_one(int to)
{
	char c;

	if (fork() == 0) {
		say(to, 'r');
		while (read(to, &c, 1) == 1)
			say(to, c);
	}
}

static void
exited(struct child *c)
{
	siginfo_t info;
	pid_t pid = c->pid;

	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	children_exited(&all, c);
	ck_assert_int_eq(unit_wait(pid), 0);
}

START_TEST(leftovers_of_the_group_are_killed)
{
	exited(fork_leader(leave_one));
	ck_assert_int_eq(heard(), 0);
}
END_TEST

START_TEST(leftovers_of_the_group_are_kept_where_configured)
{
	service.leftovers = LEFTOVERS_KEEP;
	exited(fork_leader(leave_one));
	say(fd, 'x');
	ck_assert_int_eq(heard(), 'x');
	close(fd); /* and so it ends */
}
END_TEST

/* --- from another image -----------------------------------------------------
 */

static int
restore(uint32_t slot, pid_t pid, int64_t deadline)
{
	struct child c = { .stats = &stats,
		.pid = pid,
		.serial = slot + 1,
		.started = START,
		.deadline = deadline,
		.grace = GRACE };

	return children_restore(&all, slot, &c);
}

START_TEST(restored_slots_are_where_they_were)
{
	ck_assert_int_eq(restore(2, PID, 0), 0);
	ck_assert_int_eq(restore(5, PID + 1, 0), 0);
	ck_assert_int_eq(children_restored(&all, 40), 0);
	ck_assert_uint_eq(all.used, 6);
	ck_assert_uint_eq(all.live, 2);
	ck_assert_uint_eq(stats.usage.live, 2);
	ck_assert_ptr_eq(children_find(&all, PID), &all.slots[2]);
	ck_assert_ptr_eq(children_find(&all, PID + 1), &all.slots[5]);
	ck_assert_ptr_eq(children_at(&all, 5, 6), &all.slots[5]);
	ck_assert_ptr_null(children_at(&all, 4, 0));

	/* the gaps are filled from the lowest, then it goes on behind them */
	ck_assert_ptr_eq(reserve(START), &all.slots[0]);
	ck_assert_uint_eq(all.slots[0].serial, 41);
	ck_assert_ptr_eq(reserve(START), &all.slots[1]);
	ck_assert_ptr_eq(reserve(START), &all.slots[3]);
	ck_assert_ptr_eq(reserve(START), &all.slots[4]);
	ck_assert_ptr_eq(reserve(START), &all.slots[6]);
	ck_assert_uint_eq(all.live, 7);
}
END_TEST

START_TEST(what_cannot_be_restored_is_refused)
{
	ck_assert_int_eq(restore(3, PID, 0), 0);
	ck_assert_int_eq(restore(3, PID + 1, 0), -1);
	ck_assert_int_eq(restore(4, PID, 0), -1);
	ck_assert_int_eq(restore(SESSIONS_MAX, PID + 1, 0), -1);
	ck_assert_int_eq(restore(UINT32_MAX, PID + 1, 0), -1);
	ck_assert_int_eq(restore(SESSIONS_MAX - 1, PID + 1, 0), 0);
	ck_assert_uint_eq(all.live, 2);
	ck_assert_uint_eq(stats.usage.live, 2);
}
END_TEST

START_TEST(restored_deadlines_come_in_order)
{
	/* pids in one bucket too: 2 * SESSIONS_MAX of them */
	static const int64_t at[] = { 50, 20, 0, 40, 20, 10, 30 };
	static const int want[] = { 5, 1, 4, 6, 3, 0 };
	const struct child *c;
	size_t i;

	for (i = 0; i < COUNT(at); i++)
		ck_assert_int_eq(
		    restore((uint32_t)i, PID + (pid_t)i * 2 * SESSIONS_MAX,
			at[i] == 0 ? 0 : START + at[i]),
		    0);
	ck_assert_int_eq(children_restored(&all, 9), 0);
	ck_assert_int_eq(children_expire(&stats, 0), START + 10);
	c = TAILQ_FIRST(&stats.timed);
	for (i = 0; i < COUNT(want); i++) {
		ck_assert_ptr_eq(c, &all.slots[want[i]]);
		c = TAILQ_NEXT(c, queue);
	}
	ck_assert_ptr_null(c);
	/* and none of them is lost or left when it ends */
	for (i = 0; i < COUNT(at); i++) {
		all.slots[i].keep = true; /* no process has its pid */
		ck_assert_ptr_eq(
		    children_find(&all, PID + (pid_t)i * 2 * SESSIONS_MAX),
		    &all.slots[i]);
		children_exited(&all, &all.slots[i]);
	}
	ck_assert_uint_eq(all.live, 0);
	ck_assert_int_eq(children_expire(&stats, 0), -1);
}
END_TEST

/* --- sources ----------------------------------------------------------------
 */

static char name[] = "x";
static struct service counted = {
	.name = name, .max_per_source = -1, .source_v4 = 32, .source_v6 = 64
};
static struct config config = { .services = &counted,
	.nservices = 1,
	.max_per_source = -1,
	.source_v4 = 32,
	.source_v6 = 64 };
static struct admission admission = { .config = &config };

/* Sessions that count for a source: of the service, and of all. */
static uint32_t
counted_for(const char *host, uint64_t service_key)
{
	struct source source;
	struct addr a;
	int64_t full_at;

	ck_assert_int_eq(addr_from_numeric(&a, host, 1), 0);
	source_make(
	    &source, service_key, &a, 0, (unsigned int)counted.source_v4, 64);
	return sources_live(&admission.sources, &source, NULL, START, &full_at);
}

/*
 * Sessions that began without a limit; a proxy's, whose client is not known;
 * and a wait service's, which has none.
 */
START_TEST(a_reload_counts_sessions_anew)
{
	struct child *first, *second, *proxied, *waiting;
	uint64_t key;

	ck_assert_int_eq(sources_create(&admission.sources), 0);
	key = sources_service(&admission.sources, name);
	stats.name = name;
	first = started(PID, START, -1);
	second = started(PID + 1, START, -1);
	addr_from_numeric(&second->addr, "192.0.2.8", 1);
	proxied = started(PID + 2, START, -1);
	proxied->proxied = true;
	waiting = started(PID + 3, START, -1);
	waiting->addr.sa.sa_family = AF_UNSPEC;
	reserve(START);
	children_recount(&all, &admission, START);
	ck_assert_uint_eq(admission.sources.count, 0);

	counted.max_per_source = 1;
	children_recount(&all, &admission, START);
	ck_assert_uint_eq(admission.sources.count, 2);
	ck_assert_uint_eq(counted_for("192.0.2.7", key), 1);
	ck_assert_uint_eq(counted_for("192.0.2.8", key), 1);

	/* a source is a network now, and for all services */
	counted.source_v4 = config.source_v4 = 24;
	config.max_per_source = 2;
	children_recount(&all, &admission, START);
	ck_assert_uint_eq(admission.sources.count, 2);
	ck_assert_uint_eq(counted_for("192.0.2.99", key), 2);
	ck_assert_uint_eq(counted_for("192.0.2.99", 0), 2);

	/* one leaves */
	admit_left(&admission, &second->refs, START);
	ck_assert_uint_eq(counted_for("192.0.2.99", key), 1);

	/* the service is gone, and then the limit */
	config.nservices = 0;
	children_recount(&all, &admission, START);
	ck_assert_uint_eq(counted_for("192.0.2.99", key), 0);
	ck_assert_uint_eq(counted_for("192.0.2.99", 0), 2);
	config.max_per_source = -1;
	children_recount(&all, &admission, START);
	ck_assert_uint_eq(admission.sources.count, 0);
	ck_assert_uint_eq(first->refs.entries[0] + first->refs.entries[1], 0);
}
END_TEST

START_TEST(an_empty_table_gives_its_pages_back)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const size_t n = 1000 * sizeof(struct child) / page;
	unsigned char here[n];
	struct child *c[1000];
	pid_t pid = 100000;
	size_t i, resident = 0;
	uint32_t serial;

	ck_assert_int_eq(children_trim(&all, START), -1);
	for (i = 0; i < 1000; i++) {
		c[i] = started(pid + (pid_t)i, START, 0);
		c[i]->keep = true;
		children_identify(&all, c[i], "name");
	}
	ck_assert_int_eq(children_trim(&all, START), -1);
	for (i = 0; i < 1000; i++)
		children_exited(&all, c[i]);
	serial = all.serial;
	ck_assert_int_eq(children_trim(&all, START), START + SECOND);
	/* It was used once more. */
	children_release(&all, reserve(START));
	ck_assert_int_eq(
	    children_trim(&all, START + SECOND), START + 2 * SECOND);
	ck_assert_int_eq(mincore(all.slots, n * page, here), 0);
	for (i = 0; i < n; i++)
		resident += here[i] & 1;
	ck_assert_uint_eq(resident, n);
	ck_assert_int_eq(children_trim(&all, START + 2 * SECOND), -1);
	ck_assert_int_eq(mincore(all.slots, n * page, here), 0);
	for (i = 0, resident = 0; i < n; i++)
		resident += here[i] & 1;
	ck_assert_uint_eq(resident, 0);
	ck_assert_int_eq(children_trim(&all, START + 9 * SECOND), -1);

	/* Those who come later are other children. */
	ck_assert_ptr_null(children_find(&all, pid));
	c[0] = started(pid, START, 0);
	c[0]->keep = true;
	ck_assert_ptr_eq(c[0], &all.slots[0]);
	ck_assert_ptr_eq(children_find(&all, pid), &all.slots[0]);
	ck_assert_ptr_null(children_at(&all, 0, 1));
	ck_assert_ptr_nonnull(children_at(&all, 0, serial + 2));
	ck_assert_ptr_null(children_identity(&all, &all.slots[0]));
	children_exited(&all, &all.slots[0]);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, create, NULL);
	tcase_add_test(tc, a_reserved_slot_is_counted);
	tcase_add_test(tc, leftovers_are_kept_where_configured);
	tcase_add_test(tc, slots_are_reused_last_in_first_out);
	tcase_add_test(tc, a_slot_that_was_used_is_as_new);
	tcase_add_test(tc, serials_tell_the_uses_apart);
	tcase_add_test(tc, the_table_has_an_end);
	tcase_add_test(tc, in_a_child_there_is_no_table);
	tcase_add_test(tc, those_that_started_last_are_known);
	tcase_add_test(tc, pids_of_one_bucket_are_told_apart);
	tcase_add_test(tc, no_timeout_no_deadline);
	tcase_add_test(tc, deadlines_come_in_their_order);
	tcase_add_test(tc, equal_deadlines_keep_their_order);
	tcase_add_test(tc, the_sooner_of_the_two_queues);
	tcase_add_test(tc, grace_may_be_shorter_for_those_who_end_later);
	tcase_add_test(tc, the_first_reason_counts);
	tcase_add_test(tc, all_are_ended_but_free_and_reserved_slots);
	tcase_add_test(tc, wait_services_are_ended_alone);
	tcase_add_test(tc, a_vanished_client_hup_term_kill);
	tcase_add_test(tc, everything_else_term_kill);
	tcase_add_test(tc, an_unreapable_child_is_abandoned);
	tcase_add_test(tc, without_a_handler_the_first_is_enough);
	tcase_add_test(tc, a_stopped_child_is_continued);
	tcase_add_test(tc, a_child_without_its_own_group_yet);
	tcase_add_test(tc, leftovers_of_the_group_are_killed);
	tcase_add_test(tc, leftovers_of_the_group_are_kept_where_configured);
	tcase_add_test(tc, restored_slots_are_where_they_were);
	tcase_add_test(tc, what_cannot_be_restored_is_refused);
	tcase_add_test(tc, restored_deadlines_come_in_order);
	tcase_add_test(tc, a_reload_counts_sessions_anew);
	tcase_add_test(tc, an_empty_table_gives_its_pages_back);
}

int
main(void)
{
	return unit_run("children", add);
}
