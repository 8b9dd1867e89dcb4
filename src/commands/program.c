#include "commands/program.h"

#include <sys/pidfd.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "contain/confine.h"
#include "lib/fds.h"
#include "lib/io.h"
#include "lib/process.h"
#include "lib/signals.h"
#include "session/environment.h"
#include "session/spawn.h"

static void __attribute__((noreturn)) fail(int report, int status, int error)
{
	const struct program_trouble t = { status, error };

	if (write(report, &t, sizeof(t)) == -1)
		_exit(EX_OSERR);
	_exit(EX_UNAVAILABLE);
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
	const char *list[environment_room(as, accepted)];
	struct connection connection;
	char **argv = NULL;

	if (s->command != NULL &&
	    (argv = request_argv(s->command, s->request)) == NULL)
		fail(report, STATUS_FAILED, ENOMEM);
	environment_connection(&connection, s->client, s->local);
	if (setsid() == -1 ||
	    fds_set_stdio(s->stdio[0], s->stdio[1], s->stdio[2]) == -1)
		fail(report, STATUS_FAILED, errno);
	if (as->chroot != NULL)
		tzset(); /* for the log */
	if (spawn_settle(as) == -1)
		fail(report, STATUS_FAILED, 0);
	/* If the monitor is killed no process is left that would end it. */
	if (confine_die_with(parent) == -1 ||
	    close_range(3, UINT_MAX, CLOSE_RANGE_CLOEXEC) == -1)
		fail(report, STATUS_FAILED, errno);
	signals_in_child();
	if (s->command == NULL)
		answer_help(s);
	execve(s->command->exec[0], argv,
	    environment_build(list, s->command, &connection, accepted));
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
	if (p->pid != -1) {
		p->exited = pidfd_open(p->pid, 0);
		return 0;
	}
	close(report[0]);
	p->pid = 0;
	return -1;
}

static void
close_all(struct program *p)
{
	close(p->trouble);
	if (p->exited != -1)
		close(p->exited);
	p->trouble = p->exited = -1;
}

bool
program_failed(struct program *p, struct program_trouble *t)
{
	ssize_t n = io_read(p->trouble, t, sizeof(*t));

	close_all(p);
	return n == (ssize_t)sizeof(*t);
}

void
program_give_up(struct program *p)
{
	close_all(p);
	p->pid = 0;
}

/* Who is not to be killed. */
struct spared {
	pid_t program, other;
	int64_t deadline;
};

static bool
kill_orphan(void *arg, pid_t pid)
{
	const struct spared *spared = arg;
	siginfo_t info;

	/* One of another user, by way of set-user-ID, would not end. */
	if (pid == spared->program || pid == spared->other ||
	    kill(pid, SIGKILL) == -1)
		return false;
	return process_wait(pid, spared->deadline, &info);
}

void
program_sweep(const struct program *p, pid_t other)
{
	struct spared spared = { p->pid, other, clock_now() + SECOND };

	kill(-p->pid, SIGKILL);
	/* Killing a generation makes orphans of the next one. */
	while (process_each_child(kill_orphan, &spared) > 0 &&
	    clock_now() < spared.deadline)
		continue;
}
