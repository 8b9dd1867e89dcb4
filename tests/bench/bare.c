/*
 * bare.c -- the smallest possible servers, to compare haild with: they accept,
 * fork, reap at SIGCHLD, and do nothing else.
 *
 *	bare PORT write			each child writes the line of load.c
 *	bare PORT open N		the same, with N more descriptors, as
 *					listeners and pipes are for haild
 *	bare PORT linger		as write, then waits for the end
 *	bare PORT hold			echoes what its client sends
 *	bare PORT forward PORT		connects it to that port, and copies
 *	bare PORT exec PROGRAM		runs PROGRAM as root
 *	bare PORT drop UID GID PROGRAM	as that user, as haild's children do;
 *					the parent sends a line to /dev/log
 *	bare PORT same UID GID DIRECTORY PROGRAM
 *					makes the system calls of a session of
 *					haild's (bare_same.c)
 *
 * It is linked as haild is, since each fork copies the mappings of libraries.
 */

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/bare.h"

static const char line[] = "Smile from the server\n";
static uid_t uid;
static gid_t gid;
static char *const *program;
static int syslog_fd = -1;

static void
reap(int sig __attribute__((unused)))
{
	int saved = errno;

	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
	errno = saved;
}

static void
child_write(int fd)
{
	if (write(fd, line, sizeof(line) - 1) == -1)
		_exit(1);
}

static void
child_linger(int fd)
{
	char c;

	child_write(fd);
	shutdown(fd, SHUT_WR);
	while (read(fd, &c, 1) > 0)
		continue;
}

static void
child_hold(int fd)
{
	char buf[4096];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		if (write(fd, buf, (size_t)n) == -1)
			_exit(1);
}

/* Returns whether FROM has more. */
static int
copy_some(int from, int to)
{
	static char buf[65536];
	ssize_t n = read(from, buf, sizeof(buf));

	if (n > 0)
		return write(to, buf, (size_t)n) == n;
	shutdown(to, SHUT_WR);
	return 0;
}

static void
child_forward(int fd)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int target = socket(AF_INET, SOCK_STREAM, 0), open = 2, i;
	struct pollfd fds[] = { { fd, POLLIN, 0 }, { target, POLLIN, 0 } };

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons((in_port_t)atoi(program[0]));
	if (connect(target, (struct sockaddr *)&to, sizeof(to)) == -1)
		_exit(1);
	while (open > 0 && poll(fds, 2, -1) > 0)
		for (i = 0; i < 2; i++)
			if (fds[i].revents != 0 &&
			    !copy_some(
				i == 0 ? fd : target, i == 0 ? target : fd)) {
				fds[i].fd = -1;
				open--;
			}
}

static void
child_exec(int fd)
{
	char *const env[] = { NULL };

	if (dup2(fd, 0) == -1 || dup2(fd, 1) == -1)
		_exit(1);
	close(fd);
	execve(program[0], program, env);
	_exit(1);
}

static void
child_drop(int fd)
{
	if (setsid() == -1 || setgroups(1, &gid) == -1 ||
	    setresgid(gid, gid, gid) == -1 || setresuid(uid, uid, uid) == -1)
		_exit(1);
	child_exec(fd);
}

static const struct mode {
	const char *name;
	int args;
	void (*child)(int);
} modes[] = {
	{ "write", 0, child_write },
	{ "open", 1, child_write },
	{ "linger", 0, child_linger },
	{ "hold", 0, child_hold },
	{ "forward", 1, child_forward },
	{ "exec", 1, child_exec },
	{ "drop", 3, child_drop },
	{ "same", 4, NULL },
};

/* Children have them until they exit. */
static void
open_more(int n)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	while (n-- > 0)
		if (socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) == -1)
			err(1, "socket");
}

static int
listen_at(int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons((in_port_t)port);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&to, sizeof(to)) == -1 ||
	    listen(fd, 4096) == -1)
		err(1, "port %d", port);
	return fd;
}

static int
open_syslog(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX,
		.sun_path = "/dev/log" };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1)
		err(1, "/dev/log");
	return fd;
}

static void
say(pid_t pid)
{
	char text[128];
	int n = snprintf(text, sizeof(text), "<30>bare: pid %d", (int)pid);

	/* A message that does not fit is lost, as with haild. */
	(void)!send(syslog_fd, text, (size_t)n, MSG_NOSIGNAL);
}

static void __attribute__((noreturn)) serve(int at, const struct mode *mode)
{
	struct sigaction sa = { .sa_handler = reap,
		.sa_flags = SA_RESTART | SA_NOCLDSTOP };
	pid_t pid;
	int fd;

	sigaction(SIGCHLD, &sa, NULL);
	for (;;) {
		if ((fd = accept4(at, NULL, NULL, SOCK_CLOEXEC)) == -1)
			continue;
		if ((pid = fork()) == 0) {
			mode->child(fd);
			_exit(0);
		}
		if (syslog_fd != -1)
			say(pid);
		close(fd);
	}
}

int
main(int argc, char **argv)
{
	const struct mode *m = NULL;
	size_t i;

	for (i = 0; argc > 2 && i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(argv[2], modes[i].name) == 0)
			m = &modes[i];
	if (m == NULL || argc < 3 + m->args)
		errx(2,
		    "usage: bare PORT write|open N|linger|hold|forward PORT|"
		    "exec PROGRAM|drop UID GID PROGRAM|"
		    "same UID GID DIRECTORY PROGRAM");
	if (m->args > 0)
		program = argv + 2 + m->args;
	if (strcmp(m->name, "open") == 0)
		open_more(atoi(program[0]));
	if (m->args >= 3) {
		uid = (uid_t)atoi(argv[3]);
		gid = (gid_t)atoi(argv[4]);
		syslog_fd = open_syslog();
	}
	if (m->child == NULL)
		same_serve(listen_at(atoi(argv[1])), syslog_fd, uid, gid,
		    argv[5], argv + 6);
	serve(listen_at(atoi(argv[1])), m);
}
