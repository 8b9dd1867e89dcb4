#include "contain/contain.h"

#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/sched.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "contain/capabilities.h"
#include "contain/init.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/process.h"

/*
 * In the child: clone3(2) was denied, so that it is not in its leaf yet.
 * Containers and RestrictNamespaces= of systemd deny it.
 */
static bool not_in_leaf;

static bool
is_contained(const struct service *service)
{
	return (service->handler & (HANDLER_EXEC | HANDLER_COMMAND)) != 0;
}

bool
contain_has_init(const struct service *service)
{
	return is_contained(service) && service->private_pids;
}

bool
contain_has_limits(const struct service *service)
{
	return service->memory_max > 0 || service->tasks_max > 0 ||
	    service->cpu_quota > 0;
}

bool
contain_needs_root(const struct service *service)
{
	const struct sandbox *c = &service->contained;

	return is_contained(service) &&
	    (service->private_pids || service->private_ipc ||
		service->protect_hostname || service->private_network ||
		service->private_tmp || c->tree != NO_TREE ||
		c->pool_first != 0 || c->capabilities != CAPABILITIES_ALL ||
		service->oom_score_adjust != 0 || contain_has_limits(service));
}

/* --- the process --- */

static const struct {
	const char *name;
	size_t setting; /* a bool of struct service */
	int flag;
} namespaces[] = {
	{ "PID", offsetof(struct service, private_pids), CLONE_NEWPID },
	{ "IPC", offsetof(struct service, private_ipc), CLONE_NEWIPC },
	{ "UTS", offsetof(struct service, protect_hostname), CLONE_NEWUTS },
};
#define NNAMESPACES (sizeof(namespaces) / sizeof(namespaces[0]))

static bool
is_wanted(const struct service *service, size_t i)
{
	return is_contained(service) &&
	    *(const bool *)((const char *)service + namespaces[i].setting);
}

static int
wanted_flags(const struct service *service)
{
	int flags = 0;
	size_t i;

	for (i = 0; i < NNAMESPACES; i++)
		if (is_wanted(service, i))
			flags |= namespaces[i].flag;
	return flags;
}

/* Where clone3(2) is denied. */
static pid_t
clone_outside(int flags)
{
	pid_t pid;

	if (flags == 0)
		pid = _Fork();
	else
#ifdef __s390x__
		pid = (pid_t)syscall(SYS_clone, 0, flags | SIGCHLD, 0, 0, 0);
#else
		pid = (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
#endif
	if (pid == 0)
		not_in_leaf = true;
	return pid;
}

/*
 * fork(3) also runs handlers that write to four pages, which a child then
 * copies: with _Fork(3) a session costs a tenth less of processor time for
 * "exec", a twentieth for "message".
 *
 * After clone3(2) libc still has the parent's thread ID.  glibc uses that for
 * locks of threads only, which no child here takes.
 */
pid_t
contain_clone(const struct service *service, const struct grant *grant)
{
	bool into = grant->leaf >= 0 && !grant->join;
	int flags = wanted_flags(service);
	struct clone_args args = { .flags = (unsigned int)flags,
		.exit_signal = SIGCHLD };
	pid_t pid;

	if (!into && flags == 0)
		return _Fork();
	if (into) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (unsigned int)grant->leaf;
	}
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid == -1 && (errno == ENOSYS || errno == EPERM))
		pid = clone_outside(flags);
	return pid;
}

/* Returns errno of unshare(2) with FLAG, in a child. */
static int
try_namespace(int flag)
{
	int status = 0;
	pid_t pid = _Fork();

	if (pid == 0)
		_exit(unshare(flag) == -1 ? errno : 0);
	while (pid != -1 && waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

void
contain_explain(const struct service *service, char *text, size_t size)
{
	int error = errno, found;
	size_t i;

	for (i = 0; i < NNAMESPACES; i++) {
		if (!is_wanted(service, i))
			continue;
		found = try_namespace(namespaces[i].flag);
		if (found == 0)
			continue;
		snprintf(text, size, "cannot create %s %s namespace: %s%s",
		    namespaces[i].name[0] == 'I' ? "an" : "a",
		    namespaces[i].name, strerror(found),
		    found == EPERM ? " (needs CAP_SYS_ADMIN)" : "");
		return;
	}
	snprintf(text, size, "cannot create a process: %s", strerror(error));
}

/* --- in it --- */

static int
join_leaf(int leaf)
{
	int fd = openat(leaf, "cgroup.procs", O_WRONLY | O_CLOEXEC), result;

	if (fd == -1)
		return -1;
	result = io_write_all(fd, "0", 1);
	close(fd);
	return result;
}

/*
 * A reload may have come between the request for a command and its grant:
 * then what contains it is as configured now, and may be missing.
 */
static bool
fits_grant(const struct service *service, const struct grant *grant,
    const struct contain_job *job)
{
	const struct sandbox *c = &service->contained;

	/* A monitor without root could not become the user of a new pool. */
	if (c->pool_first == 0
		? grant->uid != NO_UID
		: grant->uid < c->pool_first || grant->uid > c->pool_last)
		return false;
	if (contain_has_limits(service) && grant->leaf == -1 && !job->trial)
		return false;
	return c->tree == NO_TREE || grant->tree != -1;
}

static int
prepare(const struct service *service, const struct grant *grant,
    const struct contain_job *job)
{
	const struct sandbox *c = &service->contained;

	if (grant->leaf >= 0 && (grant->join || not_in_leaf) &&
	    join_leaf(grant->leaf) == -1) {
		log_err("%s: cannot enter the cgroup", service->name);
		return -1;
	}
	if (!is_contained(service))
		return 0;
	if (!fits_grant(service, grant, job)) {
		log_errx(
		    "%s: cannot start the session: a reload changed the "
		    "service; the next session will work",
		    service->name);
		return -1;
	}
	/* The entry in proc(5) is root's once this is another user. */
	if (service->oom_score_adjust != 0 &&
	    process_oom_adjust((int)service->oom_score_adjust) == -1) {
		log_err("%s: cannot set oom-score-adjust", service->name);
		return -1;
	}
	if (c->cpus != NULL &&
	    sched_setaffinity(0, c->cpus_size, (const cpu_set_t *)c->cpus) ==
		-1) {
		log_err("%s: cannot set cpu-affinity", service->name);
		return -1;
	}
	return 0;
}

void
contain_run(const struct service *service, const struct grant *grant,
    const struct identity *identity, const struct contain_job *job)
{
	if (prepare(service, grant, job) == -1)
		job->failed(job->arg);
	else if (contain_has_init(service))
		init_run(service->name, identity, grant->uid, job);
	else
		job->run(job->arg);
	_exit(EX_SOFTWARE);
}

int
contain_drop(const struct service *service)
{
	return is_contained(service) ? capabilities_drop(service) : 0;
}

int
contain_keep(const struct service *service)
{
	return is_contained(service) ? capabilities_keep(service) : 0;
}
