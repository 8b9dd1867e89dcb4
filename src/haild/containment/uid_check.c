#include "haild/containment/uid_check.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/capability.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "config/sandbox.h"
#include "lib/number.h"

/* Unlike 0 and 1, no end by accident has this status. */
#define PROVED 73
#define FIRST_NAP (SECOND / 2048)
#define LONGEST_NAP (SECOND / 64)

/*
 * Keep CAP_SETUID alone: with CAP_KILL, kill(-1) would kill every process of
 * the host, and with CAP_SYS_RESOURCE or CAP_SYS_ADMIN no limit would hold.  A
 * change of user drops them, but not under SECBIT_NO_SETUID_FIXUP.
 */
static bool
drop_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	data[0].effective = data[0].permitted = 1U << CAP_SETUID;
	if (syscall(SYS_capset, &header, data) == -1 ||
	    syscall(SYS_capget, &header, data) == -1)
		return false;
	return data[0].effective == 1U << CAP_SETUID && data[1].effective == 0;
}

static bool
is_user(uid_t uid)
{
	uid_t real, effective, saved;

	return getresuid(&real, &effective, &saved) == 0 && real == uid &&
	    effective == uid && saved == uid && uid != 0;
}

/* Whether this process is the only one of its uid. */
static bool
is_alone(void)
{
	pid_t pid = vfork(); /* NOLINT(clang-analyzer-*) */

	if (pid == 0)
		_exit(0);
	if (pid == -1)
		return false;
	while (waitpid(pid, NULL, 0) == -1)
		if (errno != EINTR)
			return false;
	return true;
}

static void
nap(int64_t ns)
{
	nanosleep(&(struct timespec) { .tv_nsec = ns }, NULL);
}

static void __attribute__((noreturn)) check(uid_t uid, bool kills)
{
	const struct rlimit two = { 2, 2 };
	int64_t length = FIRST_NAP, slept;

	/* It has the daemon's descriptors and memory. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 ||
	    close_range(3, UINT_MAX, 0) == -1 ||
	    signal(SIGCHLD, SIG_DFL) == SIG_ERR ||
	    setrlimit(RLIMIT_NPROC, &two) == -1 || !drop_capabilities())
		_exit(EXIT_FAILURE);
	/*
	 * From here on a process of UID can kill this one: kill it first, as
	 * soon as possible.
	 */
	if (setresuid(uid, uid, uid) == -1 || !is_user(uid))
		_exit(EXIT_FAILURE);
	if (kills)
		kill(-1, SIGKILL);
	/* By fs.suid_dumpable the change may have undone this. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	for (slept = 0; !is_alone(); slept += length) {
		if (!kills || slept >= UID_CHECK_TIME)
			_exit(EXIT_FAILURE);
		nap(length); /* zombies count until they are reaped */
		if (length < LONGEST_NAP)
			length *= 2;
		kill(-1, SIGKILL);
	}
	_exit(PROVED);
}

pid_t
uid_check_start(uid_t uid, bool kills)
{
	pid_t pid = _Fork();

	if (pid == 0)
		check(uid, kills);
	return pid;
}

bool
uid_check_proves(const siginfo_t *info)
{
	return info->si_code == CLD_EXITED && info->si_status == PROVED;
}

/* Real, effective, saved, into UIDS, of the text of /proc/PID/status. */
static bool
parse_uids(const char *status, uid_t uids[3])
{
	static const char label[] = "\nUid:";
	const char *text = strstr(status, label);
	uint64_t uid;
	int i;

	if (text == NULL)
		return false;
	text += strlen(label);
	for (i = 0; i < 3; i++) {
		text += strspn(text, "\t ");
		if (!number_read(&text, NO_UID, &uid))
			return false;
		uids[i] = (uid_t)uid;
	}
	return true;
}

/* The uids of process PID.  False: it is gone. */
static bool
read_uids(int proc, int64_t pid, uid_t uids[3])
{
	char path[32], text[1024];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%" PRId64 "/status", pid);
	if ((fd = openat(proc, path, O_RDONLY | O_CLOEXEC)) == -1)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	return parse_uids(text, uids);
}

int
uid_check_each(void (*fn)(void *arg, uid_t uid, pid_t pid), void *arg)
{
	DIR *dir = opendir("/proc");
	const struct dirent *entry;
	uid_t uids[3];
	int64_t pid;
	int i;

	if (dir == NULL)
		return -1;
	while ((entry = readdir(dir)) != NULL)
		if (number_parse(entry->d_name, 1, INT_MAX, &pid) &&
		    read_uids(dirfd(dir), pid, uids))
			for (i = 0; i < 3; i++)
				fn(arg, uids[i], (pid_t)pid);
	closedir(dir);
	return 0;
}
