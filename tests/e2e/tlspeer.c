/*
 * tlspeer.c -- TLS clients with unusual behaviour.
 *
 * See tlsclient.h for WHERE and for the environment.
 */

#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/tlsclient.h"
#include "tests/e2e/tlsfuzz.h"

static void
write_all(const char *data, size_t len)
{
	if (fwrite(data, 1, len, stdout) != len || fflush(stdout) == EOF)
		err(2, "standard output");
}

/*
 * Copy received data to standard output, at most RATE bytes a second (0: no
 * limit).  Returns 0 after close_notify, 3 after an end without it, 4 after
 * anything else.
 */
static int
receive_all(struct tlsclient *c, size_t rate)
{
	char data[16384];
	size_t len = rate == 0 ? sizeof(data) : rate / 10 + 1;
	ssize_t n;

	if (len > sizeof(data))
		len = sizeof(data);
	while ((n = tlsclient_receive(c, data, len)) > 0) {
		write_all(data, (size_t)n);
		if (rate != 0)
			usleep(100000);
	}
	if (n == 0)
		return 0;
	warnx("receive: %s", gnutls_strerror((int)n));
	return n == GNUTLS_E_PREMATURE_TERMINATION ? 3 : 4;
}

/* The server has closed, and need not have read all: no error of the sender. */
static atomic_bool is_over;

static void
send_input(struct tlsclient *c)
{
	char data[16384];
	ssize_t n;
	int result;

	while ((n = read(STDIN_FILENO, data, sizeof(data))) > 0)
		if ((result = tlsclient_send(c, data, (size_t)n)) < 0) {
			if (!is_over)
				warnx("send: %s", gnutls_strerror(result));
			return;
		}
}

static void *
sender(void *arg)
{
	struct tlsclient *c = arg;

	send_input(c);
	gnutls_bye(c->tls, GNUTLS_SHUT_WR);
	return NULL;
}

static int
talk_with(struct tlsclient *c, size_t rate)
{
	pthread_t thread;
	int status;

	if ((errno = pthread_create(&thread, NULL, sender, c)) != 0)
		err(2, "thread");
	status = receive_all(c, rate);
	is_over = true;
	/* A server may close before it has read everything. */
	shutdown(c->fd, SHUT_RDWR);
	pthread_cancel(thread);
	pthread_join(thread, NULL);
	return status;
}

/* Copy both directions at once; send close_notify at the end of the input. */
static int
talk(int argc, char *argv[])
{
	struct tlsclient c;

	tlsclient_open(&c, argv[0]);
	return talk_with(&c, argc > 1 ? strtoul(argv[1], NULL, 10) : 0);
}

/* Send half of the first flight, and the rest after a line of the input. */
static ssize_t
push_late(gnutls_transport_ptr_t arg, const void *data, size_t len)
{
	const int fd = (int)(intptr_t)arg;
	static bool was_late;
	const char *p = data;
	size_t half = was_late ? 0 : len / 2;
	char byte = 0;

	if (half > 0) {
		was_late = true;
		if (send(fd, p, half, MSG_NOSIGNAL) == -1)
			return -1;
		fputs("half\n", stderr);
		while (byte != '\n' && read(STDIN_FILENO, &byte, 1) == 1)
			;
	}
	return send(fd, p + half, len - half, MSG_NOSIGNAL) == -1
	    ? -1
	    : (ssize_t)len;
}

/* Like talk, with a pause in the handshake. */
static int
late(int argc __attribute__((unused)), char *argv[])
{
	struct tlsclient c;
	int result;

	tlsclient_session(&c, tlsclient_connect(argv[0]));
	gnutls_transport_set_push_function(c.tls, push_late);
	if ((result = tlsclient_handshake(&c)) < 0)
		errx(1, "handshake: %s", gnutls_strerror(result));
	return talk_with(&c, 0);
}

/* Send the input, then FIN without close_notify; print the answer. */
static int
truncate_it(int argc __attribute__((unused)), char *argv[])
{
	struct tlsclient c;

	tlsclient_open(&c, argv[0]);
	send_input(&c);
	shutdown(c.fd, SHUT_WR);
	return receive_all(&c, 0);
}

/* Send the input, then reset the connection. */
static int
reset(int argc __attribute__((unused)), char *argv[])
{
	const struct linger now = { 1, 0 };
	struct tlsclient c;

	tlsclient_open(&c, argv[0]);
	send_input(&c);
	setsockopt(c.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	tlsclient_drop(&c);
	return 0;
}

/*
 * Ask N times for a new handshake, or with TLS 1.3 for new keys; then send the
 * input and print the answer.
 */
static int
renegotiate(int argc, char *argv[])
{
	int n = argc > 1 ? atoi(argv[1]) : 1, result = 0;
	struct tlsclient c;

	tlsclient_open(&c, argv[0]);
	while (n-- > 0 && result >= 0)
		if (gnutls_protocol_get_version(c.tls) == GNUTLS_TLS1_3)
			result =
			    gnutls_session_key_update(c.tls, GNUTLS_KU_PEER);
		else
			result = tlsclient_handshake(&c);
	if (result < 0) {
		warnx("renegotiate: %s", gnutls_strerror(result));
		return 5;
	}
	send_input(&c);
	gnutls_bye(c.tls, GNUTLS_SHUT_WR);
	return receive_all(&c, 0);
}

/* Whether every one of N sessions echoes a line. */
static bool
all_echo(struct tlsclient *c, size_t n, const char *line)
{
	size_t i, len = strlen(line), got;
	char answer[256];
	ssize_t r;

	for (i = 0; i < n; i++) {
		if (tlsclient_send(&c[i], line, len) < 0)
			return false;
		for (got = 0; got < len; got += (size_t)r)
			if ((r = tlsclient_receive(
				 &c[i], answer + got, len - got)) <= 0)
				return false;
		if (memcmp(answer, line, len) != 0)
			return false;
	}
	return true;
}

/*
 * Open N sessions with an echo server, and send each line of the input in all
 * of them.  At the end of the input close them.
 */
static int
hold(int argc, char *argv[])
{
	size_t i, n = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
	struct tlsclient *c = calloc(n, sizeof(*c));
	char line[256];

	if (c == NULL)
		err(2, NULL);
	for (i = 0; i < n; i++)
		tlsclient_open(&c[i], argv[0]);
	puts("open");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		puts(all_echo(c, n, line) ? "all echo" : "not all echo");
		fflush(stdout);
	}
	for (i = 0; i < n; i++) {
		gnutls_bye(c[i].tls, GNUTLS_SHUT_WR);
		tlsclient_drop(&c[i]);
	}
	return 0;
}

static int
fuzz(int argc, char *argv[])
{
	if (argc < 3)
		errx(2, "fuzz WHERE SEED COUNT");
	return tlsfuzz_run(
	    argv[0], strtoul(argv[1], NULL, 10), strtoul(argv[2], NULL, 10));
}

/*
 * Open N connections that send nothing, half of a ClientHello, or all of it,
 * and then wait.  Print a line when the server has closed all of them.
 */
static int
stall(int argc, char *argv[])
{
	size_t i, n = argc > 2 ? strtoul(argv[1], NULL, 10) : 1;
	int *fds = calloc(n, sizeof(*fds));
	char data[4096];

	if (fds == NULL || argc < 3)
		errx(2, "stall WHERE N nothing|half|all");
	for (i = 0; i < n; i++) {
		fds[i] = tlsclient_connect(argv[0]);
		tlsfuzz_hello(fds[i], argv[2]);
	}
	puts("open");
	fflush(stdout);
	for (i = 0; i < n; i++)
		while (read(fds[i], data, sizeof(data)) > 0)
			;
	puts("closed");
	return 0;
}

static const struct {
	const char *name;
	int (*run)(int argc, char *argv[]); /* WHERE and further arguments */
} roles[] = {
	{ "talk", talk },
	{ "late", late },
	{ "truncate", truncate_it },
	{ "reset", reset },
	{ "renegotiate", renegotiate },
	{ "hold", hold },
	{ "fuzz", fuzz },
	{ "stall", stall },
};

int
main(int argc, char *argv[])
{
	size_t i;

	if (argc < 3)
		errx(2, "usage: tlspeer ROLE WHERE [ARGUMENT...]");
	signal(SIGPIPE, SIG_IGN);
	tlsclient_init();
	for (i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (strcmp(argv[1], roles[i].name) == 0)
			return roles[i].run(argc - 2, argv + 2);
	errx(2, "%s: no such role", argv[1]);
}
