#include "haild/accept.h"

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "haild/listen/handover.h"
#include "haild/listen/polling.h"
#include "haild/relay_begin.h"
#include "haild/report.h"
#include "haild/session_start.h"
#include "lib/io.h"

#define BURST 64 /* clients of one listener before others have their turn */

static void
refuse_client(struct server *s, const struct listener *l,
    const struct client *client, const struct refusal *why)
{
	const struct service *service = l->service;

	report_refused(
	    &s->refusals, l->stats, &client->addr, client->cred.uid, why, NULL);
	/* A client that expects TLS could not read it. */
	if (service->busy != NULL && !service->tls &&
	    refusal_may_tell(why->reason) &&
	    send(client->fd, service->busy, service->busy_len,
		MSG_DONTWAIT | MSG_NOSIGNAL) != -1)
		linger_refused(&s->lingering, client->fd);
	else
		close(client->fd);
}

/* Returns REFUSED_NOT and *STARTED, or why not; the client stays connected. */
static struct refusal
start_session(struct server *s, const struct listener *l, struct client *client,
    struct source_refs *refs, int64_t now, struct child **started)
{
	struct refusal why = { REFUSED_NOT, 0 };
	struct child *c;

	c = children_reserve(
	    &s->children, l->service, l->stats, client, refs, now);
	if (c == NULL) {
		service_stats_refused(l->stats, REFUSED_TABLE);
		admit_left(&s->admission, refs, now);
		return (struct refusal) { REFUSED_TABLE, 0 };
	}
	if (l->service->tls) {
		why.number = relay_begin(s, l->service, c, client, now);
		if (why.number != 0)
			why.reason = REFUSED_RELAY;
	} else
		why = session_start(s, l->service, c, client, now);
	if (why.reason != REFUSED_NOT) {
		service_stats_refused(l->stats, why.reason);
		admit_left(&s->admission, &c->refs, now);
		children_release(&s->children, c);
		return why;
	}
	*started = c;
	return why;
}

/* L's queue is not empty: start the child that gets its socket. */
static void
start_wait_server(struct server *s, struct listener *l, int64_t now)
{
	struct client none = { .addr.sa.sa_family = AF_UNSPEC, .fd = l->fd };
	struct source_refs refs = { { 0, 0 } };
	struct child *c;
	struct refusal why;

	if (l->service->rate.count > 0)
		bucket_take(&l->service->rate, &l->stats->usage.full_at, now);
	why = start_session(s, l, &none, &refs, now, &c);
	if (why.reason == REFUSED_NOT) {
		l->wait_socket.pid = c->pid;
		return;
	}
	report_refused(&s->refusals, l->stats, &none.addr, 0, &why, NULL);
	l->paused_until = now + LISTENER_PAUSE;
}

/* C serves CLIENT: close it here, or pass it on. */
static void
release_client(struct server *s, const struct listener *l,
    const struct client *client, struct child *c)
{
	const struct linger_name name = { (uint32_t)(c - s->children.slots),
		c->serial };

	if (client->addr.sa.sa_family != AF_UNIX && config_lingers(l->service))
		c->lingers = linger_hold(&s->lingering, &name, client->fd);
	else
		close(client->fd);
}

/* Returns false when L's queue is empty, or cannot be accepted from now. */
static bool
accept_one(struct server *s, struct listener *l, int64_t now)
{
	struct child *started;
	struct source_refs refs = { { 0, 0 } }; /* a proxy has none */
	struct client client;
	struct refusal why;
	int error;

	if (listener_accept(l, &client, now, &error) == -1) {
		if (error == EMFILE && s->lingering.nsockets > 0) {
			linger_send(&s->lingering);
			l->paused_until = 0;
			return true;
		}
		if (error != 0)
			report_accept_error(s, l, error);
		return false;
	}
	why = listener_refuses(l)
	    ? (struct refusal) { REFUSED_DRAINED, 0 }
	    : admit(&s->admission, l->service, &l->stats->usage,
		  s->children.live, &client, &refs, now);
	if (why.reason != REFUSED_NOT)
		service_stats_refused(l->stats, why.reason);
	else
		why = start_session(s, l, &client, &refs, now, &started);
	if (why.reason != REFUSED_NOT) {
		/* Clients of other services may have to wait, too. */
		s->listeners.settled = false;
		refuse_client(s, l, &client, &why);
	} else
		release_client(s, l, &client, started);
	return true;
}

static bool
must_wait(const struct server *s, const struct listener *l, int64_t now)
{
	return polling_limit(l, &s->admission, &s->containment,
		   s->children.live, l->service->tls ? relay_busy(s) : 0, now)
		   .reason != REFUSED_NOT;
}

void
accept_clients(struct server *s, struct listener *l)
{
	int64_t now = clock_now();
	int i;

	if (admit_read_load(&s->admission, now) != -1)
		s->listeners.settled = false;
	if (l->service->wait) {
		if (!must_wait(s, l, now))
			start_wait_server(s, l, now);
		s->listeners.settled = false;
		return;
	}
	for (i = 0; i < BURST && !must_wait(s, l, now); i++)
		if (!accept_one(s, l, now)) {
			if (l->paused_until != 0)
				s->listeners.settled = false;
			return;
		}
	if (i < BURST) /* a limit is reached */
		s->listeners.settled = false;
}

static bool
has_clients(const struct listener *l)
{
	struct pollfd p = { .fd = l->fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

bool
accept_waits(const struct server *s, const struct listener *l, int64_t now)
{
	return must_wait(s, l, now) && has_clients(l);
}

void
accept_drain(struct server *s, struct listener *l)
{
	int64_t now = clock_now(), i;

	if (l->service->wait) {
		/* The child that has the socket, now or soon, serves them. */
		if (l->wait_socket.pid == 0 && has_clients(l)) {
			handover_show(l);
			start_wait_server(s, l, now);
		}
		return;
	}
	handover_finish(l);
	/* The kernel queues one more than the backlog. */
	for (i = 0; i <= l->service->backlog; i++)
		if (!accept_one(s, l, now))
			return;
}
