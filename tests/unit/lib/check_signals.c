/*
 * check_signals.c -- signals as flags.  Each test is a process of its own.
 */

#include "tests/unit/unit.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/signals.h"

static const int handled[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGUSR1,
	SIGUSR2 };

static void
nothing(int sig UNUSED)
{
}

static void (*handler_of(int sig))(int)
{
	struct sigaction sa;

	ck_assert_int_eq(sigaction(sig, NULL, &sa), 0);
	return sa.sa_handler;
}

static bool
is_blocked(int sig)
{
	sigset_t set;

	ck_assert_int_eq(sigprocmask(SIG_SETMASK, NULL, &set), 0);
	return sigismember(&set, sig) == 1;
}

static bool
is_pending(int sig)
{
	sigset_t set;

	ck_assert_int_eq(sigpending(&set), 0);
	return sigismember(&set, sig) == 1;
}

START_TEST(reset_undoes_inherited_settings)
{
	static const int some[] = { SIGHUP, SIGPIPE, SIGCHLD, SIGALRM, SIGURG };
	sigset_t all;
	size_t i;

	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	signal(SIGALRM, nothing);
	signal(SIGRTMAX, SIG_IGN);
	sigfillset(&all);
	ck_assert_int_eq(sigprocmask(SIG_SETMASK, &all, NULL), 0);

	signals_reset(false);
	for (i = 0; i < COUNT(some); i++) {
		ck_assert(handler_of(some[i]) == SIG_DFL);
		ck_assert(!is_blocked(some[i]));
	}
	ck_assert(handler_of(SIGRTMAX) == SIG_DFL);
	ck_assert(!is_blocked(SIGRTMAX));
}
END_TEST

START_TEST(caught_signals_are_blocked)
{
	size_t i;

	signals_reset(false);
	signals_catch();
	for (i = 0; i < COUNT(handled); i++) {
		ck_assert(handler_of(handled[i]) != SIG_DFL);
		ck_assert(handler_of(handled[i]) != SIG_IGN);
		ck_assert(is_blocked(handled[i]));
		ck_assert(sigismember(signals_open_mask(), handled[i]) == 0);
		ck_assert(!signals_taken(handled[i]));
	}
	ck_assert(handler_of(SIGPIPE) == SIG_IGN);
	ck_assert(!is_blocked(SIGPIPE));
	ck_assert(handler_of(SIGQUIT) == SIG_DFL);
	ck_assert(!is_blocked(SIGQUIT));
}
END_TEST

START_TEST(deliver_lets_pending_signals_in)
{
	size_t i;

	signals_reset(false);
	signals_catch();
	for (i = 0; i < COUNT(handled); i++) {
		raise(handled[i]);
		ck_assert(is_pending(handled[i]));
		ck_assert(!signals_taken(handled[i]));
		signals_deliver();
		ck_assert(!is_pending(handled[i]));
		ck_assert(is_blocked(handled[i]));
		ck_assert(signals_taken(handled[i]));
		ck_assert(!signals_taken(handled[i]));
	}
}
END_TEST

START_TEST(flags_are_apart)
{
	signals_reset(false);
	signals_catch();
	raise(SIGHUP);
	raise(SIGTERM);
	raise(SIGTERM);
	signals_deliver();
	ck_assert(!signals_taken(SIGINT));
	ck_assert(signals_taken(SIGTERM));
	ck_assert(!signals_taken(SIGTERM));
	ck_assert(signals_taken(SIGHUP));
}
END_TEST

START_TEST(ppoll_lets_them_in)
{
	signals_reset(false);
	signals_catch();
	raise(SIGUSR1);
	ck_assert_int_eq(ppoll(NULL, 0, NULL, signals_open_mask()), -1);
	ck_assert(signals_taken(SIGUSR1));
	ck_assert(is_blocked(SIGUSR1));
}
END_TEST

START_TEST(a_child_has_the_defaults)
{
	size_t i;

	signals_reset(false);
	signals_catch();
	signals_in_child();
	for (i = 0; i < COUNT(handled); i++) {
		ck_assert(handler_of(handled[i]) == SIG_DFL);
		ck_assert(!is_blocked(handled[i]));
	}
	ck_assert(handler_of(SIGPIPE) == SIG_DFL);
}
END_TEST

/* What came while it was blocked is not lost: it ends the child. */
START_TEST(pending_signals_reach_a_child)
{
	pid_t pid;
	int status;

	signals_reset(false);
	signals_catch();
	if ((pid = fork()) == 0) {
		raise(SIGTERM);
		signals_in_child();
		_exit(0);
	}
	ck_assert_int_gt(pid, 0);
	status = unit_wait(pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGTERM);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, reset_undoes_inherited_settings);
	tcase_add_test(tc, caught_signals_are_blocked);
	tcase_add_test(tc, deliver_lets_pending_signals_in);
	tcase_add_test(tc, flags_are_apart);
	tcase_add_test(tc, ppoll_lets_them_in);
	tcase_add_test(tc, a_child_has_the_defaults);
	tcase_add_test(tc, pending_signals_reach_a_child);
}

int
main(void)
{
	return unit_run("signals", add);
}
