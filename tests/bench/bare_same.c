/*
 * bare_same.c -- a bare server that makes the system calls that haild makes for
 * a session of "exec" without linger, in the same order, as strace(1) shows
 * them.  It has one service, no limits, no configuration and no table of
 * sources, so that what haild takes longer is not the kernel's share.
 *
 *   at a client	accept4, open the cgroup, getsockname, open the standard
 *			error again, clone3 into the cgroup, close both,
 *			epoll_ctl for the end of the client, close; accept4
 *			until EAGAIN
 *   in the child	setsid, dup2, keyctl, prlimit64, capget, setgroups,
 *			setresgid, setresuid and the checks of these, chdir,
 *			sigaction, sigprocmask, close_range, prctl, execve
 *   at SIGCHLD		sigprocmask to take the signals, waitid with WNOWAIT,
 *			cgroup.events and cpu.stat, fstatat of the cgroup,
 *			sendmsg of a line, kill of the group, waitid
 *
 * Signals are blocked except in ppoll, whose array is as long as haild's.  A
 * cgroup is used for one session after the other; there are as many cgroups as
 * sessions have run at the same time.
 * Without cgroup v2, haild makes none of the calls for it, and forks.
 */

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <linux/sched.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/bare.h"

#define NSESSIONS 4096
#define NPOLLED 17 /* haild's descriptors besides the listeners */

static const int signals[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGUSR1,
	SIGUSR2, SIGPIPE, SIGXFSZ };
#define NSIGNALS (sizeof(signals) / sizeof(signals[0]))

/* Number N is the cgroup N + 1 while it runs; free ones are a stack. */
static struct session {
	pid_t pid;
	struct sockaddr_in from;
	struct timespec started;
} sessions[NSESSIONS];
static int unused[NSESSIONS], nunused;
static int made; /* cgroups */

static int cgroups = -1, error_fd, epoll, log_fd;
static uid_t user;
static gid_t group;
static char *const *command;
static volatile sig_atomic_t ended;

static void
on_signal(int sig __attribute__((unused)))
{
	ended = 1;
}

/* The cgroup of session N. */
static int
cgroup_open(int n)
{
	char name[16];

	if (cgroups == -1)
		return -1;
	snprintf(name, sizeof(name), "%d", n + 1);
	if (n >= made) {
		if (mkdirat(cgroups, name, 0755) == -1 && errno != EEXIST)
			err(1, "mkdir %s", name);
		made = n + 1;
	}
	return openat(cgroups, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static void
cgroup_read(int n, const char *file)
{
	char name[64], buf[1024];
	int fd;

	snprintf(name, sizeof(name), "%d/%s", n + 1, file);
	fd = openat(cgroups, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 || read(fd, buf, sizeof(buf)) == -1)
		err(1, "%s", name);
	close(fd);
}

static void
cgroup_account(int n)
{
	struct stat st;
	char name[16];

	if (cgroups == -1)
		return;
	cgroup_read(n, "cgroup.events");
	cgroup_read(n, "cpu.stat");
	snprintf(name, sizeof(name), "%d", n + 1);
	fstatat(cgroups, name, &st, AT_SYMLINK_NOFOLLOW);
}

static void
drop_privileges(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[2];
	uid_t uids[3];
	gid_t gids[3];
	int failed = 0;

	failed |= syscall(SYS_capget, &header, data) == -1;
	failed |= geteuid() != 0;
	failed |= setgroups(1, &group) == -1;
	failed |= setresgid(group, group, group) == -1;
	failed |= setresuid(user, user, user) == -1;
	failed |= getresuid(&uids[0], &uids[1], &uids[2]) == -1;
	failed |= getresgid(&gids[0], &gids[1], &gids[2]) == -1;
	failed |= getgroups(0, NULL) != 1;
	failed |= getgroups(1, gids) != 1;
	failed |= setresuid((uid_t)-1, 0, (uid_t)-1) != -1;
	if (failed)
		_exit(1);
}

static void
reset_signals(void)
{
	struct sigaction sa = { .sa_handler = SIG_DFL,
		.sa_flags = SA_RESTART | SA_NOCLDSTOP };
	sigset_t none;
	size_t i;

	sigemptyset(&none);
	for (i = 0; i < NSIGNALS; i++)
		sigaction(signals[i], &sa, NULL);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* As many variables as haild gives a program, of about the same length. */
static char **
environment(const struct sockaddr_in *from, const struct sockaddr_in *local)
{
	static char text[12][80], *env[13];
	char address[2][INET_ADDRSTRLEN];
	int i;

	inet_ntop(AF_INET, &from->sin_addr, address[0], sizeof(address[0]));
	inet_ntop(AF_INET, &local->sin_addr, address[1], sizeof(address[1]));
	for (i = 0; i < 12; i++)
		env[i] = text[i];
	snprintf(text[0], sizeof(text[0]), "PATH=%s",
	    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	snprintf(text[1], sizeof(text[1]), "HOME=/nonexistent");
	snprintf(text[2], sizeof(text[2]), "SHELL=/usr/sbin/nologin");
	snprintf(text[3], sizeof(text[3]), "LOGNAME=nobody");
	snprintf(text[4], sizeof(text[4]), "PROTO=TCP");
	snprintf(text[5], sizeof(text[5]), "TCPREMOTEIP=%s", address[0]);
	snprintf(text[6], sizeof(text[6]), "TCPREMOTEPORT=%u",
	    ntohs(from->sin_port));
	snprintf(text[7], sizeof(text[7]), "TCPLOCALIP=%s", address[1]);
	snprintf(text[8], sizeof(text[8]), "TCPLOCALPORT=%u",
	    ntohs(local->sin_port));
	snprintf(text[9], sizeof(text[9]), "REMOTE_ADDR=%s", address[0]);
	snprintf(text[10], sizeof(text[10]), "REMOTE_PORT=%u",
	    ntohs(from->sin_port));
	snprintf(text[11], sizeof(text[11]), "HAILD_SERVICE=same");
	return env;
}

static void __attribute__((noreturn)) child(int fd, int stderr_fd, char **env)
{
	const struct rlimit none = { 0, 0 };

	if (setsid() == -1 || dup2(fd, 0) == -1 || dup2(fd, 1) == -1 ||
	    dup2(stderr_fd, 2) == -1)
		_exit(1);
	syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	prlimit(0, RLIMIT_CORE, &none, NULL);
	drop_privileges();
	if (chdir("/") == -1)
		_exit(1);
	reset_signals();
	/* haild keeps a descriptor for its errors between the first two. */
	syscall(SYS_close_range, 3, 3, 0);
	syscall(SYS_close_range, 5, ~0U, 0);
	syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	execve(command[0], command, env);
	_exit(1);
}

static pid_t
clone_into(int cgroup)
{
	struct clone_args args = { .flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD };

	if (cgroup == -1)
		return _Fork();
	args.cgroup = (unsigned int)cgroup;
	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

static void
start(int fd, const struct sockaddr_in *from)
{
	struct epoll_event ev = { .events = EPOLLONESHOT };
	struct sockaddr_in local;
	socklen_t len = sizeof(local);
	struct session *s;
	int n, cgroup, stderr_fd;
	char path[32], **env;

	if (nunused == 0)
		errx(1, "too many sessions");
	n = unused[--nunused];
	s = &sessions[n];
	clock_gettime(CLOCK_MONOTONIC, &s->started);
	s->from = *from;
	cgroup = cgroup_open(n);
	getsockname(fd, (struct sockaddr *)&local, &len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", error_fd);
	stderr_fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	env = environment(from, &local);
	if ((s->pid = clone_into(cgroup)) == 0)
		child(fd, stderr_fd, env);
	if (s->pid == -1)
		err(1, "clone3");
	close(stderr_fd);
	if (cgroup != -1)
		close(cgroup);
	ev.data.u64 = (uint64_t)n;
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev);
	close(fd);
}

static void
accept_all(int at)
{
	struct sockaddr_in from;
	socklen_t len;
	int fd;

	for (;;) {
		len = sizeof(from);
		fd = accept4(at, (struct sockaddr *)&from, &len, SOCK_CLOEXEC);
		if (fd == -1)
			return;
		start(fd, &from);
	}
}

static void
write_line(const struct session *s)
{
	char head[64], text[160], address[INET_ADDRSTRLEN];
	struct iovec iov[2] = { { head, 0 }, { text, 0 } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	time_t now = time(NULL);
	struct timespec at;
	struct tm tm;

	clock_gettime(CLOCK_MONOTONIC, &at);
	iov[0].iov_len = strftime(
	    head, sizeof(head), "<30>%b %e %T bare: ", localtime_r(&now, &tm));
	inet_ntop(AF_INET, &s->from.sin_addr, address, sizeof(address));
	iov[1].iov_len = (size_t)snprintf(text, sizeof(text),
	    "same: %s:%u pid %d exit 0 %.3fs", address, ntohs(s->from.sin_port),
	    (int)s->pid,
	    (double)(at.tv_sec - s->started.tv_sec) +
		(double)(at.tv_nsec - s->started.tv_nsec) / 1e9);
	/* A message that does not fit is lost, as with haild. */
	(void)!sendmsg(log_fd, &msg, MSG_NOSIGNAL);
}

static int
session_of(pid_t pid)
{
	int n;

	for (n = 0; n < NSESSIONS; n++)
		if (sessions[n].pid == pid)
			return n;
	errx(1, "pid %d is unknown", (int)pid);
}

static void
reap_all(void)
{
	struct rusage usage;
	siginfo_t info;
	int n;

	/* With the process's resource usage, as haild calls it. */
	while ((info.si_pid = 0,
		   syscall(SYS_waitid, P_ALL, 0, &info,
		       WEXITED | WNOHANG | WNOWAIT, &usage)) == 0 &&
	    info.si_pid != 0) {
		n = session_of(info.si_pid);
		cgroup_account(n);
		write_line(&sessions[n]);
		kill(-info.si_pid, SIGKILL);
		waitid(P_PID, (id_t)info.si_pid, &info, WEXITED | WNOHANG);
		sessions[n].pid = 0;
		unused[nunused++] = n;
	}
}

/* Let blocked signals in for a moment. */
static void
take_signals(const sigset_t *blocked, const sigset_t *none)
{
	sigprocmask(SIG_SETMASK, none, NULL);
	sigprocmask(SIG_SETMASK, blocked, NULL);
}

static void __attribute__((noreturn)) loop(int at)
{
	struct pollfd fds[NPOLLED + 1];
	sigset_t blocked, none;
	int i;

	sigemptyset(&none);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCHLD);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	for (;;) {
		for (i = 0; i <= NPOLLED; i++)
			fds[i] = (struct pollfd) { i == 0 ? at
				    : i == 1		  ? epoll
							  : -1,
				POLLIN, 0 };
		if (ppoll(fds, NPOLLED + 1, NULL, &none) > 0)
			accept_all(at);
		take_signals(&blocked, &none);
		if (ended) {
			ended = 0;
			reap_all();
		}
	}
}

void
same_serve(int at, int syslog, uid_t uid, gid_t gid, const char *directory,
    char *const *program)
{
	struct sigaction sa = { .sa_handler = on_signal,
		.sa_flags = SA_RESTART | SA_NOCLDSTOP };
	int i, pair[2];

	user = uid;
	group = gid;
	command = program;
	log_fd = syslog;
	if (strcmp(directory, "-") != 0 &&
	    (cgroups = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) ==
		-1)
		err(1, "%s", directory);
	/* As the daemon's pipe to the logger; no process writes to it. */
	if (pipe2(pair, O_CLOEXEC) == -1 ||
	    (epoll = epoll_create1(EPOLL_CLOEXEC)) == -1)
		err(1, "pipe");
	error_fd = pair[1];
	fcntl(at, F_SETFL, O_NONBLOCK);
	for (i = NSESSIONS - 1; i >= 0; i--)
		unused[nunused++] = i;
	sigaction(SIGCHLD, &sa, NULL);
	loop(at);
}
