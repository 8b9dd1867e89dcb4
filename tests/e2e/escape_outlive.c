/*
 * escape_outlive.c -- processes that want to outlive their session.
 *
 * "Escaped" says only that the helper was started.  It is named "escapee" and
 * the argument, so that the test sees whether it lives.
 */

#include <sys/prctl.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/e2e/escape.h"

#define LIFE 120 /* seconds: where it escapes, the test kills it */

static char *name;
static useconds_t generation = 1000;

static void
close_all(void)
{
	int i;

	for (i = 0; i < 64; i++)
		close(i);
}

/* Be the helper: hold no descriptor of the session. */
static void __attribute__((noreturn)) stay(void)
{
	char *argv[] = { (char[]) { "escapee" }, name, NULL };
	int i;

	close_all();
	for (i = 1; i < NSIG; i++)
		signal(i, SIG_IGN);
	execl("/proc/self/exe", "escapee", "stay", name, NULL);
	execv("/bin/sleep", argv);
	sleep(LIFE);
	_exit(0);
}

static int
stay_here(char **args __attribute__((unused)))
{
	sleep(LIFE);
	return 0;
}

/* Returns when FN's processes have called close_all or ended. */
static int
start(void (*fn)(void))
{
	int fds[2];
	char c;
	pid_t pid;

	if (pipe(fds) == -1)
		return -1;
	if ((pid = fork()) == 0) {
		fn();
		_exit(1);
	}
	close(fds[1]);
	return pid == -1 || read(fds[0], &c, 1) != 0 ? -1 : 0;
}

static void
in_new_session(void)
{
	setsid();
	stay();
}

static int
with_setsid(char **args)
{
	name = args[0];
	return start(in_new_session);
}

/* An orphan at once, in a group of its own. */
static void
twice(void)
{
	setsid();
	if (fork() == 0) {
		setsid();
		if (fork() == 0)
			stay();
	}
	_exit(0);
}

static int
with_double_fork(char **args)
{
	name = args[0];
	return start(twice);
}

static int
with_vfork(char **args)
{
	char *const helper[] = { (char[]) { "escapee" }, (char[]) { "stay" },
		args[0], NULL };
	pid_t pid;

	setsid();
	if ((pid = vfork()) == 0) {
		execv("/proc/self/exe", helper);
		_exit(1);
	}
	return pid == -1 ? -1 : 0;
}

/* Replaced by its child again and again: no list of processes is current. */
static void
again_and_again(void)
{
	int i;

	setsid();
	close_all();
	prctl(PR_SET_NAME, name);
	for (i = 0; i < LIFE * 1000 && access("/opt/stop", F_OK) == -1; i++)
		switch (fork()) {
		case -1:
			break;
		case 0:
			setsid();
			usleep(generation);
			break;
		default:
			_exit(0);
		}
	_exit(0);
}

static int
with_respawns(char **args)
{
	name = args[0];
	if (args[1] != NULL) /* so that ps(1) sees it */
		generation = (useconds_t)atoi(args[1]);
	return start(again_and_again);
}

/* Also kills what its user starts in order to kill it. */
static void
killing(void)
{
	int64_t i;

	if (fork() != 0)
		_exit(0);
	setsid();
	close_all();
	prctl(PR_SET_NAME, name);
	alarm(LIFE);
	for (i = 0; i < INT64_MAX; i++)
		kill(-1, SIGKILL);
}

static int
with_kill(char **args)
{
	name = args[0];
	return start(killing);
}

/* Whether a process of its user is in another process session. */
static int
company(char **args __attribute__((unused)))
{
	DIR *dir = opendir("/proc");
	const struct dirent *d;
	pid_t pid;

	while (dir != NULL && (d = readdir(dir)) != NULL)
		if ((pid = atoi(d->d_name)) > 1 && getsid(pid) != getsid(0) &&
		    kill(pid, 0) == 0)
			return 0;
	errno = ESRCH;
	return -1;
}

/* Where its parent is the init. */
static int
in_pid_namespace(char **args)
{
	name = args[0];
	if (unshare(CLONE_NEWUSER | CLONE_NEWPID) == -1)
		return -1;
	return start(in_new_session);
}

const struct attempt outlive_attempts[] = {
	{ "outlive-setsid", with_setsid },
	{ "outlive-double-fork", with_double_fork },
	{ "outlive-vfork", with_vfork },
	{ "outlive-respawn", with_respawns },
	{ "outlive-pid-namespace", in_pid_namespace },
	{ "outlive-kill", with_kill },
	{ "company", company },
	{ "stay", stay_here },
	{ NULL, NULL },
};
