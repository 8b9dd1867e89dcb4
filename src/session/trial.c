#include "session/trial.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "contain/confine.h"
#include "contain/pool.h"
#include "lib/fds.h"
#include "lib/io.h"
#include "lib/log.h"
#include "session/monitor_start.h"
#include "session/spawn.h"

/* A directory of a server that does not answer, for instance. */
#define TIMEOUT (5 * SECOND)

/*
 * Exit status: an init process's trial was killed by SIGKILL, or failed after
 * another process had changed its limits.
 */
#define DISTURBED EX_TEMPFAIL

static struct rlimit limits_before[RLIM_NLIMITS];

struct trial {
	const char *name;
	struct grant grant;
	const struct service *service;	 /* NULL: a process of haild's own */
	const struct identity *identity; /* of that, or of the speaker */
	int empty;
	int64_t until;
};

/*
 * Whether T starts as its sessions do, and not as a process of haild's own.
 */
static bool
is_session(const struct trial *t)
{
	return t->service != NULL && t->identity == NULL &&
	    (t->service->handler & (HANDLER_EXEC | HANDLER_COMMAND)) != 0;
}

/*
 * Whether the user of this process may execute the program.  Whether
 * limit-nproc allows it depends on what runs at that time.
 */
static int
reach_program(const struct service *service)
{
	if (access(service->exec[0], X_OK) == 0)
		return 0;
	log_err("%s: cannot execute %s", service->name, service->exec[0]);
	return -1;
}

/* As the process of haild's own will, for something that has no program. */
static int
restrict_calls(const struct trial *t)
{
	if (confine_serving(STDIN_FILENO, STDIN_FILENO) == 0)
		return 0;
	log_err("%s: cannot restrict system calls", t->name);
	return -1;
}

static int
attempt_own(const struct trial *t)
{
	const struct confinement confinement = { .name = t->name,
		.identity = t->identity,
		.root = CONFINE_SAME_ROOT };

	return confine(&confinement) == -1 ? -1 : restrict_calls(t);
}

/* 0 to 2, the channel and the connection to a target (forward.c). */
#define FORWARD_DESCRIPTORS 5

static int
attempt_forward(const struct trial *t)
{
	struct rlimit limit;

	if (spawn_confine(t->service, true, t->empty) == -1)
		return -1;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_cur < FORWARD_DESCRIPTORS) {
		log_errx(
		    "%s: limit-nofile is less than %d, which \"forward\" "
		    "needs",
		    t->name, FORWARD_DESCRIPTORS);
		return -1;
	}
	if (confine_connecting(STDIN_FILENO) == 0 &&
	    confine_forwarding(STDIN_FILENO) == 0)
		return 0;
	log_err("%s: cannot restrict system calls", t->name);
	return -1;
}

static int
attempt(const struct trial *t)
{
	const struct service *s = t->service;
	const struct identity *id = t->identity;

	if (s == NULL)
		return attempt_own(t);
	if (id != NULL)
		return monitor_start_confine(
		    s->name, id->uid, id->gid, t->empty, 0);
	if (s->handler == HANDLER_FORWARD)
		return attempt_forward(t);
	if (s->handler & HANDLER_OWN)
		return spawn_confine(s, s->proxy_from.n > 0, t->empty) == -1
		    ? -1
		    : restrict_calls(t);
	if (spawn_settle(s, &t->grant) == -1)
		return -1;
	/* So many, of other services, would exceed a small limit-nofile. */
	fds_close_others(NULL, 0);
	/* "commands" has no program but those of its commands. */
	if (s->exec == NULL)
		return 0;
	/* The filter may deny access(2). */
	return reach_program(s) == -1 ? -1 : contain_seal(s);
}

static void
note_limits(void)
{
	unsigned int i;

	for (i = 0; i < RLIM_NLIMITS; i++)
		getrlimit((__rlimit_resource_t)i, &limits_before[i]);
}

/* A process of the same user can lower them by prlimit(2). */
static bool
has_other_limits(const struct service *s)
{
	const struct rlimit *old = limits_before;
	struct rlimit now;
	unsigned int i;

	for (i = 0; i < RLIM_NLIMITS; i++, old++) {
		if (getrlimit((__rlimit_resource_t)i, &now) == -1)
			return false;
		if (now.rlim_cur == old->rlim_cur &&
		    now.rlim_max == old->rlim_max)
			continue;
		if (!s->limits[i].set || now.rlim_cur != s->limits[i].soft ||
		    now.rlim_max != s->limits[i].hard)
			return true;
	}
	return false;
}

static void __attribute__((noreturn)) finish(const struct trial *t)
{
	int status = EXIT_SUCCESS;

	if (attempt(t) == -1)
		status = is_session(t) && has_other_limits(t->service)
		    ? DISTURBED
		    : EX_OSERR;
	/* By number: a filter may deny what a sanitizer does before _exit(2).
	 */
	syscall(SYS_exit_group, status);
	_exit(EX_OSERR);
}

/* --- in the process that contain_clone made --- */

static void
run(void *arg)
{
	finish(arg);
}

static void
ended(void *arg __attribute__((unused)), const siginfo_t *how)
{
	if (how->si_code == CLD_EXITED)
		_exit(how->si_status);
	_exit(how->si_status == SIGKILL ? DISTURBED : EX_OSERR);
}

static void
failed(void *arg __attribute__((unused)))
{
	_exit(EX_OSERR);
}

static void __attribute__((noreturn)) run_contained(struct trial *t)
{
	const struct contain_job job = { .run = run,
		.ended = ended,
		.failed = failed,
		.arg = t,
		/* At its end of file the trial is over. */
		.keep = STDERR_FILENO,
		.empty = t->empty,
		.trial = true };
	const struct identity *identity = t->service->identity;
	static struct service own;
	static struct pool_identity pool;

	own = *t->service;
	own.identity = pool_identity(&pool, identity, t->grant.uid);
	t->service = &own;
	contain_run(&own, &t->grant, identity, &job);
}

/* What the session would log goes to OUTPUT, a line each: "haild: NAME: ". */
static void __attribute__((noreturn))
begin(struct trial *t, int output, pid_t parent)
{
	bool contained = is_session(t);
	sigset_t all;

	/* Programs of its future user can send it only SIGKILL and SIGSTOP. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	note_limits();
	/* Its parent is in another PID namespace. */
	if (contained && contain_has_init(t->service))
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	else if (confine_die_with(parent) == -1)
		_exit(EXIT_SUCCESS);
	if (dup2(output, STDERR_FILENO) == -1)
		_exit(EXIT_SUCCESS);
	log_init("haild", LOG_TO_STDERR | LOG_PLAIN, LOG_DAEMON, LOG_ERR);
	if (contained)
		run_contained(t);
	finish(t);
}

/* The first line of TEXT, without what names haild and the service. */
static void
keep_reason(const struct trial *t, char *text, char why[TRIAL_WHY_MAX])
{
	char head[SERVICE_NAME_MAX + 16], *at;

	snprintf(head, sizeof(head), "%s: ", t->name);
	text[strcspn(text, "\n")] = '\0';
	at = strstr(text, head);
	strlcpy(why, at != NULL ? at + strlen(head) : text, TRIAL_WHY_MAX);
}

/*
 * After TIMEOUT: whether a signal has stopped PID.  (Not so if it is the init
 * of a PID namespace and the trial in it was stopped, by a process outside of
 * that with its user.)
 */
static bool
is_stopped(pid_t pid)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOHANG) == 0 &&
	    info.si_pid == pid;
}

/*
 * Read what the child writes until it ends; returns how that was.  LATE: it did
 * not end in time.
 */
static int
watch(pid_t pid, int input, char *text, size_t size, bool *late)
{
	int64_t deadline = clock_now() + TIMEOUT;
	size_t used = 0;
	ssize_t n = 1;
	int status = 0;

	while (used < size - 1 && n > 0) {
		n = 0;
		if (io_wait(input, POLLIN, deadline) > 0)
			n = io_read(input, text + used, size - 1 - used);
		used += n > 0 ? (size_t)n : 0;
	}
	text[used] = '\0';
	*late = clock_now() >= deadline && !is_stopped(pid);
	kill(pid, SIGKILL); /* it has ended, or does not */
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	return status;
}

/* Judge a trial that ended with STATUS, other than by success. */
static int
judge(const struct trial *t, int status, bool late, char *text,
    char why[TRIAL_WHY_MAX])
{
	const char *what = t->service != NULL ? "session" : "process";

	if (late)
		snprintf(why, TRIAL_WHY_MAX,
		    "a test %s did not start within %d s%s", what,
		    (int)(TIMEOUT / SECOND),
		    t->service != NULL
			? "; check whether its directory or program is on a "
			  "file system that does not answer"
			: "");
	else if (WIFEXITED(status) && WEXITSTATUS(status) != DISTURBED)
		keep_reason(t, text, why);
	else if (WIFEXITED(status) || WTERMSIG(status) == SIGKILL) {
		snprintf(why, TRIAL_WHY_MAX,
		    "a test %s was killed, stopped or limited by another "
		    "process",
		    what);
		return TRIAL_DISTURBED;
	} else
		snprintf(why, TRIAL_WHY_MAX,
		    "a test %s was killed by signal %d (%s)", what,
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	return -1;
}

static int
run_trial(struct trial *t, char why[TRIAL_WHY_MAX])
{
	char text[1024];
	pid_t pid, self = getpid();
	int fds[2], status;
	bool late = false;

	if (clock_now() >= t->until || pipe2(fds, O_CLOEXEC) == -1)
		return 0;
	pid = is_session(t) ? contain_clone(t->service, &t->grant) : fork();
	if (pid == 0)
		begin(t, fds[1], self);
	if (pid == -1 && is_session(t) && errno != EAGAIN && errno != ENOMEM) {
		contain_explain(t->service, why, TRIAL_WHY_MAX);
		close(fds[0]);
		close(fds[1]);
		return -1;
	}
	close(fds[1]);
	status = pid == -1 ? 0 : watch(pid, fds[0], text, sizeof(text), &late);
	close(fds[0]);
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS)
		return 0;
	return judge(t, status, late, text, why);
}

int
trial_session(const struct service *service, const struct grant *grant,
    int empty, int64_t until, char why[TRIAL_WHY_MAX])
{
	struct trial t = { service->name, *grant, service, NULL, empty, until };

	return run_trial(&t, why);
}

int
trial_speaker(const struct service *service, const struct identity *id,
    int empty, int64_t until, char why[TRIAL_WHY_MAX])
{
	struct trial t = { service->name, NO_GRANT, service, id, empty, until };

	return run_trial(&t, why);
}

int
trial_own(const char *name, const struct identity *id, int64_t until,
    char why[TRIAL_WHY_MAX])
{
	struct trial t = { name, NO_GRANT, NULL, id, -1, until };

	return run_trial(&t, why);
}
