/*
 * peer.c -- clients and programs that do what no ordinary one does.
 *
 * For the end-to-end tests, on loopback and Unix sockets only.  Addresses are
 * "port" (of 127.0.0.1), "address:port", a path or "@name".  PEER_FROM is the
 * address that clients come from.
 */

#include <sys/file.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/times.h>
#include <sys/wait.h>

#include <linux/keyctl.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/addr.h"
#include "lib/io.h"
#include "lib/nailgun.h"

#define PATIENCE (30 * SECOND) /* for anything that must come */

static struct addr
find_address(const char *where)
{
	char host[ADDR_HOST_MAX] = "127.0.0.1", port[ADDR_PORT_MAX];
	struct addr a;

	if (where[0] == '@' || strchr(where, '/') != NULL)
		addr_from_path(&a, where);
	else if (addr_port_number(where) != -1)
		addr_from_numeric(
		    &a, host, (unsigned int)addr_port_number(where));
	else if (addr_split(where, host, port) != ADDR_HOST_PORT ||
	    addr_from_numeric(&a, host, (unsigned int)addr_port_number(port)) ==
		-1)
		errx(2, "%s: what address is that?", where);
	return a;
}

/* Connect to A, from FROM unless that is NULL. */
static int
open_from(const struct addr *a, const struct addr *from)
{
	int fd, on = 1;

	if ((fd = socket(a->sa.sa_family, SOCK_STREAM, 0)) == -1)
		err(1, "socket");
	if (from != NULL) {
		/* No port before connect(2): there are not that many. */
		setsockopt(
		    fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
		if (bind(fd, &from->sa, from->len) == -1)
			err(1, "bind");
	}
	if (connect(fd, &a->sa, a->len) == -1)
		err(1, "connect");
	return fd;
}

static int
open_socket(const char *where)
{
	const struct addr a = find_address(where);
	const char *host = getenv("PEER_FROM");
	struct addr from;

	if (host == NULL)
		return open_from(&a, NULL);
	if (addr_from_numeric(&from, host, 0) == -1)
		errx(2, "%s: what address is that?", host);
	return open_from(&a, &from);
}

static void
close_with_reset(int fd)
{
	struct linger l = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	close(fd);
}

/* reset WHERE [BYTES]: connect, read that many, reset. */
static int
reset(int argc, char **argv)
{
	long want = argc > 1 ? atol(argv[1]) : 0;
	int fd = open_socket(argv[0]);
	char buf[4096];
	ssize_t n;

	while (want > 0 && (n = io_read(fd, buf, sizeof(buf))) > 0)
		want -= n;
	close_with_reset(fd);
	return want > 0;
}

/* reset-later WHERE: connect, wait for the end of standard input, reset. */
static int
reset_later(int argc __attribute__((unused)), char **argv)
{
	int fd = open_socket(argv[0]);
	char c;

	while (io_read(STDIN_FILENO, &c, 1) > 0)
		continue;
	close_with_reset(fd);
	return 0;
}

/* hold WHERE [N]: open N connections, say "open", keep them until killed. */
static int __attribute__((noreturn)) hold(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 1, i;
	struct rlimit limit;

	/* The soft limit is 1,024 by default. */
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	for (i = 0; i < n; i++)
		open_socket(argv[0]);
	puts("open");
	fflush(stdout);
	for (;;)
		pause();
}

/*
 * many WHERE N [TEXT]: N connections at once, all open before the first is
 * read; each half-closes and must get TEXT exactly, and then an orderly end.
 * Prints how many did.
 */
static int
many(int argc, char **argv)
{
	int n = atoi(argv[1]), i, good = 0;
	const char *text = argc > 2 ? argv[2] : "";
	int64_t deadline = clock_now() + PATIENCE;
	int *fds = calloc((size_t)n, sizeof(*fds));

	if (fds == NULL)
		err(1, NULL);
	for (i = 0; i < n; i++)
		fds[i] = open_socket(argv[0]);
	for (i = 0; i < n; i++)
		shutdown(fds[i], SHUT_WR);
	for (i = 0; i < n; i++) {
		char buf[4096];
		size_t used = 0;
		ssize_t got = -1;

		while (used < sizeof(buf) &&
		    io_wait(fds[i], POLLIN, deadline) > 0 &&
		    (got = io_read(fds[i], buf + used, sizeof(buf) - used)) > 0)
			used += (size_t)got;
		if (got == 0 && used == strlen(text) &&
		    memcmp(buf, text, used) == 0)
			good++;
		close(fds[i]);
	}
	free(fds);
	printf("%d\n", good);
	return good != n;
}

/* One exchange: connect, half-close, read to the end.  Whether it was TEXT. */
static int
exchange(const char *where, const char *text)
{
	int fd = open_socket(where);
	char buf[4096];
	size_t used = 0;
	ssize_t got = -1;

	shutdown(fd, SHUT_WR);
	while (used < sizeof(buf) &&
	    (got = io_read(fd, buf + used, sizeof(buf) - used)) > 0)
		used += (size_t)got;
	close(fd);
	return got == 0 && used == strlen(text) && memcmp(buf, text, used) == 0;
}

/*
 * flood WHERE SECONDS TEXT: connect, read to the end, again and again; each
 * must get TEXT exactly.  Prints how many did and how many did not.
 */
static int
flood(int argc __attribute__((unused)), char **argv)
{
	int64_t end = clock_now() + atoi(argv[1]) * SECOND;
	long good = 0, bad = 0;

	while (clock_now() < end)
		if (exchange(argv[0], argv[2]))
			good++;
		else
			bad++;
	printf("%ld good, %ld bad\n", good, bad);
	return bad > 0;
}

/* Send SIZE bytes while reading from FD.  Returns how many came, -1: a reset.
 */
static long
send_and_read(int fd, size_t size)
{
	static char buf[65536];
	long count = 0;
	ssize_t n = 1;

	while (n > 0) {
		struct pollfd p = { .fd = fd,
			.events = POLLIN | (size > 0 ? POLLOUT : 0) };

		if (io_poll(&p, 1, clock_now() + 4 * PATIENCE) <= 0)
			errx(1, "nothing more comes");
		if (size > 0 && (p.revents & POLLOUT)) {
			n = send(fd, buf,
			    size < sizeof(buf) ? size : sizeof(buf),
			    MSG_DONTWAIT | MSG_NOSIGNAL);
			if (n > 0)
				size -= (size_t)n;
		} else if ((n = io_read(fd, buf, sizeof(buf))) > 0)
			count += n;
	}
	return n == 0 ? count : -1;
}

/*
 * ask WHERE N SEND WANT [PIECES]: N connections, one after the other.  Each
 * sends SEND bytes, and with PIECES as many again ten times a second, before it
 * reads; it must get WANT bytes and then an orderly end.  Prints how many did.
 */
static int
ask_many(int argc, char **argv)
{
	int n = atoi(argv[1]), i, pieces, good = 0;
	size_t size = strtoul(argv[2], NULL, 10);
	char piece[size + 1];
	int fd;

	memset(piece, 0, size + 1);
	for (i = 0; i < n; i++) {
		fd = open_socket(argv[0]);
		for (pieces = argc > 4 ? atoi(argv[4]) : 0; pieces > 0;
		     pieces--) {
			send(fd, piece, size, MSG_NOSIGNAL);
			poll(NULL, 0, 100);
		}
		good += send_and_read(fd, size) == atol(argv[3]);
		close(fd);
	}
	printf("%d\n", good);
	return 0;
}

/*
 * toggle HOW N FILE: as a program of a service, leave behind a process outside
 * of the session, which shuts the client's socket down N times, as HOW says
 * (shutdown(2)), and then makes FILE.  With a fifth argument, do that itself.
 */
static int
toggle(int argc, char **argv)
{
	int how = atoi(argv[0]), outside[2], fd;
	long n = atol(argv[1]);
	char c;

	if (pipe2(outside, O_CLOEXEC) == -1)
		err(1, "pipe");
	if (argc == 3 && fork() != 0) {
		close(outside[1]);
		return (int)read(outside[0], &c, 1);
	}
	if (argc == 3)
		setsid();
	close(outside[0]);
	close(outside[1]);
	for (; n > 0; n--)
		shutdown(STDIN_FILENO, how);
	if ((fd = open(argv[2], O_WRONLY | O_CREAT, 0644)) != -1)
		close(fd);
	return fd == -1;
}

/* listen: on a port of 127.0.0.1 that it prints, until killed. */
static int __attribute__((noreturn)) listen_only(
    int argc __attribute__((unused)), char **argv __attribute__((unused)))
{
	struct addr a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	addr_from_numeric(&a, "127.0.0.1", 0);
	if (bind(fd, &a.sa, a.len) == -1 || listen(fd, 1) == -1 ||
	    getsockname(fd, &a.sa, &a.len) == -1)
		err(1, "listen");
	printf("%u\n", addr_port(&a));
	fflush(stdout);
	for (;;)
		pause();
}

/* keyring COMMAND...: run it with a session keyring that holds a key. */
static int
keyring(int argc __attribute__((unused)), char **argv)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) == -1 ||
	    syscall(SYS_add_key, "user", "haild-test", "secret", 6,
		KEY_SPEC_SESSION_KEYRING) == -1)
		err(1, "keyring");
	execv(argv[0], argv);
	err(1, "%s", argv[0]);
}

/* key: whether that key can be found: "found", or the error. */
static int
key(int argc __attribute__((unused)), char **argv __attribute__((unused)))
{
	if (syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user",
		"haild-test", 0) == -1)
		printf("%s\n", strerror(errno));
	else
		puts("found");
	return 0;
}

/*
 * storm CHAINS FILE: processes outside of the session that fork and exit again
 * and again, so that each becomes an orphan.  They have FILE open and locked
 * (flock(2)), and end when it is gone, or after 60 s.  Returns once all of them
 * are outside, for those that are not end with the session.
 */
static int
storm(int argc __attribute__((unused)), char **argv)
{
	int64_t end = clock_now() + 60 * SECOND;
	int i, fd = open(argv[1], O_RDONLY), outside[2];
	char c;

	if (fd == -1 || flock(fd, LOCK_SH) == -1)
		err(1, "%s", argv[1]);
	if (pipe(outside) == -1)
		err(1, "pipe");
	for (i = 0; i < atoi(argv[0]); i++) {
		if (fork() != 0)
			continue;
		setsid();
		close(outside[0]);
		close(outside[1]);
		close(STDIN_FILENO);
		close(STDOUT_FILENO);
		while (access(argv[1], F_OK) == 0 && clock_now() < end) {
			usleep(100);
			/* Where there is no room (limit-nproc), go on. */
			if (fork() > 0)
				_exit(0);
		}
		_exit(0);
	}
	close(outside[1]);
	return (int)read(outside[0], &c, 1); /* until no copy is open */
}

/* ptrace PID: whether it can be traced: "yes", or the error. */
static int
trace(int argc, char **argv)
{
	pid_t pid = (pid_t)atol(argv[argc - 1]);

	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) == -1) {
		printf("%s\n", strerror(errno));
		return 0;
	}
	waitpid(pid, NULL, 0);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	puts("yes");
	return 0;
}

/* seize PID: trace the process, to the end, and never reap it. */
static int __attribute__((noreturn))
seize(int argc __attribute__((unused)), char **argv)
{
	pid_t pid = atoi(argv[0]);

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) == -1)
		err(1, "ptrace");
	for (;;)
		pause();
}

/*
 * state: as a program of a service, what it was started with: descriptors,
 * signals that are blocked or not at their default, session, terminal.
 */
static int
state(int argc __attribute__((unused)), char **argv __attribute__((unused)))
{
	struct sigaction sa;
	sigset_t mask;
	int fd, sig;

	fputs("fds", stdout);
	for (fd = 0; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) != -1)
			printf(" %d", fd);
	fputs("\nblocked", stdout);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	for (sig = 1; sig < NSIG; sig++)
		if (sigismember(&mask, sig) == 1)
			printf(" %d", sig);
	fputs("\nchanged", stdout);
	for (sig = 1; sig < NSIG; sig++)
		if (sigaction(sig, NULL, &sa) == 0 && sa.sa_handler != SIG_DFL)
			printf(" %d", sig);
	printf("\nleader %s\n", getsid(0) == getpid() ? "yes" : "no");
	fd = open("/dev/tty", O_RDWR);
	printf("tty %s\n", fd == -1 ? strerror(errno) : "yes");
	printf(
	    "nonblocking %s\n", fcntl(0, F_GETFL) & O_NONBLOCK ? "yes" : "no");
	return 0;
}

/* Start a program in the background, as a leader that LEAD makes of it. */
static pid_t
start_leader(int (*lead)(void), char **argv)
{
	int fds[2], null;
	char byte;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) == -1 || (pid = fork()) == -1)
		err(1, "fork");
	if (pid == 0) {
		if (lead() == -1)
			err(1, "leader");
		if ((null = open("/dev/null", O_RDWR | O_CLOEXEC)) == -1)
			err(1, "/dev/null");
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		execvp(argv[0], argv);
		err(1, "%s", argv[0]);
	}
	close(fds[1]);
	/* execvp closes it: what was to be done before is done. */
	if (io_read(fds[0], &byte, 1) != 0)
		err(1, "pipe");
	return pid;
}

static int
lead_group(void)
{
	return setpgid(0, 0);
}

static int
lead_session(void)
{
	return setsid() == -1 ? -1 : 0;
}

/*
 * group COMMAND...: run it in a process group of its own, print its pid, and
 * leave it.
 */
static int
group(int argc __attribute__((unused)), char **argv)
{
	printf("%ld\n", (long)start_leader(lead_group, argv));
	return 0;
}

/* session COMMAND...: the same, with a session of its own. */
static int
session(int argc __attribute__((unused)), char **argv)
{
	printf("%ld\n", (long)start_leader(lead_session, argv));
	return 0;
}

/*
 * odd COMMAND...: run it with what no daemon should inherit: signals ignored
 * and blocked, descriptors too many, and none of the first three.
 */
static int
odd(int argc __attribute__((unused)), char **argv)
{
	sigset_t set;

	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	dup2(STDIN_FILENO, 9);
	dup2(STDIN_FILENO, 10);
	dup2(STDIN_FILENO, 500);
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	execv(argv[0], argv);
	return 1;
}

/* A listening socket for what pass calls WHAT. */
static int
open_listener(const char *what)
{
	char host[ADDR_HOST_MAX], port[ADDR_PORT_MAX];
	int on = 1, only, fd;
	struct addr a;

	only = strncmp(what, "dual:", 5) != 0;
	if (what[0] == '@' || strchr(what, '/') != NULL)
		addr_from_path(&a, what);
	else if (!only)
		addr_from_numeric(
		    &a, "::", (unsigned int)addr_port_number(what + 5));
	else if (addr_split(what, host, port) != ADDR_HOST_PORT ||
	    addr_from_numeric(&a, host, (unsigned int)addr_port_number(port)) ==
		-1)
		errx(2, "%s: what address is that?", what);
	fd = socket(a.sa.sa_family, SOCK_STREAM, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (a.sa.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
	if (bind(fd, &a.sa, a.len) == -1 || listen(fd, 16) == -1)
		err(1, "%s", what);
	return fd;
}

static int
open_udp(const char *where)
{
	const struct addr a = find_address(where);
	int fd = socket(a.sa.sa_family, SOCK_DGRAM, 0);

	if (fd == -1 || bind(fd, &a.sa, a.len) == -1)
		err(1, "udp:%s", where);
	return fd;
}

static int
open_passed(const char *what)
{
	int pair[2];

	if (strncmp(what, "udp:", 4) == 0)
		return open_udp(what + 4);
	if (strcmp(what, "datagram") == 0)
		return socket(AF_UNIX, SOCK_DGRAM, 0);
	if (strcmp(what, "file") == 0)
		return open("/dev/null", O_RDWR);
	if (strcmp(what, "connected") == 0) {
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1)
			err(1, "socketpair");
		return pair[0];
	}
	return open_listener(what);
}

/*
 * pass WHAT... -- COMMAND...: as a supervisor that opens sockets does, run
 * COMMAND with them from descriptor 3 on and with LISTEN_FDS and LISTEN_PID,
 * unless these are set already; LISTEN_FDNAMES is as the caller sets it.  WHAT
 * is an address:port, "udp:" and one, "dual:port" for all addresses of both
 * kinds, a path, or something that does not listen: "datagram", "connected",
 * "file", "closed".
 */
static int
pass(int argc, char **argv)
{
	char number[16];
	int i, n, fd, to;

	for (n = 0; n < argc && strcmp(argv[n], "--") != 0; n++)
		continue;
	if (n + 1 >= argc)
		errx(2, "pass: there is no command");
	for (i = 0; i < n; i++) {
		to = 3 + i;
		if (strcmp(argv[i], "closed") == 0) {
			close(to);
			continue;
		}
		/* Nothing in the way of those to come. */
		if ((fd = open_passed(argv[i])) == -1 || fd == to)
			continue;
		dup2(fd, to);
		close(fd);
	}
	snprintf(number, sizeof(number), "%d", n);
	setenv("LISTEN_FDS", number, 0);
	snprintf(number, sizeof(number), "%ld", (long)getpid());
	setenv("LISTEN_PID", number, 0);
	execvp(argv[n + 1], argv + n + 1);
	err(1, "%s", argv[n + 1]);
}

/* Read to the end, whatever comes; the client may have been reset. */
static void
read_to_end(int fd)
{
	char buf[4096];

	while (io_read(fd, buf, sizeof(buf)) > 0)
		continue;
}

/*
 * blast WHERE SECONDS: connect and read to the end, as fast as it goes.  Prints
 * how often, and how many clock ticks of processor time that took here.
 */
static int
blast(int argc __attribute__((unused)), char **argv)
{
	int64_t end = clock_now() + atoi(argv[1]) * SECOND;
	const struct addr a = find_address(argv[0]);
	struct tms used;
	long n;
	int fd;

	for (n = 0; clock_now() < end; n++) {
		fd = open_from(&a, NULL);
		read_to_end(fd);
		close_with_reset(fd); /* no port is kept for it */
	}
	times(&used);
	printf("%ld %ld\n", n, (long)(used.tms_utime + used.tms_stime));
	return 0;
}

/* Ask for COMMAND, unless that is NULL, and return whether TEXT came last. */
static bool
ask(const struct addr *a, const char *text, const char *command)
{
	char buf[4096], request[NAILGUN_HEADER_SIZE + 64];
	size_t used = 0, len = strlen(text);
	int fd = open_from(a, NULL);
	ssize_t n;

	if (command != NULL) {
		nailgun_header(
		    (unsigned char *)request, NAILGUN_COMMAND, strlen(command));
		n = snprintf(request + NAILGUN_HEADER_SIZE, 64, "%s", command);
		io_write_all(fd, request, NAILGUN_HEADER_SIZE + (size_t)n);
	}
	while (used < sizeof(buf) &&
	    (n = io_read(fd, buf + used, sizeof(buf) - used)) > 0)
		used += (size_t)n;
	close_with_reset(fd); /* no port is kept for it */
	return used >= len && memcmp(buf + used - len, text, len) == 0;
}

/*
 * crowd WHERE CLIENTS N TEXT [COMMAND]: so many at once, each N times: ask for
 * a command, and read to the end, which must be TEXT.
 */
static int
crowd(int argc, char **argv)
{
	const struct addr a = find_address(argv[0]);
	int i, n, status, clients = atoi(argv[1]), bad = 0;

	for (i = 0; i < clients; i++) {
		if (fork() != 0)
			continue;
		for (n = atoi(argv[2]); n > 0; n--)
			if (!ask(&a, argv[3], argc > 4 ? argv[4] : NULL))
				_exit(1);
		_exit(0);
	}
	while (wait(&status) > 0)
		bad |= status;
	return bad != 0;
}

/*
 * spray WHERE FIRST N: N connections, each from another /64 of 2001:db8::/32,
 * which must all be this host's, from the FIRST one on.
 */
static int
spray(int argc __attribute__((unused)), char **argv)
{
	const struct addr a = find_address(argv[0]);
	long first = atol(argv[1]), n = atol(argv[2]), i;
	struct addr from;
	char host[64];
	int fd;

	for (i = first; i < first + n; i++) {
		snprintf(host, sizeof(host), "2001:db8:%lx:%lx::1", i >> 16,
		    i & 0xffff);
		addr_from_numeric(&from, host, 0);
		fd = open_from(&a, &from);
		read_to_end(fd);
		close_with_reset(fd);
	}
	return 0;
}

/* One client of mixed: what it does, and from where, is by chance. */
static void
misbehave(const struct addr *to)
{
	static const char garbage[] = "\r\n\0\377GET / HTTP/9\n";
	struct addr from;
	char host[32];
	int fd, what = (int)(random() % 6);

	snprintf(host, sizeof(host), "127.0.0.%d", 1 + (int)(random() % 20));
	addr_from_numeric(&from, host, 0);
	fd = open_from(to, &from);
	if (what >= 3 && send(fd, garbage, sizeof(garbage), MSG_NOSIGNAL) == -1)
		what = 0;
	if (what % 3 == 1) {
		shutdown(fd, SHUT_WR);
		read_to_end(fd);
	}
	if (what % 2 == 0)
		close_with_reset(fd);
	else
		close(fd);
}

/*
 * mixed SEED N WHERE...: N clients, one after the other, at these services and
 * from 20 addresses: those who leave at once, who reset, who send garbage, who
 * read nothing, and those who half-close and read it all.
 */
static int
mixed(int argc, char **argv)
{
	struct addr to[16];
	int i, n = atoi(argv[1]), nto = argc - 2;

	if (nto > 16)
		errx(2, "mixed: too many");
	for (i = 0; i < nto; i++)
		to[i] = find_address(argv[2 + i]);
	srandom((unsigned int)atoi(argv[0]));
	for (i = 0; i < n; i++)
		misbehave(&to[random() % nto]);
	return 0;
}

/*
 * datagram WHERE TEXT [PORT]: send TEXT and print what is answered.  With PORT
 * send it from there first, and print "to PORT too" if that was answered.
 */
static int
datagram(int argc, char **argv)
{
	const struct addr to = find_address(argv[0]);
	const char *host = getenv("PEER_FROM");
	struct addr from;
	int fd, other = -1;
	char buf[65536];
	ssize_t n;

	if (argc > 2) {
		addr_from_numeric(&from,
		    to.sa.sa_family == AF_INET6 ? "::1" : "127.0.0.1",
		    (unsigned int)addr_port_number(argv[2]));
		other = socket(to.sa.sa_family, SOCK_DGRAM, 0);
		if (other == -1 || bind(other, &from.sa, from.len) == -1)
			err(1, "%s", argv[2]);
		sendto(other, argv[1], strlen(argv[1]), 0, &to.sa, to.len);
	}
	fd = socket(to.sa.sa_family, SOCK_DGRAM, 0);
	if (host != NULL &&
	    (addr_from_numeric(&from, host, 0) == -1 ||
		bind(fd, &from.sa, from.len) == -1))
		err(1, "%s", host);
	if (fd == -1 || connect(fd, &to.sa, to.len) == -1 ||
	    send(fd, argv[1], strlen(argv[1]), 0) == -1)
		err(1, "%s", argv[0]);
	if (io_wait(fd, POLLIN, clock_now() + PATIENCE) != 1 ||
	    (n = recv(fd, buf, sizeof(buf), 0)) == -1)
		errx(1, "%s: no answer", argv[0]);
	fwrite(buf, 1, (size_t)n, stdout);
	if (other != -1 && recv(other, buf, sizeof(buf), MSG_DONTWAIT) != -1)
		printf("to %s too", argv[2]);
	return 0;
}

/* The program of a service with "wait" says on descriptor 0 who it is. */
static int
answer(int fd, const struct addr *to, const char *text)
{
	char buf[1024];

	snprintf(buf, sizeof(buf), "%ld %s", (long)getpid(), text);
	return sendto(fd, buf, strlen(buf), 0, to == NULL ? NULL : &to->sa,
		   to == NULL ? 0 : to->len) == -1;
}

/* receive N: answer N datagrams, each with the pid and its text. */
static int
receive(int argc __attribute__((unused)), char **argv)
{
	int i, n = atoi(argv[0]);
	char buf[512];
	struct addr from;
	ssize_t in;

	for (i = 0; i < n; i++) {
		from.len = sizeof(from) - offsetof(struct addr, sa);
		in = recvfrom(0, buf, sizeof(buf) - 1, 0, &from.sa, &from.len);
		if (in == -1)
			return 1; /* it should have blocked */
		buf[in] = '\0';
		if (answer(0, &from, buf) != 0)
			return 2;
	}
	return 0;
}

/* accept N: accept N clients, and tell each the pid and "accepted". */
static int
accept_some(int argc __attribute__((unused)), char **argv)
{
	int i, fd, n = atoi(argv[0]);

	for (i = 0; i < n; i++) {
		if ((fd = accept(0, NULL, NULL)) == -1)
			return 1; /* it should have blocked */
		answer(fd, NULL, "accepted");
		close(fd);
	}
	return 0;
}

static const struct {
	const char *name;
	int args;
	int (*fn)(int, char **);
} commands[] = {
	{ "accept", 1, accept_some },
	{ "ask", 4, ask_many },
	{ "blast", 2, blast },
	{ "crowd", 4, crowd },
	{ "datagram", 2, datagram },
	{ "flood", 3, flood },
	{ "group", 1, group },
	{ "hold", 1, hold },
	{ "key", 0, key },
	{ "keyring", 1, keyring },
	{ "listen", 0, listen_only },
	{ "many", 2, many },
	{ "mixed", 3, mixed },
	{ "odd", 1, odd },
	{ "pass", 2, pass },
	{ "receive", 1, receive },
	{ "reset", 1, reset },
	{ "reset-later", 1, reset_later },
	{ "seize", 1, seize },
	{ "session", 1, session },
	{ "spray", 3, spray },
	{ "state", 0, state },
	{ "storm", 2, storm },
	{ "toggle", 3, toggle },
	{ "trace", 1, trace },
};

int
main(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (argc >= 2 + commands[i].args &&
		    strcmp(argv[1], commands[i].name) == 0)
			return commands[i].fn(argc - 2, argv + 2);
	errx(2, "usage: peer command argument ...");
}
