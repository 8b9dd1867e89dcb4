#include "contain/confine.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "contain/privileges.h"
#include "lib/log.h"

int
confine_open_root(void)
{
	char path[] = RUNSTATEDIR "/haild.XXXXXX",
	     other[] = "/tmp/haild.XXXXXX";
	char *name = path;
	int fd;

	if (mkdtemp(name) == NULL && mkdtemp(name = other) == NULL)
		return -1;
	/* A forwarding session, without privileges, changes back to it. */
	chmod(name, 0111);
	fd = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (rmdir(name) == -1 && fd != -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static int
enter_root(int root)
{
	if (root < 0) {
		errno = EPERM;
		return -1;
	}
	return fchdir(root) == -1 ? -1 : chroot(".");
}

/* Before the user changes, since chroot(2) needs a capability. */
static int
leave_files(const struct confinement *c)
{
	int error;

	if (c->root == CONFINE_SAME_ROOT || enter_root(c->root) == 0)
		return 0;
	error = errno;
	if (landlock_deny_all(c->connects) == 0 || !c->must || geteuid() != 0)
		return 0;
	errno = error;
	log_err(
	    "%s: cannot chroot (needs CAP_SYS_CHROOT, or Landlock)", c->name);
	return -1;
}

static int
set_limits(void)
{
	static const struct rlimit none = { 0, 0 };

	return setrlimit(RLIMIT_NPROC, &none) == -1 ||
		setrlimit(RLIMIT_FSIZE, &none) == -1 ||
		setrlimit(RLIMIT_CORE, &none) == -1
	    ? -1
	    : 0;
}

int
confine_die_with(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == -1)
		return -1;
	/* It may have ended before that. */
	if (getppid() == parent)
		return 0;
	errno = ESRCH;
	return -1;
}

int
confine(const struct confinement *c)
{
	const char *failed = NULL;

	/* Landlock needs it; execve(2) is not to give any privileges back. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1) {
		log_err("%s: cannot set no-new-privileges", c->name);
		return -1;
	}
	if (leave_files(c) == -1 ||
	    (c->identity != NULL &&
		privileges_become(c->identity, c->name) == -1))
		return -1;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		failed = "forbid tracing";
	else if (c->limits && set_limits() == -1)
		failed = "set limits";
	else if (c->parent != 0 && confine_die_with(c->parent) == -1)
		failed = "set PR_SET_PDEATHSIG";
	if (failed == NULL)
		return 0;
	log_err("%s: cannot %s", c->name, failed);
	return -1;
}
