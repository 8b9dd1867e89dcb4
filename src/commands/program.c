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

#include "commands/match.h"
#include "contain/confine.h"
#include "lib/fds.h"
#include "lib/io.h"
#include "lib/process.h"
#include "lib/signals.h"
#include "session/environment.h"
#include "session/spawn.h"

static void __attribute__((noreturn))
report_outcome(int report, struct outcome outcome)
{
	if (write(report, &outcome, sizeof(outcome)) == -1)
		_exit(EX_OSERR);
	_exit(EX_UNAVAILABLE);
}

static void __attribute__((noreturn))
fail(int report, enum outcome_kind kind, int error)
{
	report_outcome(report, (struct outcome) { kind, error });
}

/* --- patterns --- */

static void __attribute__((noreturn))
out_of_time(int sig __attribute__((unused)), siginfo_t *info,
    void *context __attribute__((unused)))
{
	fail(info->si_value.sival_int, OUTCOME_SLOW_PATTERN, 0);
}

/* Refuse the request after MATCH_TIME, by a signal of TIMER's. */
static int
start_clock(int report, timer_t *timer)
{
	const struct sigaction action = { .sa_sigaction = out_of_time,
		.sa_flags = SA_SIGINFO };
	const struct itimerspec time = { .it_value.tv_sec = MATCH_TIME };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
		.sigev_signo = SIGVTALRM,
		.sigev_value.sival_int = report };

	return sigaction(SIGVTALRM, &action, NULL) == -1 ||
		timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, timer) == -1 ||
		timer_settime(*timer, 0, &time, NULL) == -1
	    ? -1
	    : 0;
}

/* Keep of the request what the command accepts, or refuse it. */
static void
match(const struct service *command, struct request *r, int report)
{
	struct outcome outcome = { OUTCOME_START, ENOMEM };
	timer_t timer;

	if (start_clock(report, &timer) == -1)
		fail(report, OUTCOME_START, errno);
	if (!match_arguments(command, r, &outcome) ||
	    !match_variables(command, r))
		report_outcome(report, outcome);
	timer_delete(timer);
}

/* --- the program --- */

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
	struct request request = *s->request;
	struct connection connection;
	char **argv;

	environment_connection(&connection, s->client, s->local);
	if (setsid() == -1 ||
	    fds_set_stdio(s->stdio[0], s->stdio[1], s->stdio[2]) == -1)
		fail(report, OUTCOME_START, errno);
	if (as->chroot != NULL)
		tzset(); /* for the log */
	if (spawn_settle(as, &NO_GRANT) == -1)
		fail(report, OUTCOME_START, 0);
	/* If the monitor is killed no process is left that would end it. */
	if (confine_die_with(parent) == -1 ||
	    close_range(3, UINT_MAX, CLOSE_RANGE_CLOEXEC) == -1)
		fail(report, OUTCOME_START, errno);
	signals_in_child();
	if (s->command == NULL)
		answer_help(s);
	match(s->command, &request, report);
	if ((argv = request_argv(s->command, &request)) == NULL)
		fail(report, OUTCOME_START, ENOMEM);
	if (contain_seal(s->command) == -1)
		fail(report, OUTCOME_START, 0);
	execve(s->command->exec[0], argv,
	    environment_build(list, s->command, &connection, accepted));
	fail(report, OUTCOME_EXECUTE, errno);
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
program_failed(struct program *p, struct outcome *outcome)
{
	ssize_t n = io_read(p->trouble, outcome, sizeof(*outcome));

	close_all(p);
	if (n != (ssize_t)sizeof(*outcome))
		return false;
	/* It was not this process any more that wrote it. */
	if (!outcome_is_valid(outcome) || outcome->kind < OUTCOME_ARGUMENT ||
	    outcome->kind > OUTCOME_START)
		*outcome = (struct outcome) { OUTCOME_START, 0 };
	return true;
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
