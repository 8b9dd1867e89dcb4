/*
 * check_uid_check.c -- a child that finds out whether a uid owns a process.
 *
 * Real processes of uids that nothing else on this machine should have.
 */

#include "tests/unit/unit.h"

#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "haild/containment/uid_check.h"
#include "lib/process.h"

#define UID 1954321000U /* and the next one */

/* End of the check of UID_, which is reaped. */
static bool
proves(uid_t uid, bool kills)
{
	siginfo_t info;
	pid_t pid = uid_check_start(uid, kills);

	ck_assert_int_gt(pid, 0);
	ck_assert(process_wait(pid, clock_now() + 30 * SECOND, &info));
	return uid_check_proves(&info);
}

/* A process of UID_ that runs FN; it has begun. */
static pid_t
start(uid_t uid, void (*fn)(void))
{
	int ready[2];
	char c;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	if ((pid = fork()) == 0) {
		if (setresgid(uid, uid, uid) == -1 ||
		    setresuid(uid, uid, uid) == -1 ||
		    write(ready[1], "", 1) != 1)
			_exit(1);
		close(ready[0]);
		close(ready[1]);
		fn();
		_exit(0);
	}
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void
stay(void)
{
	for (;;)
		pause();
}

/* Otherwise it would count in the next test. */
static void
end(pid_t pid)
{
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

/* Reap all children, so that no zombie counts. */
static void
reap_all(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
}

static bool
lives(pid_t pid)
{
	return kill(pid, 0) == 0 && !process_has_exited(pid);
}

START_TEST(a_uid_without_processes)
{
	ck_assert(proves(UID, false));
	ck_assert(proves(UID, true));
}
END_TEST

START_TEST(a_process_is_seen_and_not_killed)
{
	pid_t pid = start(UID, stay);

	ck_assert(!proves(UID, false));
	ck_assert(lives(pid));
	ck_assert(proves(UID + 1, false));
	end(pid);
	ck_assert(proves(UID, false));
}
END_TEST

/* Each is replaced by its child, in a process session of its own. */
static void
respawn(void)
{
	for (;;)
		switch (fork()) {
		case -1:
			break;
		case 0:
			setsid();
			break;
		default:
			_exit(0);
		}
}

/* Reaps what is orphaned, as the daemon does. */
static bool
proves_while_reaping(uid_t uid)
{
	pid_t check = uid_check_start(uid, true), pid;
	int64_t deadline = clock_now() + 30 * SECOND;
	siginfo_t info;

	ck_assert_int_gt(check, 0);
	for (;;) {
		ck_assert_int_lt(clock_now(), deadline);
		ck_assert_int_eq(waitid(P_ALL, 0, &info, WEXITED), 0);
		pid = info.si_pid;
		if (pid == check)
			return uid_check_proves(&info);
	}
}

START_TEST(a_process_that_respawns_is_killed)
{
	pid_t other = start(UID + 1, stay);
	int i;

	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	for (i = 0; i < 4; i++)
		start(UID, respawn);
	/* One of them may have stopped the child. */
	for (i = 0; i < 10 && !proves_while_reaping(UID); i++)
		continue;
	ck_assert_int_lt(i, 10);
	reap_all();
	ck_assert(proves(UID, false));
	ck_assert(lives(other));
	end(other);
}
END_TEST

static void
kill_others(void)
{
	for (;;)
		kill(-1, SIGKILL);
}

START_TEST(a_process_that_kills_its_like_is_killed)
{
	int i;

	start(UID, kill_others);
	for (i = 0; i < 100 && !proves_while_reaping(UID); i++)
		continue;
	ck_assert_int_lt(i, 100);
}
END_TEST

static pid_t victim;

/* 0 only if tracing fails. */
static void
trace_victim(void)
{
	_exit(ptrace(PTRACE_SEIZE, victim, NULL, NULL) == -1 && errno == EPERM
		? 0
		: 1);
}

/*
 * A zombie of the uid keeps the child there.  It is stopped first, which a
 * process of its uid can do, and cannot be made to exit with a status.
 */
START_TEST(the_child_cannot_be_traced_by_its_uid)
{
	pid_t zombie = start(UID, stay), tracer;
	siginfo_t info;
	int i, status;

	for (i = 0;; i++) {
		ck_assert_int_lt(i, 100);
		victim = uid_check_start(UID, true);
		/* It kills before it can be seen to be of that uid. */
		while (!process_has_exited(zombie))
			usleep(100);
		tracer = start(UID, trace_victim);
		ck_assert_int_eq(waitpid(tracer, &status, 0), tracer);
		if (!process_has_exited(victim) && WIFEXITED(status))
			break;
		/* The tracer was killed, or the child had ended. */
		kill(victim, SIGKILL);
		waitpid(victim, NULL, 0);
	}
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	kill(victim, SIGKILL);
	ck_assert(process_wait(victim, clock_now() + 30 * SECOND, &info));
	ck_assert(!uid_check_proves(&info));
	end(zombie);
}
END_TEST

START_TEST(root_is_never_checked)
{
	ck_assert(!proves(0, true));
	ck_assert(!proves(0, false));
}
END_TEST

START_TEST(only_one_status_is_a_proof)
{
	siginfo_t info = { .si_code = CLD_KILLED };
	int i, n = 0;

	for (i = 0; i < 256; i++) {
		info.si_status = i;
		ck_assert(!uid_check_proves(&info));
	}
	info.si_code = CLD_EXITED;
	for (i = 0; i < 256; i++) {
		info.si_status = i;
		n += uid_check_proves(&info);
	}
	ck_assert_int_eq(n, 1);
	info.si_status = 0;
	ck_assert(!uid_check_proves(&info));
}
END_TEST

static void
note(void *arg, uid_t uid, pid_t pid)
{
	if (uid == UID)
		*(pid_t *)arg = pid;
}

START_TEST(proc_says_who_owns_processes)
{
	pid_t pid = start(UID, stay), seen = 0;

	ck_assert_int_eq(uid_check_each(note, &seen), 0);
	ck_assert_int_eq(seen, pid);
	end(pid);
	seen = 0;
	ck_assert_int_eq(uid_check_each(note, &seen), 0);
	ck_assert_int_eq(seen, 0);
}
END_TEST

static void
add(TCase *tc)
{
	bool native = !unit_is_valgrind();
	bool able = geteuid() == 0 && native;
	const char *why = native ? "needs root" : "cannot run under valgrind";

	tcase_set_timeout(tc, 120);
	UNIT_ADD_IF(able, tc, a_uid_without_processes, why);
	UNIT_ADD_IF(able, tc, a_process_is_seen_and_not_killed, why);
	UNIT_ADD_IF(able, tc, a_process_that_respawns_is_killed, why);
	UNIT_ADD_IF(able, tc, a_process_that_kills_its_like_is_killed, why);
	UNIT_ADD_IF(able, tc, the_child_cannot_be_traced_by_its_uid, why);
	UNIT_ADD_IF(able, tc, root_is_never_checked, why);
	tcase_add_test(tc, only_one_status_is_a_proof);
	UNIT_ADD_IF(able, tc, proc_says_who_owns_processes, why);
}

int
main(void)
{
	return unit_run("uid_check", add);
}
