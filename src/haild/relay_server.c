#include "haild/relay_server.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "haild/channel_server.h"
#include "haild/report.h"
#include "haild/session_start.h"
#include "lib/log.h"

#define BURST 64 /* events in a turn */

union payload {
	struct channel_client client;
	struct tls_session tls;
	struct relay_bytes bytes;
	uint32_t number;
};

struct child *
relay_child(const struct server *s, const struct relay *r)
{
	struct child *c = &s->children.slots[r->slot];

	return r->slot < s->children.used && c->serial == r->serial ? c : NULL;
}

static struct relay *
relay_of(const struct server *s, const struct child *c)
{
	return c->relay == 0
	    ? NULL
	    : relays_at(&s->relays, c->relay - 1,
		  (uint32_t)(c - s->children.slots), c->serial);
}

/* --- refusals --- */

void
relay_refuse(struct server *s, struct child *c, const struct refusal *why,
    const char *identity)
{
	c->refused = true;
	service_stats_refused(c->stats, why->reason);
	report_refused(&s->refusals, c->stats, &c->addr, c->uid, why, identity);
}

/* The relay of C sends its alert, or the busy-message, and exits. */
static void
expect_end(struct server *s, struct child *c, struct relay *r, int64_t now)
{
	relays_refused(&s->relays, r);
	if (c->ending == OUTCOME_NONE) {
		children_ready(c);
		children_expect(c, now + RELAY_GRACE);
	}
}

/* --- the kinds of messages; functions return false if one is invalid --- */

static void
answer(const struct relay *r, enum channel_answer answer)
{
	uint32_t n = answer;

	/* The buffer is empty: this fails only if the relay has exited. */
	message_send(r->channel, RELAY_ANSWER, &n, sizeof(n), MSG_DONTWAIT);
}

static bool
take_announce(struct server *s, struct relay *r, struct child *c,
    union payload *p, int64_t now)
{
	enum channel_answer a = channel_announced(s, c, &p->client);

	if (a == CHANNEL_NO_ANSWER)
		return false;
	answer(r, a);
	if (a != CHANNEL_ADMITTED)
		expect_end(s, c, r, now);
	return true;
}

static bool
take_proxy_fault(struct server *s, struct relay *r, struct child *c,
    union payload *p, int64_t now)
{
	if (!channel_proxy_fault(s, c, p->number))
		return false;
	expect_end(s, c, r, now);
	return true;
}

static bool
take_fault(struct server *s, struct relay *r, struct child *c, union payload *p,
    int64_t now)
{
	const struct refusal why = { REFUSED_TLS_FAULT, p->number };

	if (p->number == TLS_FINE || p->number >= TLS_NFAULTS)
		return false;
	if (p->number == TLS_SIGNER)
		keepers_renew(&s->keepers); /* the signer may hang */
	relay_refuse(s, c, &why, NULL);
	expect_end(s, c, r, now);
	return true;
}

/*
 * A relay may claim only identities that its service accepts.  SERVICE is as
 * configured now; NULL: it was removed since the handshake began.
 */
static struct refusal
decide(struct server *s, const struct service *service, struct child *c,
    struct tls_session *tls, int64_t now)
{
	if (c->ending != OUTCOME_NONE)
		return (struct refusal) { REFUSED_RELAY, ECANCELED };
	if (service != NULL && service->tls_client_ca == NULL &&
	    service->identities == NULL)
		tls->nnames = 0;
	/* A proxied C has the address of its proxy: do not decide by it. */
	return admit_proved(&s->admission, service,
	    c->proxied ? NULL : &c->addr, tls, &c->refs, now);
}

static bool
take_proved(struct server *s, struct relay *r, struct child *c,
    union payload *p, int64_t now)
{
	const struct service *service = config_find(s->config, c->stats->name);
	struct tls_session *tls = &p->tls;
	struct refusal why;

	if (!tls_session_check(tls))
		return false;
	why = decide(s, service, c, tls, now);
	if (why.reason == REFUSED_NOT) {
		children_identify(&s->children, c, tls_session_identity(tls));
		why = session_start_relayed(s, service, r, c, tls, now);
		if (why.reason == REFUSED_NOT)
			return true;
	}
	relay_refuse(s, c, &why, tls_session_name(tls));
	answer(
	    r, refusal_may_tell(why.reason) ? CHANNEL_BUSY : CHANNEL_REFUSED);
	expect_end(s, c, r, now);
	return true;
}

/*
 * OUTCOME_DISCONNECT: the client has gone, so end a session that serves only
 * it; OUTCOME_TRUNCATED: what it sent has ended, and it has not said so.
 */
static void
client_gone(
    struct server *s, struct child *c, enum outcome_kind why, int64_t now)
{
	const struct service *service = config_find(s->config, c->stats->name);

	if (service != NULL &&
	    (why == OUTCOME_TRUNCATED
		    ? service->on_truncation == TRUNCATION_KILL
		    : config_ends_on_reset(service)))
		children_end(c, why, now);
}

static bool
take_gone(struct server *s, struct relay *r, struct child *c, union payload *p,
    int64_t now)
{
	if (p->number == 0 || p->number >= RELAY_NGONE ||
	    (r->gone & 1U << p->number))
		return false;
	r->gone |= (uint8_t)(1U << p->number);
	if (c == NULL)
		return true;
	if (p->number == RELAY_TRUNCATED)
		c->truncated = true;
	else
		client_gone(s, c, OUTCOME_DISCONNECT, now);
	client_gone(s, c, OUTCOME_TRUNCATED, now);
	return true;
}

static bool
take_bytes(struct server *s, struct relay *r, struct child *c, union payload *p,
    int64_t now __attribute__((unused)))
{
	return ended_take_bytes(&s->relays, r, c, &p->bytes);
}

/* The function for each kind of message that expected() may return. */
static bool (*const takes[])(struct server *, struct relay *, struct child *,
    union payload *, int64_t) = {
	[RELAY_ANNOUNCE] = take_announce,
	[RELAY_PROXY_FAULT] = take_proxy_fault,
	[RELAY_FAULT] = take_fault,
	[RELAY_PROVED] = take_proved,
	[RELAY_GONE] = take_gone,
	[RELAY_BYTES] = take_bytes,
};

/* The kinds of messages that are valid now; C is NULL after the session. */
static uint32_t
expected(const struct relay *r, const struct child *c)
{
	if (r->state == RELAY_SERVING || r->state == RELAY_KEPT ||
	    r->ended != NULL)
		return MESSAGE_BIT(RELAY_GONE) |
		    (r->gone & RELAY_COUNTED ? 0 : MESSAGE_BIT(RELAY_BYTES));
	if (r->state != RELAY_HANDSHAKE || c == NULL)
		return 0;
	return MESSAGE_BIT(RELAY_FAULT) |
	    (c->proxied && !c->quiet ? MESSAGE_BIT(RELAY_ANNOUNCE) |
			MESSAGE_BIT(RELAY_PROXY_FAULT)
				     : MESSAGE_BIT(RELAY_PROVED));
}

/* R has sent an invalid message: kill it. */
static void
distrust(struct server *s, struct relay *r, struct child *c, int64_t now)
{
	log_warnx(
	    "relay pid %ld sent an invalid message (attack or bug): "
	    "killed",
	    (long)r->pid);
	relays_kill(&s->relays, r, now);
	keepers_renew(&s->keepers);
	if (c != NULL)
		children_end(c, OUTCOME_INVALID, now);
}

static void
serve_relay(struct server *s, struct relay *r, int64_t now)
{
	enum message_result result;
	union payload p;
	struct message m;
	struct child *c;

	while (r->channel != 0) {
		c = relay_child(s, r);
		memset(&p, 0, sizeof(p));
		result = message_receive(r->channel, relay_kinds,
		    expected(r, c), &m, &p, sizeof(p), MSG_DONTWAIT);
		if (result == MESSAGE_NONE)
			return;
		if (result == MESSAGE_OK && takes[m.type](s, r, c, &p, now))
			continue;
		relays_close_channel(&s->relays, r);
		if (result != MESSAGE_END)
			distrust(s, r, c, now);
	}
}

void
relay_messages(struct server *s, int64_t now)
{
	struct epoll_event events[BURST];
	struct relay *r;
	uint32_t index;
	int i, n;

	n = epoll_wait(s->relays.epoll, events, BURST, 0);
	for (i = 0; i < n; i++) {
		index = (uint32_t)events[i].data.u64;
		r = &s->relays.table[index];
		/* Another relay may have this entry by now. */
		if (r->serial == (uint32_t)(events[i].data.u64 >> 32))
			serve_relay(s, r, now);
	}
}

/* --- the end --- */

void
relay_handshake_ended(struct server *s, struct child *c, const siginfo_t *info,
    const struct leaf_account *account, int64_t now)
{
	struct refusal why = { REFUSED_TLS_FAULT, TLS_INTERNAL };
	/* NULL: it was killed, was not reaped in time, and is forgotten. */
	struct relay *r = relay_of(s, c);

	if (c->ending == OUTCOME_START_TIMEOUT)
		why.number = TLS_LATE;
	if (r != NULL && r->state == RELAY_HANDSHAKE &&
	    (c->ending == OUTCOME_NONE || c->ending == OUTCOME_START_TIMEOUT))
		relay_refuse(s, c, &why, NULL);
	else
		session_ended(c, NULL, info, NULL, account, now);
	if (r != NULL && c->ending == OUTCOME_NONE &&
	    relays_died(r, c->stats->name, info))
		keepers_renew(&s->keepers);
	admit_left(&s->admission, &c->refs, now);
	if (r != NULL)
		relays_release(&s->relays, r);
}

bool
relay_exited(struct server *s, pid_t pid, const siginfo_t *info)
{
	struct relay *r = relays_find(&s->relays, pid);
	int64_t now = clock_now();
	struct child *c;

	if (r == NULL)
		return false;
	serve_relay(s, r, now);
	if ((c = relay_child(s, r)) != NULL) {
		c->relay = 0;
		c->has_bytes = c->has_bytes && (r->gone & RELAY_COUNTED);
	}
	if (relays_died(r, c == NULL ? "haild-tls" : c->stats->name, info))
		keepers_renew(&s->keepers);
	if (c != NULL &&
	    !(info->si_code == CLD_EXITED && info->si_status == 0)) {
		c->truncated = true;
		client_gone(s, c, OUTCOME_DISCONNECT, now);
		client_gone(s, c, OUTCOME_TRUNCATED, now);
	}
	relays_release(&s->relays, r);
	return true;
}

void
relay_last_report(struct server *s, struct child *c, int64_t now)
{
	struct relay *r = relay_of(s, c);

	if (r == NULL)
		return;
	serve_relay(s, r, now);
	/* Until the last ones come, they are old. */
	c->has_bytes = c->has_bytes && (r->gone & RELAY_COUNTED);
	/* Its end was the end of the program's input, if there is a program. */
	c->truncated = c->truncated || (r->pid != c->pid && relays_crashed(r));
}

/* Kept processes may use the stream; the relay ends with it. */
static bool
keeps_relay(const struct server *s, const struct child *c)
{
	return c->keep && !c->own && !s->stopping;
}

bool
relay_hold_end(struct server *s, const struct child *c, const struct ended *e)
{
	struct relay *r = relay_of(s, c);

	return r != NULL && !keeps_relay(s, c) && ended_hold(&s->relays, r, e);
}

void
relay_session_ended(
    struct server *s, struct child *c, const siginfo_t *info, int64_t now)
{
	struct relay *r = relay_of(s, c);

	c->relay = 0;
	if (r == NULL)
		return;
	if (r->pid == c->pid) { /* the relay was the session's process */
		if (c->ending == OUTCOME_NONE &&
		    relays_died(r, c->stats->name, info))
			keepers_renew(&s->keepers);
		relays_release(&s->relays, r);
	} else if (keeps_relay(s, c))
		relays_keep(&s->relays, r);
	else
		relays_end(&s->relays, r, now);
}
