/*
 * program.c -- the program of a command, as the monitor starts and ends it.
 */

#include "commands/program.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/log.h"
#include "lib/signals.h"
#include "session/spawn.h"

static void __attribute__((noreturn)) fail(int report, int status, int error)
{
	const struct program_trouble t = { status, error };

	if (write(report, &t, sizeof(t)) == -1)
		_exit(EX_OSERR);
	_exit(EX_UNAVAILABLE);
}

/*
 * If the monitor is killed nobody is left who would end the program, so it goes
 * too.  The kernel forgets that at setresuid(2): this comes after it.
 */
static int
die_with(pid_t parent)
{
	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1 ||
		getppid() != parent
	    ? -1
	    : 0;
}

static int
set_stdio(const int fds[3])
{
	int i;

	for (i = 0; i < 3; i++)
		if (dup2(fds[i], i) == -1)
			return -1;
	return 0;
}

static void __attribute__((noreturn)) answer_help(const struct program_start *s)
{
	request_help(s->service, s->client, s->request, stdout);
	_exit(fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static void __attribute__((noreturn))
run(const struct program_start *s, int report, pid_t parent)
{
	const struct service *as = s->command != NULL ? s->command : s->service;
	const char *const *accepted = (const char *const *)s->request->env;
	const char *list[spawn_environment_room(as, accepted)];
	struct connection connection;
	char **argv = NULL;

	if (s->command != NULL &&
	    (argv = request_argv(s->command, s->request)) == NULL)
		fail(report, STATUS_FAILED, ENOMEM);
	spawn_connection(&connection, s->client, s->local);
	if (setsid() == -1 || set_stdio(s->stdio) == -1)
		fail(report, STATUS_FAILED, errno);
	if (spawn_settle(as) == -1)
		fail(report, STATUS_FAILED, 0);
	if (die_with(parent) == -1 ||
	    close_range(3, UINT_MAX, CLOSE_RANGE_CLOEXEC) == -1)
		fail(report, STATUS_FAILED, errno);
	signals_in_child();
	if (s->command == NULL)
		answer_help(s);
	execve(s->command->exec[0], argv,
	    spawn_environment(list, s->command, &connection, accepted));
	fail(report, STATUS_REFUSED, errno);
}

int
program_start(struct program *p, const struct program_start *start)
{
	pid_t parent = getpid();
	int report[2];

	if (pipe2(report, O_CLOEXEC) == -1)
		return -1;
	if ((p->pid = fork()) == 0)
		run(start, report[1], parent);
	close(report[1]);
	p->trouble = report[0];
	if (p->pid != -1)
		return 0;
	close(report[0]);
	p->pid = 0;
	return -1;
}

bool
program_failed(struct program *p, struct program_trouble *t)
{
	ssize_t n = io_read(p->trouble, t, sizeof(*t));

	close(p->trouble);
	return n == (ssize_t)sizeof(*t);
}

void
program_signal(const struct program *p, int sig)
{
	/* Before its setsid(2) it has no process group of its own. */
	if (kill(-p->pid, sig) == -1)
		kill(p->pid, sig);
	if (sig != SIGKILL)
		kill(-p->pid, SIGCONT);
}

/* Kill every child but the two; returns how many. */
static int
kill_orphans(pid_t program, pid_t spared)
{
	char *word = NULL;
	size_t size = 0;
	int killed = 0;
	pid_t pid;
	FILE *f;

	if ((f = fopen("/proc/thread-self/children", "re")) == NULL)
		return 0;
	while (getdelim(&word, &size, ' ', f) > 0) {
		pid = (pid_t)strtol(word, NULL, 10);
		if (pid <= 1 || pid == program || pid == spared)
			continue;
		/* One of another user, by way of set-user-ID, would not end. */
		if (kill(pid, SIGKILL) == -1)
			continue;
		waitpid(pid, NULL, 0);
		killed++;
	}
	free(word);
	fclose(f);
	return killed;
}

void
program_sweep(const struct program *p, pid_t spared)
{
	int64_t deadline = clock_now() + SECOND;

	kill(-p->pid, SIGKILL);
	/* Killing a generation makes orphans of the next one. */
	while (kill_orphans(p->pid, spared) > 0 && clock_now() < deadline)
		continue;
}
