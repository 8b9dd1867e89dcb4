/*
 * check_process.c -- listing children, and ending them step by step.
 */

#include "tests/unit/unit.h"

#include <sys/wait.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/process.h"

static int out[2];

/* Write the number of the signal, so that the test knows that it arrived. */
static void
note_signal(int sig)
{
	char c = (char)sig;

	if (write(out[1], &c, 1) != 1)
		_exit(1);
}

/*
 * A child that survives SIGHUP and SIGTERM, with a process group of its own if
 * LEADER.  Returns once it is ready.
 */
static pid_t
start_child(bool leader)
{
	pid_t pid;
	char c;

	ck_assert_int_eq(pipe(out), 0);
	if ((pid = fork()) == 0) {
		if (leader)
			setpgid(0, 0);
		signal(SIGHUP, note_signal);
		signal(SIGTERM, note_signal);
		note_signal(0);
		for (;;)
			pause();
	}
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(read(out[0], &c, 1), 1);
	return pid;
}

static int
next_signal(void)
{
	char c;

	ck_assert_int_eq(read(out[0], &c, 1), 1);
	return c;
}

static void
ends_by_steps(pid_t pid)
{
	uint8_t step = END_AT_HUP;
	int status;

	ck_assert(process_end_step(pid, &step));
	ck_assert_int_eq(next_signal(), SIGHUP);
	ck_assert(process_end_step(pid, &step));
	ck_assert_int_eq(next_signal(), SIGTERM);
	ck_assert(!process_end_step(pid, &step));
	status = unit_wait(pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGKILL);
	ck_assert_int_eq(step, END_STEPS);
	ck_assert(!process_end_step(pid, &step));
}

START_TEST(a_group_gets_hup_term_and_kill)
{
	ends_by_steps(start_child(true));
}
END_TEST

START_TEST(a_process_without_a_group_gets_them_too)
{
	ends_by_steps(start_child(false));
}
END_TEST

START_TEST(the_first_step_can_be_term)
{
	uint8_t step = END_AT_TERM;
	pid_t pid = start_child(true);

	ck_assert(process_end_step(pid, &step));
	ck_assert_int_eq(next_signal(), SIGTERM);
	ck_assert(!process_end_step(pid, &step));
	unit_wait(pid);
}
END_TEST

START_TEST(a_stopped_process_is_continued)
{
	uint8_t step = END_AT_HUP;
	pid_t pid = start_child(true);
	int status;

	kill(pid, SIGSTOP);
	ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
	ck_assert(WIFSTOPPED(status));
	ck_assert(process_end_step(pid, &step));
	ck_assert_int_eq(next_signal(), SIGHUP);
	kill(pid, SIGKILL);
	unit_wait(pid);
}
END_TEST

static pid_t seen[8];
static size_t n_seen;

static bool
collect(void *arg, pid_t pid)
{
	if (n_seen < COUNT(seen))
		seen[n_seen++] = pid;
	return pid == *(pid_t *)arg;
}

START_TEST(each_child_is_listed_until_it_is_reaped)
{
	pid_t a = start_child(true), b = start_child(false);

	ck_assert_int_eq(process_each_child(collect, &b), 1);
	ck_assert_uint_eq(n_seen, 2);
	ck_assert(seen[0] == a || seen[1] == a);
	ck_assert(seen[0] == b || seen[1] == b);
	kill(a, SIGKILL);
	kill(b, SIGKILL);
	ck_assert_int_eq(unit_wait(b), SIGKILL);
	ck_assert_int_eq(process_each_child(collect, &b), 0);
	ck_assert_uint_eq(n_seen, 3);
	ck_assert_int_eq(seen[2], a);
	unit_wait(a);
}
END_TEST

START_TEST(how_one_ended_in_words)
{
	const siginfo_t exited = { .si_code = CLD_EXITED, .si_status = 3 };
	siginfo_t killed = { .si_code = CLD_KILLED, .si_status = SIGSYS };
	char text[PROCESS_END_MAX];

	ck_assert_str_eq(process_print_end(&exited, text, sizeof(text)),
	    "exited with status 3");
	ck_assert_str_eq(process_print_end(&killed, text, sizeof(text)),
	    "was killed by signal 31 (Bad system call)");
	killed.si_code = CLD_DUMPED;
	killed.si_status = SIGSEGV;
	ck_assert_str_eq(process_print_end(&killed, text, sizeof(text)),
	    "was killed by signal 11 (Segmentation fault)");
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, a_group_gets_hup_term_and_kill);
	tcase_add_test(tc, a_process_without_a_group_gets_them_too);
	tcase_add_test(tc, the_first_step_can_be_term);
	tcase_add_test(tc, a_stopped_process_is_continued);
	tcase_add_test(tc, each_child_is_listed_until_it_is_reaped);
	tcase_add_test(tc, how_one_ended_in_words);
}

int
main(void)
{
	return unit_run("process", add);
}
