#include "haild/containment/leaves_probe.h"

#include <sys/stat.h>
#include <sys/wait.h>

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
			_exit(EXIT_FAILURE);
		if (waits)
			poll(NULL, 0, 10000);
		_exit(EXIT_SUCCESS);
	}
	close(leaf);
	return pid;
}

static bool
ends_well(pid_t pid)
{
	siginfo_t info;

	return process_wait(pid, clock_now() + SECOND, &info) &&
	    info.si_code == CLD_EXITED && info.si_status == EXIT_SUCCESS;
}

bool
leaves_probe(int base, bool join)
{
	bool works;
	pid_t pid;

	cgroup_remove(base, "probe");
	if (mkdirat(base, "probe", 0755) == -1)
		return false;
	if ((works = (pid = fork_probe(base, join, true)) != -1)) {
		/* Not before it has moved. */
		while (join && !cgroup_is_populated(base, "probe") &&
		    !process_has_exited(pid))
			poll(NULL, 0, 1);
		works = cgroup_kill(base, "probe") == 0;
		if (!works)
			kill(pid, SIGKILL);
		ends_well(pid);
		cgroup_remove(base, "probe");
		mkdirat(base, "probe", 0755);
	}
	works = works && (pid = fork_probe(base, join, false)) != -1 &&
	    ends_well(pid);
	cgroup_remove(base, "probe");
	return works;
}
