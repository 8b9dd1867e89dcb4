/*
 * check_trial.c -- what a trial says of a session.
 *
 * chdir(2) is the step that fails, crashes or hangs here.
 */

#include "tests/unit/unit.h"

#include <sys/resource.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "session/spawn.h"
#include "session/trial.h"

static const char *const program[] = { "/bin/sh", NULL };

int
chdir(const char *path)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGSYS);
	if (strcmp(path, "/crash") == 0) {
		/* A real crash is not blocked. */
		sigprocmask(SIG_UNBLOCK, &set, NULL);
		raise(SIGSYS);
	}
	if (strcmp(path, "/sent") == 0) {
		raise(SIGSYS);
		raise(SIGTERM);
		path = "/";
	}
	if (strcmp(path, "/kill") == 0)
		raise(SIGKILL);
	if (strcmp(path, "/limit") == 0)
		setrlimit(RLIMIT_NOFILE, &(struct rlimit) { 5, 5 });
	if (strcmp(path, "/stop") == 0)
		raise(SIGSTOP);
	if (strcmp(path, "/hang") == 0)
		for (;;)
			pause();
	return (int)syscall(SYS_chdir, path);
}

/* The trial of a session in DIRECTORY; the result is WANT, or "" for success.
 */
static void
tries_as(const char *directory, int64_t until, bool init, int result,
    const char *want)
{
	const struct identity id = {
		.name = "own", .uid = geteuid(), .gid = getegid()
	};
	const struct service service = { .name = "test",
		.handler = HANDLER_EXEC,
		.identity = &id,
		.exec = program,
		.directory = directory,
		.contained = { .tree = NO_TREE,
		    .capabilities = CAPABILITIES_ALL },
		.private_pids = init,
		.umask = UMASK };
	struct grant grant = NO_GRANT;
	char why[TRIAL_WHY_MAX] = "";

	if (init) {
		grant.tree = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
		ck_assert_int_ne(grant.tree, -1);
	}
	ck_assert_int_eq(
	    trial_session(&service, &grant, -1, until, why), result);
	ck_assert_str_eq(why, want);
	if (init)
		close(grant.tree);
}

static void
tries_until(const char *directory, int64_t until, const char *want)
{
	tries_as(directory, until, false, want[0] == '\0' ? 0 : -1, want);
}

static void
tries(const char *directory, const char *want)
{
	tries_until(directory, INT64_MAX, want);
}

START_TEST(a_session_that_can_start)
{
	tries("/", "");
}
END_TEST

START_TEST(the_first_failure_without_the_name)
{
	tries("/none: test: 1",
	    "cannot enter /none: test: 1: No such file or directory");
}
END_TEST

START_TEST(a_process_of_hailds_own)
{
	const struct identity own = {
		.name = "own", .uid = geteuid(), .gid = getegid()
	};
	const struct identity other = { .name = "other", .uid = (uid_t)-1 };
	char why[TRIAL_WHY_MAX] = "";

	ck_assert_int_eq(trial_own("logger", &own, INT64_MAX, why), 0);
	/* Only root changes its user. */
	ck_assert_int_eq(trial_own("logger", &other, INT64_MAX, why),
	    geteuid() == 0 ? -1 : 0);
	ck_assert_str_eq(
	    why, geteuid() == 0 ? "user or groups are not those of other" : "");
}
END_TEST

START_TEST(a_trial_that_crashes)
{
	tries("/crash",
	    "a test session was killed by signal 31 (Bad system call)");
}
END_TEST

START_TEST(a_trial_that_does_not_end)
{
	tries("/hang",
	    "a test session did not start within 5 s; check whether its "
	    "directory or program is on a file system that does not answer");
}
END_TEST

/* A program of the same user must not decide what is served. */
START_TEST(a_trial_that_others_disturb)
{
	static const char why[] =
	    "a test session was killed, stopped or limited by another process";

	tries("/sent", "");
	tries_as("/kill", INT64_MAX, false, TRIAL_DISTURBED, why);
	tries_as("/stop", INT64_MAX, false, TRIAL_DISTURBED, why);
	tries_as("/limit", INT64_MAX, false, TRIAL_DISTURBED, why);
	if (geteuid() == 0) {
		tries_as("/", INT64_MAX, true, 0, "");
		tries_as("/kill", INT64_MAX, true, TRIAL_DISTURBED, why);
		tries_as("/limit", INT64_MAX, true, TRIAL_DISTURBED, why);
	}
}
END_TEST

/* Others have used up the time: nothing is known. */
START_TEST(a_trial_without_time)
{
	tries_until("/hang", clock_now(), "");
}
END_TEST

static void
add(TCase *tc)
{
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_session_that_can_start);
	tcase_add_test(tc, the_first_failure_without_the_name);
	tcase_add_test(tc, a_process_of_hailds_own);
	tcase_add_test(tc, a_trial_that_crashes);
	tcase_add_test(tc, a_trial_that_does_not_end);
	UNIT_ADD_IF(!unit_is_valgrind(), tc, a_trial_that_others_disturb,
	    "cannot run under valgrind");
	tcase_add_test(tc, a_trial_without_time);
}

int
main(void)
{
	return unit_run("trial", add);
}
