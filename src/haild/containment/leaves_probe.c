#include "haild/containment/leaves_probe.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "contain/cgroup.h"
#include "lib/io.h"
#include "lib/process.h"

/* Fork into BASE/probe, or (JOIN) move there; the child waits if it is to. */
static pid_t
fork_probe(int base, bool join, bool waits)
{
	int leaf = openat(base, "probe", O_PATH | O_DIRECTORY | O_CLOEXEC);
	pid_t pid;

	if (leaf == -1)
		return -1;
	if ((pid = cgroup_fork(join ? -1 : leaf)) == 0) {
		if (join && cgroup_join(leaf, ".") == -1)
			_exit(errno);
		if (waits)
			poll(NULL, 0, 10000);
		_exit(EXIT_SUCCESS);
	}
	close(leaf);
	return pid;
}

/* Returns 0, or the error with which the process PID failed. */
static int
wait_for(pid_t pid)
{
	siginfo_t info;

	if (!process_wait(pid, clock_now() + SECOND, &info))
		return ETIMEDOUT;
	return info.si_code == CLD_EXITED ? info.si_status : ECANCELED;
}

int
leaves_probe(int base, bool join)
{
	int error = 0;
	pid_t pid;

	cgroup_remove(base, "probe");
	if (mkdirat(base, "probe", 0755) == -1)
		return errno;
	if ((pid = fork_probe(base, join, true)) == -1)
		error = errno;
	else {
		/* Not before it has moved. */
		while (join && !cgroup_is_populated(base, "probe") &&
		    !process_has_exited(pid))
			poll(NULL, 0, 1);
		if (cgroup_kill(base, "probe") == -1) {
			error = errno;
			kill(pid, SIGKILL);
		}
		wait_for(pid);
		cgroup_remove(base, "probe");
		mkdirat(base, "probe", 0755);
	}
	if (error == 0)
		error = (pid = fork_probe(base, join, false)) == -1
		    ? errno
		    : wait_for(pid);
	cgroup_remove(base, "probe");
	return error;
}
