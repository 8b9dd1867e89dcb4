/*
 * check_process.c -- listing children, and ending them step by step.
 */

#include "tests/unit/unit.h"

#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
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

START_TEST(the_end_of_a_process_in_words)
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

/* Another child traces it: it is a zombie that this process cannot reap. */
START_TEST(a_traced_zombie_is_waited_for_until_the_deadline)
{
	pid_t pid = start_child(true), tracer;
	siginfo_t info;
	char text[64], wanted[64], c;
	int ready[2];

	ck_assert_int_eq(pipe(ready), 0);
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
	if ((tracer = fork()) == 0) {
		c = ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0 ? 'y' : 'n';
		if (write(ready[1], &c, 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	ck_assert(!process_has_exited(pid));
	ck_assert(!process_wait(pid, 0, &info));
	kill(pid, SIGKILL);
	if (c == 'y') { /* where that is permitted */
		ck_assert(!process_wait(pid, clock_now() + SECOND / 10, &info));
		while (!process_has_exited(pid))
			sched_yield();
		process_describe(pid, text, sizeof(text));
		snprintf(wanted, sizeof(wanted), "state Z, traced by pid %ld",
		    (long)tracer);
		ck_assert_str_eq(text, wanted);
	}
	kill(tracer, SIGKILL);
	unit_wait(tracer);
	ck_assert(process_wait(pid, clock_now() + 60 * SECOND, &info));
	ck_assert_int_eq(info.si_pid, pid);
	ck_assert_int_eq(info.si_code, CLD_KILLED);
	process_describe(pid, text, sizeof(text));
	ck_assert_str_eq(text, "");
}
END_TEST

/* Few test machines may lower the real one: another file is in its place. */
static char adjustment[] = "/tmp/check_process.XXXXXX";

int
open(const char *path, int flags, ...)
{
	if (strcmp(path, "/proc/self/oom_score_adj") == 0)
		path = adjustment;
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0600);
}

START_TEST(a_protection_from_the_oom_killer_is_given_up)
{
	static const struct {
		const char *value;
		bool is;
	} cases[] = { { "0\n", false }, { "300\n", false }, { "-1\n", true },
		{ "-1000\n", true } };
	int fd = mkstemp(adjustment);
	char text[16] = "";
	size_t i;

	ck_assert_int_ne(fd, -1);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_int_eq(ftruncate(fd, 0), 0);
		ck_assert_int_gt(
		    pwrite(fd, cases[i].value, strlen(cases[i].value), 0), 0);
		ck_assert(process_is_oom_protected() == cases[i].is);
	}
	ck_assert_int_eq(process_oom_unprotect(), 0);
	ck_assert_int_gt(pread(fd, text, sizeof(text) - 1, 0), 0);
	ck_assert_int_eq(text[0], '0');
	close(fd);
	unlink(adjustment);
	ck_assert(!process_is_oom_protected()); /* no such file */
	ck_assert_int_eq(process_oom_unprotect(), -1);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, a_protection_from_the_oom_killer_is_given_up);
	UNIT_ADD_IF(unit_has_pidfd(), tc,
	    a_traced_zombie_is_waited_for_until_the_deadline,
	    "cannot run under valgrind");
	tcase_add_test(tc, a_group_gets_hup_term_and_kill);
	tcase_add_test(tc, a_process_without_a_group_gets_them_too);
	tcase_add_test(tc, the_first_step_can_be_term);
	tcase_add_test(tc, a_stopped_process_is_continued);
	tcase_add_test(tc, each_child_is_listed_until_it_is_reaped);
	tcase_add_test(tc, the_end_of_a_process_in_words);
}

int
main(void)
{
	return unit_run("process", add);
}
