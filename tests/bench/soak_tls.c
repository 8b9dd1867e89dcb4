/*
 * soak_tls.c -- the clients of the soak that speak TLS, well or badly.
 *
 *	soak_tls SEED FIRST N SECONDS all|calm|good
 *
 * As "soak load" (soak.c), with the same lines for clients; but these come from
 * 127.192.0.0/10, and instead of an address in a PROXY header a line has the
 * common name of the certificate that the server has shown, or "-".  RESULT is
 * also "refused": the server ended the connection before the client got a byte.
 *
 * Each client verifies the server: a certificate of another key, or of
 * another CA, is "wrong".  Certificates are in $pki: root.pem, the CA;
 * NAME.pem and NAME.key of the clients.
 */

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/addr.h"
#include "lib/io.h"
#include "soak.h"

#define AT_ONCE 100
#define PATIENCE (60 * SECOND)
#define SERVER_NAME "www.example.org"

enum manner {
	GOOD,	   /* close_notify after the payload */
	TRUNCATES, /* FIN without it */
	REFUSED,   /* its certificate is wrong: it must not be served */
	STALLS,	   /* sends a part of its first message, and waits */
	RESETS,	   /* RST at some point of the handshake */
	PLAIN,	   /* does not speak TLS */
};

/* One kind: WEIGHT of a hundred clients. */
struct tls_kind {
	const char *name;
	unsigned int weight, port;
	enum manner manner;
	const char *certificate; /* NULL: none */
	gnutls_certificate_credentials_t credentials;
};

static struct tls_kind kinds[] = {
	{ "tls-echo", 25, SECURE, GOOD, NULL, NULL },
	{ "tls-cat", 20, IDENTIFIED, GOOD, "alice", NULL },
	{ "tls-truncated", 15, IDENTIFIED, TRUNCATES, "alice", NULL },
	{ "tls-stalled", 12, SECURE, STALLS, NULL, NULL },
	{ "tls-reset", 6, SECURE, RESETS, NULL, NULL },
	{ "tls-unknown-ca", 6, IDENTIFIED, REFUSED, "stranger", NULL },
	{ "tls-expired", 6, IDENTIFIED, REFUSED, "expired", NULL },
	{ "tls-no-cert", 6, IDENTIFIED, REFUSED, NULL, NULL },
	{ "tls-plain", 4, SECURE, PLAIN, NULL, NULL },
};

enum step { HANDSHAKE, SENDING, READING, WAITING };

struct tls_client {
	const struct tls_kind *kind;
	struct client base; /* its number, chance, payload and times */
	enum step step;
	gnutls_session_t tls;
	size_t hold; /* bytes that it sends before it stalls or resets */
	bool held;   /* it has sent them */
	bool ended;  /* the server has closed, */
	char certificate[32];
};

static gnutls_priority_t priority;

static void
must(int result, const char *what)
{
	if (result < 0)
		errx(2, "%s: %s", what, gnutls_strerror(result));
}

static void
load_credentials(void)
{
	const char *dir = getenv("pki");
	char file[3][256];
	struct tls_kind *k;

	if (dir == NULL)
		errx(2, "no $pki");
	must(gnutls_priority_init(&priority, "NORMAL", NULL), "priority");
	for (k = kinds; k < kinds + sizeof(kinds) / sizeof(kinds[0]); k++) {
		snprintf(file[0], sizeof(file[0]), "%s/root.pem", dir);
		must(gnutls_certificate_allocate_credentials(&k->credentials),
		    "credentials");
		must(gnutls_certificate_set_x509_trust_file(
			 k->credentials, file[0], GNUTLS_X509_FMT_PEM),
		    file[0]);
		if (k->certificate == NULL)
			continue;
		snprintf(
		    file[1], sizeof(file[1]), "%s/%s.pem", dir, k->certificate);
		snprintf(
		    file[2], sizeof(file[2]), "%s/%s.key", dir, k->certificate);
		must(gnutls_certificate_set_x509_key_file(
			 k->credentials, file[1], file[2], GNUTLS_X509_FMT_PEM),
		    file[1]);
	}
}

/* --- one client --- */

static ssize_t
push(gnutls_transport_ptr_t arg, const void *data, size_t len)
{
	struct tls_client *c = arg;
	ssize_t n;

	if (c->kind->manner == STALLS || c->kind->manner == RESETS) {
		if (len >= c->hold)
			len = c->hold;
		c->hold -= len;
		c->held = c->hold == 0;
		if (len == 0) {
			gnutls_transport_set_errno(c->tls, EAGAIN);
			return -1;
		}
	}
	if ((n = send(c->base.fd, data, len, MSG_NOSIGNAL)) == -1)
		gnutls_transport_set_errno(c->tls, errno);
	return n;
}

static void
come_from(struct client *c)
{
	unsigned int n = (unsigned int)c->number;
	struct addr from, to;
	char host[32];
	int on = 1;

	snprintf(host, sizeof(host), "127.%u.%u.%u", 192 + (n >> 16 & 63),
	    n >> 8 & 255, n & 255);
	addr_from_numeric(&from, host, 0);
	addr_from_numeric(&to, "127.0.0.1", c->port);
	if ((c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		err(1, "socket");
	setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	if (bind(c->fd, &from.sa, from.len) == -1)
		err(1, "bind");
	c->unconnected = connect(c->fd, &to.sa, to.len) == -1;
	if (c->unconnected && errno != ECONNREFUSED)
		err(1, "client %lu", c->number);
	if (getsockname(c->fd, &from.sa, &from.len) == -1 ||
	    fcntl(c->fd, F_SETFL, O_NONBLOCK) == -1)
		err(1, "client %lu", c->number);
	addr_print(&from, c->who, sizeof(c->who));
}

static const struct tls_kind *
choose_kind(unsigned int of_hundred, enum choice choice)
{
	const struct tls_kind *k = kinds;

	for (; of_hundred >= k->weight; k++)
		of_hundred -= k->weight;
	if ((choice != ALL && k->manner > TRUNCATES) ||
	    (choice == GOOD_ONLY && k->manner != GOOD))
		k = kinds;
	return k;
}

static void
begin(struct tls_client *c, uint64_t seed, unsigned long number,
    enum choice choice, int64_t now)
{
	*c = (struct tls_client) { .certificate = "-" };
	client_init(&c->base, seed, number + (1UL << 32));
	c->base.number = number;
	c->kind = choose_kind(client_chance(&c->base, 100), choice);
	c->base.port = c->kind->port;
	c->base.deadline = now + PATIENCE;
	c->base.payload_len = 1 + client_chance(&c->base, 8192);
	/* A client that resets may have finished its handshake. */
	c->hold =
	    client_chance(&c->base, c->kind->manner == STALLS ? 200 : 600);
	come_from(&c->base);
	if (c->base.unconnected || c->kind->manner == PLAIN)
		return;
	must(gnutls_init(
		 &c->tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL),
	    "session");
	must(gnutls_priority_set(c->tls, priority), "priority");
	must(gnutls_credentials_set(
		 c->tls, GNUTLS_CRD_CERTIFICATE, c->kind->credentials),
	    "credentials");
	gnutls_session_set_verify_cert(c->tls, SERVER_NAME, 0);
	gnutls_transport_set_ptr2(
	    c->tls, (gnutls_transport_ptr_t)(intptr_t)c->base.fd, c);
	gnutls_transport_set_push_function(c->tls, push);
	gnutls_handshake_set_timeout(c->tls, GNUTLS_INDEFINITE_TIMEOUT);
}

static void
note_certificate(struct tls_client *c)
{
	const gnutls_datum_t *chain;
	gnutls_x509_crt_t crt;
	unsigned int n;
	size_t size = sizeof(c->certificate);

	if ((chain = gnutls_certificate_get_peers(c->tls, &n)) == NULL)
		return;
	must(gnutls_x509_crt_init(&crt), "certificate");
	if (gnutls_x509_crt_import(crt, chain, GNUTLS_X509_FMT_DER) < 0 ||
	    gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0,
		0, c->certificate, &size) < 0)
		strlcpy(c->certificate, "unnamed", sizeof(c->certificate));
	gnutls_x509_crt_deinit(crt);
}

static const char *
result_of(const struct tls_client *c)
{
	if (c->base.unconnected)
		return "unconnected";
	if (c->base.wrong)
		return "wrong";
	if (clock_now() >= c->base.deadline)
		return "late";
	if (c->kind->manner == RESETS && !c->ended)
		return "left";
	if (c->base.got == 0 && c->ended && c->kind->manner != GOOD &&
	    c->kind->manner != TRUNCATES)
		return "refused";
	return c->base.clean && c->base.got == c->base.payload_len ? "full"
								   : "short";
}

static void
finish(struct tls_client *c)
{
	struct linger l = { .l_onoff = 1, .l_linger = 0 };

	printf("%s %s %s %s %s\n", c->kind->name,
	    c->kind->manner == GOOD ? "normal" : "odd", result_of(c),
	    c->base.who, c->certificate);
	if (c->kind->manner == RESETS)
		setsockopt(c->base.fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	if (c->tls != NULL)
		gnutls_deinit(c->tls);
	close(c->base.fd);
	c->base.fd = -1;
}

/* These return whether the client goes on; false: it has ended. */

/* Read what comes while the client waits for the server to close. */
static bool
wait_for_end(struct tls_client *c)
{
	char buf[4096];
	ssize_t n = recv(c->base.fd, buf, sizeof(buf), 0);

	c->ended = n == 0 || (n == -1 && errno != EAGAIN);
	return !c->ended;
}

static bool
say_plain(struct tls_client *c)
{
	static const char text[] = "GET / HTTP/1.0\r\n\r\n";

	c->step = WAITING;
	return send(c->base.fd, text, sizeof(text) - 1, MSG_NOSIGNAL) != -1 ||
	    wait_for_end(c);
}

static bool
shake_hands(struct tls_client *c)
{
	int n;

	if (c->kind->manner == PLAIN)
		return say_plain(c);
	n = gnutls_handshake(c->tls);
	if (c->held) {
		c->step = WAITING;
		return c->kind->manner != RESETS;
	}
	if (n == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR)
		c->base.wrong = true;
	if (n < 0 && gnutls_error_is_fatal(n)) {
		c->ended = true;
		return false;
	}
	if (n < 0)
		return true;
	note_certificate(c);
	c->step = SENDING;
	return c->kind->manner != RESETS;
}

static bool
send_some(struct tls_client *c)
{
	struct client *b = &c->base;
	char buf[4096];
	size_t len = 0;
	ssize_t n;

	while (len < sizeof(buf) && b->sent + len < b->payload_len) {
		buf[len] = client_byte(b, b->sent + len);
		len++;
	}
	/* After EAGAIN, GnuTLS sends what it has kept of the same bytes. */
	n = gnutls_record_send(c->tls, buf, len);
	if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED)
		return true;
	/* If the server has closed, reading finds it. */
	b->sent = n < 0 ? b->payload_len : b->sent + (size_t)n;
	if (b->sent < b->payload_len)
		return true;
	c->step = READING;
	if (c->kind->manner == GOOD)
		gnutls_bye(c->tls, GNUTLS_SHUT_WR);
	else if (c->kind->manner == TRUNCATES)
		shutdown(b->fd, SHUT_WR);
	return true;
}

static bool
read_some(struct tls_client *c)
{
	struct client *b = &c->base;
	char buf[16384];
	ssize_t n, i;

	n = gnutls_record_recv(c->tls, buf, sizeof(buf));
	if (n < 0 && !gnutls_error_is_fatal((int)n))
		return true;
	if (n <= 0) {
		b->clean = n == 0;
		c->ended = true;
		return false;
	}
	/* The server has accepted a certificate that it must refuse. */
	b->wrong = c->kind->manner == REFUSED;
	for (i = 0; i < n; i++, b->got++)
		if (b->got >= b->payload_len ||
		    buf[i] != client_byte(b, b->got))
			b->wrong = true;
	return !b->wrong;
}

static bool
go_on(struct tls_client *c)
{
	if (c->step == HANDSHAKE && !shake_hands(c))
		return false;
	if (c->step == SENDING && !send_some(c))
		return false;
	if (c->step == READING)
		return read_some(c);
	return c->step != WAITING || wait_for_end(c);
}

static unsigned int
wanted_events(const struct tls_client *c)
{
	if (c->step == SENDING ||
	    (c->step == HANDSHAKE && !c->held && c->tls != NULL &&
		gnutls_record_get_direction(c->tls) == 1))
		return EPOLLIN | EPOLLOUT;
	return EPOLLIN;
}

static void
watch(int epoll, struct tls_client *c, int op)
{
	struct epoll_event ev = { .data.ptr = c, .events = wanted_events(c) };

	if (epoll_ctl(epoll, op, c->base.fd, &ev) == -1)
		err(1, "epoll_ctl");
}

/* --- all clients --- */

/* Returns whether it goes on. */
static bool
start(int epoll, struct tls_client *c)
{
	if (c->base.unconnected || !go_on(c)) {
		finish(c);
		return false;
	}
	watch(epoll, c, EPOLL_CTL_ADD);
	return true;
}

static unsigned int
turn(int epoll)
{
	struct epoll_event events[64];
	unsigned int ended = 0;
	struct tls_client *c;
	int i, n = epoll_wait(epoll, events, 64, 5);

	for (i = 0; i < n; i++) {
		c = events[i].data.ptr;
		if (go_on(c)) {
			watch(epoll, c, EPOLL_CTL_MOD);
			continue;
		}
		finish(c);
		ended++;
	}
	return ended;
}

static unsigned int
pass_time(struct tls_client *all, int64_t now)
{
	unsigned int ended = 0;
	size_t i;

	for (i = 0; i < AT_ONCE; i++)
		if (all[i].base.fd != -1 && now >= all[i].base.deadline) {
			finish(&all[i]);
			ended++;
		}
	return ended;
}

static int
load(char **argv)
{
	static struct tls_client all[AT_ONCE];
	uint64_t seed = strtoull(argv[0], NULL, 10);
	unsigned long first = strtoul(argv[1], NULL, 10),
		      n = strtoul(argv[2], NULL, 10), begun = 0;
	int64_t from = clock_now(), now, length = atoi(argv[3]) * SECOND;
	enum choice choice = choice_of(argv[4]);
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	unsigned int open = 0, i;

	for (i = 0; i < AT_ONCE; i++)
		all[i].base.fd = -1;
	while (begun < n || open > 0) {
		now = clock_now();
		for (i = 0; i < AT_ONCE && begun < n &&
		     (int64_t)(begun * (uint64_t)length / n) <= now - from;
		     i++) {
			if (all[i].base.fd != -1)
				continue;
			begin(&all[i], seed, first + begun, choice, now);
			begun++;
			open += start(epoll, &all[i]);
		}
		open -= turn(epoll);
		open -= pass_time(all, clock_now());
	}
	return ferror(stdout) || fflush(stdout) == EOF;
}

int
main(int argc, char **argv)
{
	if (argc != 6)
		errx(2, "usage: soak_tls SEED FIRST N SECONDS all|calm|good");
	signal(SIGPIPE, SIG_IGN);
	load_credentials();
	return load(argv + 1);
}
