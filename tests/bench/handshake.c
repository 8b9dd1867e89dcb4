/*
 * handshake.c -- measure TLS 1.3 handshakes.
 *
 *	handshake serve PORT CERT KEY
 *		the smallest possible server: for each client a fork, a
 *		handshake, a line and the end
 *	handshake separated PORT CERT KEY
 *		the same with a signer, a relay and a session's process
 *	handshake serve-echo | separated-echo PORT CERT KEY
 *		servers that echo
 *	handshake rate WHERE AT-ONCE N
 *		print clients per second: N, AT-ONCE at a time, that read the
 *		line and the end
 *	handshake cpu PID WHERE N
 *		print the microseconds of CPU that process PID and its
 *		descendants use for each client, one after the other: N
 *		clients, and N more until the kernel, which counts in ticks,
 *		has counted enough
 *	handshake memory PID WHERE N unique|PSS
 *		print by how many kB the memory of process PID and its
 *		descendants grows for each of N idle clients of a server that
 *		echoes
 *	handshake bulk receive|send WHERE BYTES
 *		print the MB per second of a server that sends BYTES, or reads
 *		them and then sends their number
 *	handshake bulk-cpu PID receive|send WHERE BYTES
 *		print the microseconds of CPU that process PID and its
 *		descendants use for each MB
 *
 * Clients offer one cipher, one group and one signature for each kind of key,
 * so that every server does the same work; socat has no other group.  They
 * never resume a session, and fail if a server sends a ticket, unless
 * HANDSHAKE_TICKETS is in the environment.
 */

#include <sys/wait.h>

#include <err.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/handshake.h"
#include "tests/bench/usage.h"
#include "tests/e2e/tlsclient.h"

#define PRIORITY                                                            \
	"NONE:+VERS-TLS1.3:+AES-256-GCM:+AEAD:+GROUP-SECP256R1:+CTYPE-X509" \
	":+SIGN-ECDSA-SECP256R1-SHA256:+SIGN-RSA-PSS-RSAE-SHA256"           \
	":%NO_TICKETS"
#define WORKERS_MAX 64
#define CHUNK 16384

/* Run one client.  It must read LINE and then the end. */
static void
call(const char *where)
{
	char answer[sizeof(LINE) + 1];
	struct tlsclient c;
	size_t got = 0;
	ssize_t n;

	tlsclient_open(&c, where);
	while (got < sizeof(answer) &&
	    (n = tlsclient_receive(&c, answer + got, sizeof(answer) - got)) > 0)
		got += (size_t)n;
	if (got != strlen(LINE) || memcmp(answer, LINE, got) != 0)
		errx(1, "%s: not the line that a server says", where);
	if ((gnutls_session_get_flags(c.tls) & GNUTLS_SFLAGS_SESSION_TICKET) &&
	    getenv("HANDSHAKE_TICKETS") == NULL)
		errx(1, "%s: the server sent a ticket", where);
	gnutls_bye(c.tls, GNUTLS_SHUT_WR);
	tlsclient_drop(&c);
}

/* Wait until every process of the clients has been reaped. */
static struct usage
wait_quiet(int pid, int processes)
{
	struct usage u;
	int tries;

	for (tries = 0; tries < 1000; tries++) {
		u = usage_of(pid);
		if (u.processes - u.zombies <= processes)
			return u;
		usleep(10000);
	}
	errx(2, "the clients' processes do not end");
}

/* Fewer ticks than this tell nothing: each is rounded. */
#define MIN_TICKS 10
#define MAX_BATCHES 100

static int
cpu(char *argv[])
{
	int pid = atoi(argv[0]), n = atoi(argv[2]), batches, i;
	struct usage before, after;
	unsigned long long ticks = 0;

	call(argv[1]); /* first call, not counted */
	usleep(200000);
	before = wait_quiet(pid, 64);
	for (batches = 0; ticks < MIN_TICKS; batches++) {
		if (batches == MAX_BATCHES)
			errx(2, "process %d used %llu ticks for %d clients",
			    pid, ticks, batches * n);
		for (i = 0; i < n; i++)
			call(argv[1]);
		after = wait_quiet(pid, before.processes);
		ticks = after.ticks - before.ticks;
	}
	printf("%.1f\n",
	    1e6 * (double)ticks / (double)sysconf(_SC_CLK_TCK) / (batches * n));
	return 0;
}

/* Open N sessions at once that get an echo. */
static struct tlsclient *
open_idle(const char *where, int n)
{
	struct tlsclient *c = calloc((size_t)n, sizeof(*c));
	char byte = 'e';
	int i;

	if (c == NULL)
		err(2, NULL);
	for (i = 0; i < n; i++) {
		tlsclient_open(&c[i], where);
		must(tlsclient_send(&c[i], &byte, 1), "send");
		if (tlsclient_receive(&c[i], &byte, 1) != 1)
			errx(1, "%s: no echo", where);
	}
	return c;
}

static void
end_idle(struct tlsclient *c, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		gnutls_bye(c[i].tls, GNUTLS_SHUT_WR);
		tlsclient_drop(&c[i]);
	}
	free(c);
}

static int
memory(char *argv[])
{
	int pid = atoi(argv[0]), n = atoi(argv[2]);
	struct memory before, after;
	struct tlsclient *first, *c;
	struct usage quiet = usage_of(pid);

	/*
	 * Pages are shared from the first fork on, and the first session may
	 * leave memory behind, so that one is there in both cases.
	 */
	first = open_idle(argv[1], 1);
	before = memory_of(pid);
	c = open_idle(argv[1], n);
	after = memory_of(pid);
	end_idle(c, n);
	end_idle(first, 1);
	wait_quiet(pid, quiet.processes - quiet.zombies);
	printf("%.1f\n",
	    (strcmp(argv[3], "PSS") == 0 ? after.pss - before.pss
					 : after.unique - before.unique) /
		n);
	return 0;
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* One of those clients that run at a time: N sessions. */
static _Noreturn void
work(const char *where, int n, int ready, int start)
{
	char byte = 'r';

	call(where); /* first call, not counted */
	if (write(ready, &byte, 1) != 1 || read(start, &byte, 1) != 0)
		_exit(2);
	while (n-- > 0)
		call(where);
	_exit(0);
}

static int
rate(char *argv[])
{
	int at_once = atoi(argv[1]), n = atoi(argv[2]), each, i, status;
	int ready[2], start[2];
	double began;
	char byte;

	if (at_once < 1 || at_once > WORKERS_MAX || n < at_once)
		errx(2, "1 to %d at once", WORKERS_MAX);
	each = n / at_once;
	if (pipe(ready) == -1 || pipe(start) == -1)
		err(2, "pipe");
	for (i = 0; i < at_once; i++) {
		switch (fork()) {
		case -1:
			err(2, "fork");
		case 0:
			close(start[1]);
			close(ready[0]);
			work(argv[0], each, ready[1], start[0]);
		}
	}
	close(ready[1]);
	for (i = 0; i < at_once; i++)
		if (read(ready[0], &byte, 1) != 1)
			errx(1, "a client failed");
	began = now();
	close(start[1]);
	for (i = 0; i < at_once; i++)
		if (wait(&status) == -1 || status != 0)
			errx(1, "a client failed");
	printf("%.1f\n", each * at_once / (now() - began));
	return 0;
}

/* Receive SIZE bytes, and then the end. */
static void
receive(const char *where, long long size)
{
	static char buf[CHUNK];
	struct tlsclient c;
	long long got = 0;
	ssize_t n;

	tlsclient_open(&c, where);
	while ((n = tlsclient_receive(&c, buf, sizeof(buf))) > 0)
		got += n;
	if (got != size)
		errx(1, "%lld bytes of %lld", got, size);
	gnutls_bye(c.tls, GNUTLS_SHUT_WR);
	tlsclient_drop(&c);
}

/* Send SIZE bytes and the end, and receive their number. */
static void
send_all(const char *where, long long size)
{
	static char buf[CHUNK];
	long long left = size;
	struct tlsclient c;
	char answer[32];
	ssize_t n;

	tlsclient_open(&c, where);
	for (; left > 0; left -= n) {
		n = left < CHUNK ? (ssize_t)left : CHUNK;
		must(tlsclient_send(&c, buf, (size_t)n), "send");
	}
	must(gnutls_bye(c.tls, GNUTLS_SHUT_WR), "the end");
	if ((n = tlsclient_receive(&c, answer, sizeof(answer) - 1)) <= 0)
		errx(1, "%s: no answer", where);
	answer[n] = '\0';
	if (atoll(answer) != size)
		errx(1, "%s of %lld bytes", answer, size);
	tlsclient_drop(&c);
}

static void
transfer(const char *direction, const char *where, long long size)
{
	if (strcmp(direction, "receive") == 0)
		receive(where, size);
	else if (strcmp(direction, "send") == 0)
		send_all(where, size);
	else
		errx(2, "%s: neither receive nor send", direction);
}

static int
bulk(char *argv[])
{
	long long size = atoll(argv[2]);
	double began = now();

	transfer(argv[0], argv[1], size);
	printf("%.1f\n", (double)size / 1e6 / (now() - began));
	return 0;
}

static int
bulk_cpu(char *argv[])
{
	int pid = atoi(argv[0]), processes;
	long long size = atoll(argv[3]), moved = 0;
	struct usage before = usage_of(pid), after;

	processes = before.processes - before.zombies;
	do {
		if (moved == MAX_BATCHES * size)
			errx(2, "process %d used no time", pid);
		transfer(argv[1], argv[2], size);
		moved += size;
		after = wait_quiet(pid, processes);
	} while (after.ticks - before.ticks < MIN_TICKS);
	printf("%.1f\n",
	    1e6 * (double)(after.ticks - before.ticks) /
		(double)sysconf(_SC_CLK_TCK) / ((double)moved / 1e6));
	return 0;
}

static int
serve_line(char *argv[])
{
	return serve(argv, false);
}

static int
serve_echo(char *argv[])
{
	return serve(argv, true);
}

static int
separated_line(char *argv[])
{
	return separated(argv, false);
}

static int
separated_echo(char *argv[])
{
	return separated(argv, true);
}

static const struct {
	const char *name;
	int nargs;
	int (*run)(char *argv[]);
} roles[] = {
	{ "serve", 3, serve_line },
	{ "serve-echo", 3, serve_echo },
	{ "separated", 3, separated_line },
	{ "separated-echo", 3, separated_echo },
	{ "rate", 3, rate },
	{ "cpu", 3, cpu },
	{ "memory", 4, memory },
	{ "bulk", 3, bulk },
	{ "bulk-cpu", 4, bulk_cpu },
};

int
main(int argc, char *argv[])
{
	size_t i;

	signal(SIGPIPE, SIG_IGN);
	setenv("TLS_PRIORITY", PRIORITY, 0);
	for (i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		if (argc != roles[i].nargs + 2 ||
		    strcmp(argv[1], roles[i].name) != 0)
			continue;
		tlsclient_init();
		return roles[i].run(argv + 2);
	}
	errx(2,
	    "usage: handshake serve | serve-echo | separated | "
	    "separated-echo PORT CERT KEY |\n"
	    "    rate WHERE AT-ONCE N | cpu PID WHERE N |\n"
	    "    memory PID WHERE N unique|PSS |\n"
	    "    bulk receive|send WHERE BYTES |\n"
	    "    bulk-cpu PID receive|send WHERE BYTES");
}
