/*
 * handshake.c -- measure TLS handshakes.
 *
 *	handshake serve PORT CERT KEY
 *		the smallest possible server: for each client a fork, a
 *		handshake, a line and the end
 *	handshake cpu PID WHERE N
 *		print the microseconds of CPU that process PID and its
 *		descendants use for each client, one after the other,
 *		without resumption: N clients, and N more until the kernel,
 *		which counts in ticks, has counted enough
 *	handshake hold WHERE N
 *		N clients that read a line of the server and wait; prints "open"
 *
 * The server has one process for everything: no signer and no sandbox.
 */

#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <err.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/usage.h"
#include "tests/e2e/tlsclient.h"

#define LINE "Smile from the server\n"

/* --- the server --- */

struct server {
	gnutls_certificate_credentials_t credentials;
	gnutls_priority_t priority;
};

static void
must(int result, const char *what)
{
	if (result < 0)
		errx(2, "%s: %s", what, gnutls_strerror(result));
}

static int
listen_at(const char *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd, on = 1;

	if ((fd = socket(AF_INET, SOCK_STREAM, 0)) == -1)
		err(2, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(fd, 1024) == -1)
		err(2, "listen at %s", port);
	return fd;
}

static void
serve_client(const struct server *s, int fd)
{
	gnutls_session_t tls;
	char rest[256];
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	must(gnutls_init(&tls, GNUTLS_SERVER | GNUTLS_NO_TICKETS), "session");
	must(gnutls_priority_set(tls, s->priority), "priority");
	must(
	    gnutls_credentials_set(tls, GNUTLS_CRD_CERTIFICATE, s->credentials),
	    "credentials");
	gnutls_transport_set_int(tls, fd);
	must(gnutls_handshake(tls), "handshake");
	must((int)gnutls_record_send(tls, LINE, strlen(LINE)), "send");
	gnutls_bye(tls, GNUTLS_SHUT_WR);
	/* close(2) with unread input would reset the connection. */
	while (gnutls_record_recv(tls, rest, sizeof(rest)) > 0)
		;
	_exit(0);
}

static int
serve(char *argv[])
{
	struct server s;
	int listener, fd;

	must(gnutls_certificate_allocate_credentials(&s.credentials),
	    "credentials");
	must(gnutls_certificate_set_x509_key_file(
		 s.credentials, argv[1], argv[2], GNUTLS_X509_FMT_PEM),
	    argv[1]);
	must(gnutls_priority_init(
		 &s.priority, "NORMAL:-VERS-ALL:+VERS-TLS1.3", NULL),
	    "priority");
	listener = listen_at(argv[0]);
	for (;;) {
		if ((fd = accept(listener, NULL, NULL)) == -1)
			err(2, "accept");
		switch (fork()) {
		case -1:
			err(2, "fork");
		case 0:
			close(listener);
			serve_client(&s, fd);
		}
		close(fd);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}

/* --- the clients --- */

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

static int
hold(char *argv[])
{
	int n = atoi(argv[1]), i;
	struct tlsclient *c = calloc((size_t)n, sizeof(*c));
	char byte;

	if (c == NULL)
		err(2, NULL);
	for (i = 0; i < n; i++) {
		tlsclient_open(&c[i], argv[0]);
		if (tlsclient_receive(&c[i], &byte, 1) != 1)
			errx(1, "%s: no answer", argv[0]);
	}
	puts("open");
	fflush(stdout);
	pause();
	return 0;
}

static const struct {
	const char *name;
	int nargs;
	int (*run)(char *argv[]);
} roles[] = {
	{ "serve", 3, serve },
	{ "cpu", 3, cpu },
	{ "hold", 2, hold },
};

int
main(int argc, char *argv[])
{
	size_t i;

	signal(SIGPIPE, SIG_IGN);
	tlsclient_init();
	for (i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (argc == roles[i].nargs + 2 &&
		    strcmp(argv[1], roles[i].name) == 0)
			return roles[i].run(argv + 2);
	errx(2,
	    "usage: handshake serve PORT CERT KEY | cpu PID WHERE N | "
	    "hold WHERE N");
}
