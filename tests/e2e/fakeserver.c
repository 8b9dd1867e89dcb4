/*
 * fakeserver.c -- a server that does exactly what a test of hail wants.
 *
 *	fakeserver address[:port] action [argument] ...
 *	fakeserver path action [argument] ...
 *
 * Listens, prints its port (0 for a path) on standard output, accepts one
 * connection, does one action after the other, closes and exits.  The
 * exception is "full": the queue is filled up and nobody is ever accepted.
 *
 *	full		never answer: must be the only action
 *	send TEXT	send it
 *	file NAME	send the contents of a file
 *	take N		read N bytes and forget them
 *	save NAME	read to the end, into a file
 *	both IN OUT	"file IN" and "save OUT" at once
 *	flood		send until that fails
 *	touch NAME	make a file
 *	wait NAME	until there is a file of that name
 *	half-close	send no more
 *	open		check that the client has not half-closed
 *	reset		end with a reset
 *	peer		send the client's address
 *	frame T TEXT	send a frame of type T; it and what follows in
 *fakeframes.h frames T NAME	send a file in frames request NAME	save the
 *frames up to the command input NAME	save standard input, asked for frame by
 *frame echo		send it back instead
 *	ask N		ask for N frames of it
 *	expect T TEXT	read this frame
 *	beats N		read N heartbeats and nothing else
 *	hold		until the test ends us
 */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/addr.h"
#include "fakeframes.h"
#include "lib/io.h"

static struct addr
parse(const char *text)
{
	char host[ADDR_HOST_MAX], port[ADDR_PORT_MAX];
	struct addr a;
	int n;

	if (addr_split(text, host, port) == ADDR_PATH) {
		if (addr_from_path(&a, host) == -1)
			errx(1, "%s: too long", host);
		return a;
	}
	n = port[0] == '\0' ? 0 : addr_port_number(port);
	if (n == -1 || addr_from_numeric(&a, host, (unsigned int)n) == -1)
		errx(1, "%s: not an address", text);
	return a;
}

static int
listen_on(struct addr *a, int backlog)
{
	int fd, on = 1;

	if ((fd = socket(a->sa.sa_family, SOCK_STREAM, 0)) == -1)
		err(1, "socket");
	if (a->sa.sa_family != AF_UNIX)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, &a->sa, a->len) == -1 || listen(fd, backlog) == -1)
		err(1, "listen");
	a->len = sizeof(*a) - offsetof(struct addr, sa);
	if (getsockname(fd, &a->sa, &a->len) == -1)
		err(1, "getsockname");
	return fd;
}

static void
announce(const struct addr *a)
{
	printf("%u\n", addr_port(a));
	if (fflush(stdout) == EOF)
		err(1, "standard output");
}

static void
nap(void)
{
	struct timespec ts = { .tv_nsec = 10000000 };

	nanosleep(&ts, NULL);
}

/* Connect until nobody answers: the kernel then drops what asks for more. */
static void __attribute__((noreturn)) fill(const struct addr *a)
{
	int64_t deadline;
	int fd, flags = SOCK_STREAM | SOCK_NONBLOCK;

	for (;;) {
		if ((fd = socket(a->sa.sa_family, flags, 0)) == -1)
			err(1, "socket");
		deadline = clock_now() + SECOND / 2;
		if (connect(fd, &a->sa, a->len) == -1) {
			if (errno == EAGAIN) /* a Unix socket's way to say it */
				break;
			if (errno != EINPROGRESS)
				err(1, "connect");
			if (io_wait(fd, POLLOUT, deadline) == 0)
				break;
		}
	}
	announce(a);
	for (;;)
		pause();
}

static int
open_or_die(const char *name, int flags)
{
	int fd;

	if ((fd = open(name, flags, 0644)) == -1)
		err(1, "%s", name);
	return fd;
}

static void
copy(int from, int to)
{
	static char buf[65536];
	ssize_t n;

	while ((n = io_read(from, buf, sizeof(buf))) > 0)
		if (io_write_all(to, buf, (size_t)n) == -1)
			err(1, "write");
	if (n == -1)
		err(1, "read");
}

static void
do_file(int fd, const char *name)
{
	int from = open_or_die(name, O_RDONLY);

	copy(from, fd);
	close(from);
}

static void
do_save(int fd, const char *name)
{
	int to = open_or_die(name, O_WRONLY | O_CREAT | O_TRUNC);

	copy(fd, to);
	close(to);
}

static void
do_both(int fd, const char *in, const char *out)
{
	pid_t pid;
	int status;

	if ((pid = fork()) == -1)
		err(1, "fork");
	if (pid == 0) {
		do_file(fd, in);
		_exit(0);
	}
	do_save(fd, out);
	if (waitpid(pid, &status, 0) == -1 || status != 0)
		errx(1, "both: could not send");
}

static void
do_take(int fd, const char *count)
{
	size_t left = strtoul(count, NULL, 10);
	char buf[4096];
	ssize_t n;

	while (left > 0) {
		n = io_read(fd, buf, left < sizeof(buf) ? left : sizeof(buf));
		if (n <= 0)
			errx(1, "take: %zu bytes are missing", left);
		left -= (size_t)n;
	}
}

static void
do_flood(int fd)
{
	static const char buf[4096] = "flood";

	while (io_write_all(fd, buf, sizeof(buf)) == 0)
		;
}

static void
do_peer(int fd)
{
	char text[ADDR_TEXT_MAX];
	struct addr a;

	a.len = sizeof(a) - offsetof(struct addr, sa);
	if (getpeername(fd, &a.sa, &a.len) == -1)
		err(1, "getpeername");
	addr_print_host(&a, text, sizeof(text));
	if (io_write_all(fd, text, strlen(text)) == -1)
		err(1, "write");
}

static void
do_touch(int fd, const char *name)
{
	(void)fd;
	close(open_or_die(name, O_WRONLY | O_CREAT));
}

static void
do_wait(int fd, const char *name)
{
	struct stat st;

	(void)fd;
	while (stat(name, &st) == -1)
		nap();
}

static void
do_reset(int fd)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
	exit(0);
}

static void
do_send(int fd, const char *text)
{
	if (io_write_all(fd, text, strlen(text)) == -1)
		err(1, "send");
}

static void
do_half_close(int fd)
{
	shutdown(fd, SHUT_WR);
}

static void
do_open(int fd)
{
	char c;

	if (recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) != -1 || errno != EAGAIN)
		errx(1, "open: the client sent more, or its end");
}

static void
do_hold(int fd)
{
	(void)fd;
	pause();
}

static const struct {
	const char *name;
	void (*alone)(int fd);
	void (*with_one)(int fd, const char *argument);
	void (*with_two)(int fd, const char *first, const char *second);
} actions[] = {
	{ "echo", frames_echo, NULL, NULL },
	{ "flood", do_flood, NULL, NULL },
	{ "half-close", do_half_close, NULL, NULL },
	{ "hold", do_hold, NULL, NULL },
	{ "open", do_open, NULL, NULL },
	{ "peer", do_peer, NULL, NULL },
	{ "reset", do_reset, NULL, NULL },
	{ "ask", NULL, frames_ask, NULL },
	{ "beats", NULL, frames_expect_beats, NULL },
	{ "exit", NULL, frame_send_exit, NULL },
	{ "file", NULL, do_file, NULL },
	{ "input", NULL, frames_save_input, NULL },
	{ "request", NULL, frames_save_request, NULL },
	{ "save", NULL, do_save, NULL },
	{ "send", NULL, do_send, NULL },
	{ "take", NULL, do_take, NULL },
	{ "touch", NULL, do_touch, NULL },
	{ "wait", NULL, do_wait, NULL },
	{ "both", NULL, NULL, do_both },
	{ "expect", NULL, NULL, frame_expect },
	{ "frame", NULL, NULL, frame_send },
	{ "frames", NULL, NULL, frames_send_file },
};

/* Do one action; returns how many words it took. */
static int
act(int fd, int left, char *word[])
{
	size_t i;

	for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (strcmp(actions[i].name, word[0]) != 0)
			continue;
		if (actions[i].alone != NULL) {
			actions[i].alone(fd);
			return 1;
		}
		if (actions[i].with_one != NULL && left > 1) {
			actions[i].with_one(fd, word[1]);
			return 2;
		}
		if (actions[i].with_two != NULL && left > 2) {
			actions[i].with_two(fd, word[1], word[2]);
			return 3;
		}
	}
	errx(1, "%s: no such action, or an argument is missing", word[0]);
}

int
main(int argc, char *argv[])
{
	struct addr a;
	bool full;
	int fd, i, listener;

	if (argc < 3)
		errx(1, "usage: fakeserver address action ...");
	signal(SIGPIPE, SIG_IGN);
	a = parse(argv[1]);
	full = strcmp(argv[2], "full") == 0;
	listener = listen_on(&a, full ? 0 : 16);
	if (full)
		fill(&a);
	announce(&a);
	if ((fd = accept(listener, NULL, NULL)) == -1)
		err(1, "accept");
	for (i = 2; i < argc;)
		i += act(fd, argc - i, &argv[i]);
	close(fd);
	return 0;
}
