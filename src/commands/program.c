#include "commands/program.h"

#include <sys/pidfd.h>
#include <sys/stat.h>

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
#include "contain/pool.h"
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

/*
 * A program opens /dev/stdin and the like anew: let its user own the pipes.
 * Nothing else depends on that, so a failure is no reason not to run it.
 */
static void
own_pipes(const struct identity *id)
{
	struct stat st;
	int fd;

	for (fd = 0; id != NULL && fd < 3; fd++)
		if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) &&
		    st.st_uid != id->uid && fchown(fd, id->uid, id->gid) == -1)
			return;
}

/* What the process of a program is given. */
struct job {
	const struct program_start *start;
	const struct service *as;
	int report;
	pid_t parent;
};

static void
run(void *arg)
{
	const struct job *job = arg;
	const struct program_start *s = job->start;
	const struct service *as = job->as;
	const char *const *accepted = (const char *const *)s->request->env;
	const char *list[environment_room(as, accepted)];
	struct request request = *s->request;
	int report = job->report;
	struct connection connection;
	char **argv;

	environment_connection(&connection, s->client, s->local);
	if (as->chroot != NULL)
		tzset(); /* for the log */
	if (spawn_settle(as, &s->grant) == -1)
		fail(report, OUTCOME_START, 0);
	/* If the monitor is killed no process is left that would end it. */
	if ((!contain_has_init(as) && confine_die_with(job->parent) == -1) ||
	    close_range(3, UINT_MAX, CLOSE_RANGE_CLOEXEC) == -1)
		fail(report, OUTCOME_START, errno);
	signals_in_child();
	if (s->command == NULL)
		answer_help(s);
	match(s->command, &request, report);
	if ((argv = request_argv(s->command, &request)) == NULL)
		fail(report, OUTCOME_START, ENOMEM);
	if (contain_seal(as) == -1)
		fail(report, OUTCOME_START, 0);
	execve(as->exec[0], argv,
	    environment_build(list, as, &connection, accepted));
	fail(report, OUTCOME_EXECUTE, errno);
}

static void
ended(void *arg, const siginfo_t *how)
{
	const struct job *job = arg;

	report_outcome(job->report,
	    (struct outcome) {
		how->si_code == CLD_EXITED ? OUTCOME_EXIT : OUTCOME_SIGNAL,
		how->si_status });
}

static void
failed(void *arg)
{
	const struct job *job = arg;

	fail(job->report, OUTCOME_START, 0);
}

static void __attribute__((noreturn))
begin(const struct program_start *s, int report, pid_t parent)
{
	struct job job = { .start = s,
		.as = s->command != NULL ? s->command : s->service,
		.report = report,
		.parent = parent };
	const struct contain_job contain = { .run = run,
		.ended = ended,
		.failed = failed,
		.arg = &job,
		.keep = report,
		.empty = -1,
		.config = s->config,
		.reads_client = true,
		.dies_with_parent = true };
	const struct identity *identity = job.as->identity;
	struct pool_identity pool;
	struct service own;

	if (setsid() == -1 ||
	    fds_set_stdio(s->stdio[0], s->stdio[1], s->stdio[2]) == -1)
		fail(report, OUTCOME_START, errno);
	if (s->grant.uid != NO_UID) {
		own = *job.as;
		own.identity = identity =
		    pool_identity(&pool, identity, s->grant.uid);
		job.as = &own;
	}
	own_pipes(identity);
	contain_run(job.as, &s->grant, identity, &contain);
}

/* The monitor keeps the leaf open, for monitor_send_limit. */
static void
close_grant(const struct grant *grant)
{
	const int fds[] = { grant->tree, grant->network };
	size_t i;

	for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] != -1)
			close(fds[i]);
}

int
program_start(struct program *p, const struct program_start *start)
{
	const struct service *as =
	    start->command != NULL ? start->command : start->service;
	pid_t parent = getpid();
	int report[2], error;

	if (pipe2(report, O_CLOEXEC) == -1)
		return -1;
	p->init = contain_has_init(as);
	if ((p->pid = contain_clone(as, &start->grant)) == 0)
		begin(start, report[1], parent);
	error = errno;
	close(report[1]);
	close_grant(&start->grant);
	p->trouble = report[0];
	if (p->pid != -1) {
		p->exited = pidfd_open(p->pid, 0);
		return 0;
	}
	close(report[0]);
	p->pid = 0;
	errno = error;
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
program_failed(struct program *p, struct outcome *outcome, siginfo_t *info)
{
	ssize_t n = io_read(p->trouble, outcome, sizeof(*outcome));

	close_all(p);
	if (n != (ssize_t)sizeof(*outcome))
		return false;
	if (p->init && outcome_is_valid(outcome) &&
	    (outcome->kind == OUTCOME_EXIT ||
		outcome->kind == OUTCOME_SIGNAL)) {
		info->si_code =
		    outcome->kind == OUTCOME_EXIT ? CLD_EXITED : CLD_KILLED;
		info->si_status = outcome->number;
		return false;
	}
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
