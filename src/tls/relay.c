/*
 * relay.c -- the process of a relay.
 *
 * begin() gives up privileges, files and most system calls; only then does the
 * relay read bytes of the client.
 */

#include "tls/relay.h"

#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "contain/confine.h"
#include "lib/fds.h"
#include "session/preamble.h"
#include "tls/facts.h"
#include "tls/handshake.h"
#include "tls/pump.h"
#include "tls/verify.h"

/* How long the relay waits for a message of the daemon. */
#define ANSWER_TIME (30 * SECOND)

/* How long a refused client has to receive the reason. */
#define REFUSAL_TIME SECOND

/* How long the daemon has to end a program, whatever its kill-grace is. */
#define HOLD (60 * SECOND)

struct relay {
	const struct relay_start *start;
	struct client client;
	struct addr local;
	enum proxy_kind preamble; /* PROXY_TCP also without one */
	struct handshake handshake;
	int stream;
};

/* --- the daemon --- */

static void
report(const struct relay *r, enum relay_type type, uint32_t number)
{
	message_send(r->start->channel, type, &number, sizeof(number), 0);
}

/*
 * Wait for one of the EXPECTED messages, with a payload of at most SIZE bytes.
 * Exits if none comes: the daemon has given up.
 */
static void
receive(const struct relay *r, uint32_t expected, struct message *m,
    void *payload, size_t size)
{
	int channel = r->start->channel;

	if (io_wait(channel, POLLIN, clock_now() + ANSWER_TIME) <= 0)
		_exit(EX_TEMPFAIL);
	if (message_receive(channel, relay_kinds, expected, m, payload, size,
		0) != MESSAGE_OK)
		_exit(EX_UNAVAILABLE);
}

/* --- the beginning --- */

/*
 * Close all descriptors but those that the relay needs.  The log is closed too:
 * a relay that is taken over could write to it.
 */
static void
close_others(const struct relay_start *start)
{
	int keep[3 + RELAY_IDENTITIES_MAX] = { start->fd, start->channel,
		start->signer };

	log_set_destination(0);
	memcpy(keep + 3, start->identities,
	    start->nidentities * sizeof(start->identities[0]));
	fds_close_others(keep, 3 + start->nidentities);
}

/* A short record must not wait for the client's acknowledgement. */
static void
set_no_delay(const struct relay_start *start)
{
	int on = 1;

	if (start->local.sa.sa_family != AF_UNIX)
		setsockopt(
		    start->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static void
begin(struct relay *r)
{
	const struct relay_start *start = r->start;
	const struct confinement c = { .name = "relay",
		.identity = start->user,
		.root = start->root >= 0 ? start->root : CONFINE_NO_FILES,
		.must = true,
		.limits = true,
		.parent = start->daemon };
	struct message m;

	setproctitle("relay %s", start->service->name);
	signal(SIGPIPE, SIG_IGN);
	set_no_delay(start);
	if (confine(&c) == -1)
		_exit(EX_NOPERM);
	close_others(start);
	if (confine_relaying(start->channel, start->signer) == -1)
		_exit(EX_OSERR);
	/* It has mostly come by now: waiting for it first costs a switch. */
	receive(r, MESSAGE_BIT(RELAY_GO), &m, NULL, 0);
}

/* --- refusals --- */

static void __attribute__((noreturn)) linger_and_leave(struct relay *r)
{
	handshake_flush(&r->handshake, clock_now() + REFUSAL_TIME);
	io_close_lingering(r->start->fd, REFUSAL_TIME);
	_exit(EX_NOPERM);
}

/* Send the busy-message over TLS. */
static void __attribute__((noreturn)) send_busy(struct relay *r)
{
	const struct tls_service *s = r->start->service;
	int64_t deadline = clock_now() + REFUSAL_TIME;
	size_t sent = 0;
	ssize_t n = 1;

	while (sent < s->busy_len && n > 0) {
		n = gnutls_record_send(
		    r->handshake.tls, s->busy + sent, s->busy_len - sent);
		sent += n > 0 ? (size_t)n : 0;
		handshake_flush(&r->handshake, deadline);
	}
	gnutls_bye(r->handshake.tls, GNUTLS_SHUT_WR);
	linger_and_leave(r);
}

static void __attribute__((noreturn))
refuse(struct relay *r, enum channel_answer answer)
{
	if (answer == CHANNEL_BUSY)
		send_busy(r);
	gnutls_alert_send(
	    r->handshake.tls, GNUTLS_AL_FATAL, GNUTLS_A_ACCESS_DENIED);
	linger_and_leave(r);
}

static void __attribute__((noreturn))
fail(struct relay *r, enum tls_fault fault)
{
	report(r, RELAY_FAULT, fault);
	linger_and_leave(r);
}

/* --- the preamble --- */

/*
 * A client that is refused here gets only an alert: a busy daemon must not do a
 * handshake to send a busy-message.
 */
static void __attribute__((noreturn)) refuse_early(struct relay *r)
{
	static const unsigned char alert[] = { 21, 3, 3, 0, 2, GNUTLS_AL_FATAL,
		GNUTLS_A_ACCESS_DENIED };

	tls_link_send(r->start->fd, alert, sizeof(alert));
	linger_and_leave(r);
}

static void
announce(struct relay *r, const struct proxy *header)
{
	struct channel_client c;
	struct message m;
	uint32_t answer;

	memset(&c, 0, sizeof(c));
	r->preamble = header->kind;
	if (header->kind == PROXY_TCP) {
		r->client.addr = header->client;
		r->local = header->server;
	}
	c.known = header->kind != PROXY_LOCAL;
	if (c.known)
		c.addr = r->client.addr;
	message_send(r->start->channel, RELAY_ANNOUNCE, &c, sizeof(c), 0);
	receive(r, MESSAGE_BIT(RELAY_ANSWER), &m, &answer, sizeof(answer));
	if (answer != CHANNEL_ADMITTED)
		refuse_early(r);
}

static void
pass_preamble(struct relay *r)
{
	const struct keeper_client *client = &r->start->client;
	enum proxy_fault fault;
	struct proxy header;

	if (!r->client.proxied)
		return;
	fault = preamble_read(r->start->fd, &header,
	    clock_sooner(client->accepted + PREAMBLE_TIME, client->deadline));
	if (fault != PROXY_FINE) {
		report(r, RELAY_PROXY_FAULT, fault);
		_exit(EX_PROTOCOL);
	}
	announce(r, &header);
}

/* --- the handshake and the client's identity --- */

static void
prove(struct relay *r, struct tls_session *session)
{
	struct verify v = { .service = r->start->service,
		.identities = r->start->identities,
		.nidentities = r->start->nidentities,
		.now = time(NULL) };
	gnutls_x509_crt_t leaf;
	enum tls_fault fault;

	fault = handshake_run(
	    &r->handshake, r->start->fd, r->start->client.deadline);
	if (fault != TLS_FINE)
		fail(r, fault);
	handshake_free(&r->handshake);
	close(r->start->signer);
	if ((fault = verify_session(&v, r->handshake.tls, &leaf)) != TLS_FINE) {
		handshake_refuse(&r->handshake, fault);
		fail(r, fault);
	}
	facts_collect(session, &r->local, &r->handshake, &v, leaf);
	session->preamble = r->preamble;
	if (leaf != NULL)
		gnutls_x509_crt_deinit(leaf);
}

/* Report the client, and receive the stream to the session's process. */
static void
get_session(struct relay *r)
{
	struct tls_session session;
	struct message m;
	uint32_t answer = 0;
	unsigned int i;

	prove(r, &session);
	for (i = 0; i < r->start->nidentities; i++)
		if (r->start->identities[i] != -1)
			close(r->start->identities[i]);
	message_send(
	    r->start->channel, RELAY_PROVED, &session, sizeof(session), 0);
	receive(r, MESSAGE_BIT(RELAY_SESSION) | MESSAGE_BIT(RELAY_ANSWER), &m,
	    &answer, sizeof(answer));
	if (m.type == RELAY_ANSWER)
		refuse(r, (enum channel_answer)answer);
	r->stream = m.fds[0];
}

/* --- the session --- */

static const unsigned char reasons[] = {
	[PUMP_CLOSED] = 0, /* a proper end is not reported */
	[PUMP_TRUNCATED] = RELAY_TRUNCATED,
	[PUMP_RESET] = RELAY_RESET,
	[PUMP_ALERT] = RELAY_BROKEN,
	[PUMP_BROKEN] = RELAY_BROKEN,
};

static void
notice(void *arg, enum pump_notice what, int alert)
{
	(void)alert;
	if (reasons[what] != 0)
		report(arg, RELAY_GONE, reasons[what]);
}

static void
count(void *arg, uint64_t in, uint64_t out, bool last)
{
	const struct relay *r = arg;
	struct relay_bytes b;

	memset(&b, 0, sizeof(b));
	b.in = in;
	b.out = out;
	b.last = last;
	/* The daemon closes the channel if it has waited for too long. */
	message_send(
	    r->start->channel, RELAY_BYTES, &b, sizeof(b), MSG_DONTWAIT);
}

static bool
is_cut(void *arg)
{
	const struct relay *r = arg;
	struct message m;

	return message_receive(r->start->channel, relay_kinds,
		   MESSAGE_BIT(RELAY_CUT), &m, NULL, 0,
		   MSG_DONTWAIT) == MESSAGE_OK;
}

void
relay_run(const struct relay_start *start)
{
	/* Not on the stack: most of its pages are never used. */
	static struct tls_link link;
	struct relay r = { .start = start,
		.client = start->client.client,
		.local = start->local,
		.handshake = { .service = start->service,
		    .key.signer = start->signer,
		    .link = &link,
		    .channel = start->channel } };
	struct pump pump = { .net = start->fd,
		.control = start->channel,
		.grace = RELAY_GRACE,
		/* Or the program would act on less than what was sent. */
		.hold_truncated = start->service->kills ? HOLD : 0,
		.hold_failed = start->service->kills || start->service->forwards
		    ? HOLD
		    : 0,
		.cut = is_cut,
		.notice = notice,
		.count = count,
		.arg = &r };

	begin(&r);
	pass_preamble(&r);
	get_session(&r);
	pump.tls = r.handshake.tls;
	pump.stream = r.stream;
	pump_run(&pump);
	_exit(EXIT_SUCCESS);
}
