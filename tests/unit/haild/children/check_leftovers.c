/*
 * check_leftovers.c -- processes that a session left behind in groups of their
 * own.  Each test is a child subreaper, as the daemon is.
 */

#include "tests/unit/unit.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/io.h"
#include "haild/children/leftovers.h"

static struct leftovers left;
static int fds[2]; /* ours and the left one's */
static pid_t live;

static void
become_subreaper(void)
{
	ck_assert_int_eq(leftovers_create(&left), 0);
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
}

static bool
is_live(void *arg, pid_t sid)
{
	ck_assert_ptr_eq(arg, &live);
	return sid == live;
}

static int
sweep(void)
{
	return leftovers_sweep(&left, is_live, &live);
}

/* Write our pid, then echo input until its end. */
static void __attribute__((noreturn)) stay(void)
{
	pid_t pid = getpid();
	char c;

	if (write(fds[1], &pid, sizeof(pid)) != sizeof(pid))
		_exit(1);
	while (read(fds[1], &c, 1) == 1)
		if (write(fds[1], &c, 1) != 1)
			_exit(1);
	_exit(0);
}

static pid_t
told_pid(void)
{
	pid_t pid;

	ck_assert_int_eq(io_read(fds[0], &pid, sizeof(pid)), sizeof(pid));
	return pid;
}

static bool
answers(void)
{
	char c = 'x';

	return write(fds[0], &c, 1) == 1 && io_read(fds[0], &c, 1) == 1;
}

static void
own_group(void)
{
	if (setpgid(0, 0) == -1)
		_exit(1);
	stay();
}

static void
own_session(void)
{
	if (setsid() == -1)
		_exit(1);
	stay();
}

static void
same_group(void)
{
	stay();
}

/* Two groups, both our children: their parent has exited. */
static void
two_groups(void)
{
	if (fork() == 0)
		own_group();
	if (fork() == 0)
		own_group();
	_exit(0);
}

/* A group with one member, and below it another group with one. */
static void
two_levels(void)
{
	if (setpgid(0, 0) == -1)
		_exit(1);
	if (fork() == 0)
		own_group();
	for (;;)
		pause();
}

/*
 * Run a session whose leader starts LEFT_ONE, and ends once that has said
 * who it is.
 * Returns the session's id; *PID is who is left.
 */
static pid_t
session(void (*left_one)(void), pid_t *pid)
{
	pid_t leader = fork();

	ck_assert_int_ge(leader, 0);
	if (leader == 0) {
		close(fds[0]);
		if (setsid() == -1)
			_exit(1);
		if (fork() == 0)
			left_one();
		if (raise(SIGSTOP) != 0) /* until we are told to end */
			_exit(1);
		_exit(0);
	}
	*pid = told_pid();
	ck_assert_int_eq(waitpid(leader, NULL, WUNTRACED), leader);
	ck_assert_int_eq(kill(leader, SIGCONT), 0);
	ck_assert_int_eq(unit_wait(leader), 0);
	return leader;
}

static void
expect_killed(pid_t pid)
{
	int status = unit_wait(pid);

	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGKILL);
}

/* Let what is left end by itself. */
static void
let_go(pid_t pid)
{
	close(fds[0]);
	close(fds[1]);
	ck_assert_int_eq(unit_wait(pid), 0);
}

START_TEST(nothing_noted_nothing_done)
{
	pid_t pid;

	session(own_group, &pid);
	ck_assert_int_eq(sweep(), 0);
	ck_assert(answers());
	let_go(pid);
}
END_TEST

START_TEST(a_group_of_its_own_does_not_save_it)
{
	pid_t pid, sid = session(own_group, &pid);

	ck_assert(!leftovers_note(&left, sid));
	ck_assert_int_eq(sweep(), 1);
	expect_killed(pid);
	/* noted once more, for what its end could have left */
	ck_assert_uint_eq(left.n, 1);
	ck_assert_int_eq(sweep(), 0);
	ck_assert_uint_eq(left.n, 0);
}
END_TEST

START_TEST(the_group_of_the_leader_goes_too)
{
	pid_t pid, sid = session(same_group, &pid);

	leftovers_note(&left, sid);
	ck_assert_int_eq(sweep(), 1);
	expect_killed(pid);
}
END_TEST

/* A session with many would push the others out of the list. */
START_TEST(a_session_is_noted_once)
{
	pid_t one, other, sid = session(two_groups, &one);

	other = told_pid();
	/* Who forked them is ours to reap; then so are they. */
	ck_assert_int_gt(wait(NULL), 0);
	leftovers_note(&left, sid);
	ck_assert_int_eq(sweep(), 2);
	ck_assert_uint_eq(left.n, 1);
	expect_killed(one);
	expect_killed(other);
}
END_TEST

START_TEST(groups_below_groups_go_one_after_the_other)
{
	pid_t pid, sid = session(two_levels, &pid);
	int ended, status;

	leftovers_note(&left, sid);
	/* The lower one is ours when the upper one is gone, or seen before. */
	for (ended = 0; ended < 2; ended++) {
		ck_assert_int_ne(sweep(), -1);
		ck_assert_int_gt(wait(&status), 0);
		ck_assert(WIFSIGNALED(status));
		ck_assert_int_eq(WTERMSIG(status), SIGKILL);
	}
	sweep();
	ck_assert_int_eq(sweep(), 0);
	ck_assert_uint_eq(left.n, 0);
}
END_TEST

START_TEST(other_sessions_are_left_alone)
{
	pid_t pid, sid = session(own_group, &pid);

	ck_assert_int_ne(sid, getpid());
	leftovers_note(&left, getpid());
	ck_assert_int_eq(sweep(), 0);
	ck_assert(answers());
	ck_assert_uint_eq(left.n, 0);
	let_go(pid);
}
END_TEST

/* The id of a session that ended may be a new one's. */
START_TEST(a_live_session_is_left_alone)
{
	pid_t pid;

	live = session(own_group, &pid);
	leftovers_note(&left, live);
	ck_assert_int_eq(sweep(), 0);
	ck_assert(answers());
	let_go(pid);
}
END_TEST

START_TEST(a_session_of_its_own_escapes)
{
	pid_t pid, sid = session(own_session, &pid);

	leftovers_note(&left, sid);
	/* as leader of its session even if that were noted */
	leftovers_note(&left, pid);
	ck_assert_int_eq(sweep(), 0);
	ck_assert(answers());
	let_go(pid);
}
END_TEST

START_TEST(one_of_many)
{
	pid_t pid, sid = session(own_group, &pid), i;

	for (i = 0; i < 1000; i++)
		leftovers_note(&left, 5000000 + i);
	leftovers_note(&left, sid);
	leftovers_note(&left, 6000000);
	ck_assert_int_eq(sweep(), 1);
	expect_killed(pid);
	ck_assert_uint_eq(left.n, 1);
	ck_assert_int_eq(left.sids[0], sid);
}
END_TEST

START_TEST(a_full_list_says_so)
{
	size_t i;

	for (i = 0; i < LEFTOVERS_MAX - 1; i++)
		ck_assert(!leftovers_note(&left, 5000000));
	ck_assert(leftovers_note(&left, 5000000));
	ck_assert(leftovers_note(&left, 5000000));
	ck_assert_uint_eq(left.n, LEFTOVERS_MAX);
	ck_assert_int_eq(sweep(), 0);
	ck_assert_uint_eq(left.n, 0);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, become_subreaper, NULL);
	tcase_add_test(tc, nothing_noted_nothing_done);
	tcase_add_test(tc, a_group_of_its_own_does_not_save_it);
	tcase_add_test(tc, the_group_of_the_leader_goes_too);
	tcase_add_test(tc, a_session_is_noted_once);
	tcase_add_test(tc, groups_below_groups_go_one_after_the_other);
	tcase_add_test(tc, other_sessions_are_left_alone);
	tcase_add_test(tc, a_live_session_is_left_alone);
	tcase_add_test(tc, a_session_of_its_own_escapes);
	tcase_add_test(tc, one_of_many);
	tcase_add_test(tc, a_full_list_says_so);
}

int
main(void)
{
	return unit_run("leftovers", add);
}
