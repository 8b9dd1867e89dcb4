/*
 * forward.c -- the server behind what ./dev bench forward compares, and its
 * clients.  Both are much faster than what is between them: bytes come from
 * pages of a file by sendfile(2), and are discarded by the kernel.
 *
 *	forward serve PORT SIZE
 *		at PORT the line of load.c, at PORT + 1 SIZE bytes, at
 *		PORT + 2 an echo
 *	forward rate PORT SIZE
 *		receives SIZE bytes; prints MB per second
 *	forward cpu PID PORT SIZE
 *		the same; prints the CPU time, in us per MB, of PID and its
 *		descendants
 *	forward calls PID PORT N
 *		N clients of the line, one after the other; prints the CPU
 *		time for each, in us
 *	forward trips PORT N
 *		sends a request in two parts and waits for as many bytes, N
 *		times; prints the time of one, in us
 */

#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/usage.h"

#define CHUNK (1 << 20)
#define PART 8 /* bytes of each part of a request */

static const char line[] = "Smile from the server\n"; /* as in load.c */

static struct sockaddr_in
address(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET };

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a.sin_port = htons((in_port_t)port);
	return a;
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* --- the server --- */

static void
send_line(int fd, long long size)
{
	(void)size;
	if (write(fd, line, sizeof(line) - 1) == -1)
		warn("write");
}

static void
send_bulk(int fd, long long size)
{
	int file = memfd_create("bulk", MFD_CLOEXEC);
	ssize_t n = 1;

	if (file == -1 || ftruncate(file, CHUNK) == -1)
		err(1, "memfd_create");
	for (; size > 0 && n > 0; size -= n) {
		off_t at = 0;

		n = sendfile(
		    fd, file, &at, size < CHUNK ? (size_t)size : CHUNK);
	}
	close(file);
}

static void
send_back(int fd, long long size)
{
	char buf[4096];
	ssize_t n;

	(void)size;
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		if (write(fd, buf, (size_t)n) == -1)
			break;
}

static void __attribute__((noreturn))
serve_one(int port, void (*answer)(int, long long), long long size)
{
	struct sockaddr_in at = address(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1, client;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) == -1 ||
	    listen(fd, 4096) == -1)
		err(1, "port %d", port);
	for (;;) {
		if ((client = accept(fd, NULL, NULL)) == -1)
			err(1, "accept");
		setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		answer(client, size);
		close(client);
	}
}

static int
serve(char *argv[])
{
	int port = atoi(argv[0]);
	long long size = atoll(argv[1]);

	signal(SIGPIPE, SIG_IGN);
	if (fork() == 0)
		serve_one(port + 1, send_bulk, size);
	if (fork() == 0)
		serve_one(port + 2, send_back, size);
	serve_one(port, send_line, size);
}

/* --- the clients --- */

static int
connect_to(int port)
{
	struct sockaddr_in to = address(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == -1)
		err(1, "port %d", port);
	return fd;
}

static void
take(int port, long long size)
{
	int fd = connect_to(port);
	long long got = 0;
	ssize_t n;

	while ((n = recv(fd, NULL, CHUNK, MSG_TRUNC)) > 0)
		got += n;
	if (n == -1 || got != size)
		errx(1, "%lld bytes of %lld", got, size);
	close(fd);
}

static int
rate(char *argv[])
{
	long long size = atoll(argv[1]);
	double start = now();

	take(atoi(argv[0]), size);
	printf("%.1f\n", (double)size / 1e6 / (now() - start));
	return 0;
}

/*
 * The usage of PID and its descendants without clients.  A session of an
 * earlier client may still be ending: nothing tells when, so the smallest of
 * some counts of processes is taken.
 */
static struct usage
usage_idle(int pid)
{
	struct usage least = usage_of(pid), u;
	int tries;

	for (tries = 0; tries < 20; tries++) {
		usleep(10000);
		u = usage_of(pid);
		if (u.processes <= least.processes)
			least = u;
	}
	return least;
}

/* In us: what PID and its descendants have used since BEFORE. */
static double
used_since(int pid, const struct usage *before)
{
	struct usage after = usage_of(pid);
	int tries;

	for (tries = 0; after.processes > before->processes && tries < 1000;
	     tries++) {
		usleep(10000);
		after = usage_of(pid);
	}
	return (double)(after.ticks - before->ticks) * 1e6 /
	    (double)sysconf(_SC_CLK_TCK);
}

static int
cpu(char *argv[])
{
	int pid = atoi(argv[0]);
	long long size = atoll(argv[2]);
	struct usage before = usage_idle(pid);

	take(atoi(argv[1]), size);
	printf("%.1f\n", used_since(pid, &before) / ((double)size / 1e6));
	return 0;
}

static int
calls(char *argv[])
{
	int pid = atoi(argv[0]), port = atoi(argv[1]), n = atoi(argv[2]), i;
	struct usage before = usage_idle(pid);

	for (i = 0; i < n; i++)
		take(port, sizeof(line) - 1);
	printf("%.1f\n", used_since(pid, &before) / n);
	return 0;
}

static int
trips(char *argv[])
{
	int fd = connect_to(atoi(argv[0])), n = atoi(argv[1]), i, on = 1;
	char buf[2 * PART] = "";
	double start = now();

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	for (i = 0; i < n; i++)
		if (write(fd, buf, PART) != PART ||
		    write(fd, buf + PART, PART) != PART ||
		    recv(fd, buf, sizeof(buf), MSG_WAITALL) != sizeof(buf))
			err(1, "number %d", i);
	printf("%.1f\n", (now() - start) * 1e6 / n);
	return 0;
}

static const struct {
	const char *name;
	int args;
	int (*run)(char *argv[]);
} modes[] = {
	{ "serve", 2, serve },
	{ "rate", 2, rate },
	{ "cpu", 3, cpu },
	{ "calls", 3, calls },
	{ "trips", 2, trips },
};

int
main(int argc, char *argv[])
{
	size_t i;

	for (i = 0; argc > 2 && i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(argv[1], modes[i].name) == 0 &&
		    argc == 2 + modes[i].args)
			return modes[i].run(argv + 2);
	errx(2,
	    "usage: forward serve PORT SIZE | rate PORT SIZE | "
	    "cpu PID PORT SIZE | calls PID PORT N | trips PORT N");
}
