#include "contain/init.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <linux/capability.h>

#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "contain/capabilities.h"
#include "contain/confine.h"
#include "contain/pool.h"
#include "lib/io.h"
#include "lib/log.h"

/* The signals that this process passes on to the program; and SIGCHLD. */
static const int taken[] = { SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1,
	SIGUSR2, SIGCONT, SIGWINCH };

/* --- the program --- */

static void __attribute__((noreturn))
run(const char *name, const struct contain_job *job)
{
	if (setsid() == -1) {
		log_err("%s: cannot create a process session", name);
		job->failed(job->arg);
	} else
		job->run(job->arg);
	_exit(EX_SOFTWARE);
}

/*
 * By vfork(2) a session takes 1.4 times as long as without an init, by fork(2)
 * twice as long.  The address sanitizer supports only a few steps between
 * vfork(2) and exec.
 */
static pid_t
start(const char *name, const struct contain_job *job)
{
	pid_t pid;

#ifdef __SANITIZE_ADDRESS__
	if ((pid = fork()) == 0)
		run(name, job);
#else
	if (job->reads_client) {
		if ((pid = fork()) == 0)
			run(name, job);
		return pid;
	}
	/* NOLINTBEGIN(clang-analyzer-*) */
	if ((pid = vfork()) == 0)
		run(name, job);
		/* NOLINTEND(clang-analyzer-*) */
#endif
	return pid;
}

/* --- process 1 --- */

/*
 * Give up privileges, files and secrets.  This process has the daemon's memory,
 * and its user becomes the program's, so the program must not be able to trace
 * it.  CAP_KILL is kept, to signal a program that has become another user;
 * there are no other processes in the namespace.
 */
static int
give_up(const char *name, const struct identity *id, uid_t uid,
    const struct contain_job *job)
{
	struct pool_identity pool;
	const struct confinement confinement = { .name = name,
		.identity = pool_identity(&pool, id, uid),
		.root = job->empty != -1 ? job->empty : CONFINE_SAME_ROOT,
		.limits = true };

	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == -1) {
		log_err("%s: cannot keep capabilities", name);
		return -1;
	}
	if (confine(&confinement) == -1)
		return -1;
	if (capabilities_limit(CAPABILITY(CAP_KILL)) == -1) {
		log_err("%s: cannot drop capabilities", name);
		return -1;
	}
	if (job->dies_with_parent &&
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1) {
		log_err("%s: cannot set PR_SET_PDEATHSIG", name);
		return -1;
	}
	setproctitle("init %s", name);
	if (job->config != NULL)
		munmap(job->config, ARENA_SIZE);
	return 0;
}

/* The log's descriptors are closed too: from here on nothing can be logged. */
static int
seal(const struct contain_job *job)
{
	unsigned int keep = (unsigned int)job->keep;

	if (job->keep == -1)
		close_range(0, UINT_MAX, 0);
	else {
		if (keep > 0)
			close_range(0, keep - 1, 0);
		close_range(keep + 1, UINT_MAX, 0);
	}
	/* The parent may have ended before PR_SET_PDEATHSIG. */
	if (job->dies_with_parent &&
	    (io_wait(job->keep, POLLOUT, 0) & (POLLERR | POLLHUP)))
		return -1;
	return confine_reaping(job->keep);
}

/* Returns whether PROGRAM has ended, which fills HOW. */
static bool
reap(pid_t program, siginfo_t *how)
{
	for (;;) {
		how->si_pid = 0;
		if (waitid(P_ALL, 0, how, WEXITED | WNOHANG) == -1 ||
		    how->si_pid == 0)
			return false;
		if (how->si_pid == program)
			return true;
	}
}

/* A signal that has a sender's pid comes from inside the namespace: ignore it.
 */
static void
pass_on(const siginfo_t *info, pid_t program)
{
	if (info->si_pid != 0)
		return;
	/* Before its setsid(2) the child has no process group of its own. */
	if (kill(-program, info->si_signo) == -1)
		kill(program, info->si_signo);
}

static void
serve(pid_t program, const sigset_t *signals, siginfo_t *how)
{
	siginfo_t info;

	for (;;) {
		if (sigwaitinfo(signals, &info) == -1)
			continue;
		if (info.si_signo != SIGCHLD)
			pass_on(&info, program);
		else if (reap(program, how))
			return;
	}
}

void
init_run(const char *name, const struct identity *identity, uid_t uid,
    const struct contain_job *job)
{
	sigset_t signals;
	siginfo_t how;
	pid_t program;
	size_t i;

	sigemptyset(&signals);
	for (i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		sigaddset(&signals, taken[i]);
	/* A blocked signal waits, even one that process 1 would ignore. */
	if (sigprocmask(SIG_BLOCK, &signals, NULL) == -1 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 ||
	    (program = start(name, job)) == -1) {
		log_err("%s: cannot create a process", name);
		job->failed(job->arg);
		_exit(EX_OSERR);
	}
	if (give_up(name, identity, uid, job) == -1 || seal(job) == -1)
		job->failed(job->arg);
	else {
		serve(program, &signals, &how);
		job->ended(job->arg, &how);
	}
	_exit(EX_OSERR);
}
