#include "haild/listen/polling.h"

#include <sys/epoll.h>

#include "lib/io.h"
#include "lib/log.h"

static void
log_waiting(struct service_stats *t, const struct refusal *why,
    struct ratelimit *lines, int64_t now)
{
	char text[REFUSAL_TEXT_MAX];
	struct log_event e = { .name = "waiting" };

	if (why->reason != REFUSED_NOT) {
		t->open_at = 0;
		if (t->waiting || !ratelimit_pass(lines, now))
			return;
		t->waiting = true;
		log_add_text(&e, "service", t->name);
		log_add_text(&e, "reason", refusal_name(why->reason));
		log_add_number(&e, "limit", refusal_limit(why));
		log_event(LOG_INFO, &e, "%s: clients are waiting: %s", t->name,
		    refusal_print(why, text, sizeof(text)));
		return;
	}
	if (t->open_at == 0)
		t->open_at = now;
	if (!t->waiting || now < t->open_at + SECOND)
		return;
	if (!ratelimit_pass(lines, now)) {
		t->open_at = now; /* try again in a second */
		return;
	}
	t->waiting = false;
	log_service(LOG_INFO, "waiting-ended", t->name,
	    "%s: clients are no longer waiting", t->name);
}

/* When L may be polled again, or its clients' waiting has to be logged. */
static int64_t
next_change(const struct listener *l, int64_t now)
{
	int64_t next = l->paused_until == 0 ? -1 : l->paused_until, ready;

	if (l->stats->waiting && l->stats->open_at != 0)
		next = clock_sooner(next, l->stats->open_at + SECOND);
	if (l->service->rate.count == 0)
		return next;
	ready = bucket_ready(&l->service->rate, l->stats->usage.full_at, now);
	return ready > now ? clock_sooner(next, ready) : next;
}

struct refusal
polling_limit(const struct listener *l, const struct admission *a,
    const struct containment *contained, unsigned int live, int tls_busy,
    int64_t now)
{
	struct refusal why;

	if (listener_refuses(l))
		return (struct refusal) { REFUSED_NOT, 0 };
	if (l->service->tls && tls_busy != 0)
		return (struct refusal) { REFUSED_RELAY, tls_busy };
	why = admit_wait(a, l->service, &l->stats->usage, live, now);
	return why.reason != REFUSED_NOT
	    ? why
	    : containment_wait(contained, l->service);
}

int64_t
polling_update(struct listeners *all, struct admission *a,
    const struct containment *contained, unsigned int live, int tls_busy,
    struct ratelimit *lines, int64_t now)
{
	int64_t next = admit_read_load(a, now);
	struct listener *l;

	for (l = all->list; l < all->list + all->n; l++) {
		struct refusal why = { REFUSED_NOT, 0 };

		if (l->paused_until <= now)
			l->paused_until = 0;
		l->polled = false;
		if (l->service == NULL)
			continue;
		if (l->service->rate.count > 0)
			l->stats->usage.full_at = bucket_bound(
			    &l->service->rate, l->stats->usage.full_at, now);
		/* A child that has the socket takes its clients. */
		if (l->wait_socket.pid == 0)
			why =
			    polling_limit(l, a, contained, live, tls_busy, now);
		l->polled = why.reason == REFUSED_NOT && l->paused_until == 0 &&
		    l->wait_socket.pid == 0 &&
		    !(l->service->wait && listener_refuses(l));
		log_waiting(l->stats, &why, lines, now);
		next = clock_sooner(next, next_change(l, now));
	}
	return next;
}

/*
 * Let EPOLL watch the listeners that are polled, and no others.  Returns when
 * to try again; -1: never.
 */
static int64_t
watch(struct listeners *all, int epoll, struct ratelimit *lines, int64_t now)
{
	struct epoll_event ev = { .events = EPOLLIN };
	struct listener *l;
	int64_t next = -1;

	for (l = all->list; l < all->list + all->n; l++) {
		if (l->polled == (l->watched != 0))
			continue;
		ev.data.fd = l->fd;
		if (!l->polled) {
			epoll_ctl(epoll, EPOLL_CTL_DEL, l->fd, NULL);
			l->watched = 0;
		} else if (epoll_ctl(epoll, EPOLL_CTL_ADD, l->fd, &ev) == 0)
			l->watched = epoll;
		else {
			next = l->paused_until = now + LISTENER_PAUSE;
			if (ratelimit_pass(lines, now))
				log_warn("%s: cannot wait for clients",
				    l->service->name);
		}
	}
	return next;
}

static bool
is_settled(const struct listeners *all)
{
	const struct listener *l;

	for (l = all->list; l < all->list + all->n; l++)
		if (l->service != NULL &&
		    (l->watched == 0 || l->stats->waiting))
			return false;
	return true;
}

int64_t
polling_turn(struct listeners *all, int epoll, struct admission *a,
    const struct containment *contained, unsigned int live, int tls_busy,
    struct ratelimit *lines, int64_t now)
{
	if (all->settled && tls_busy == all->tls_busy &&
	    (all->next == -1 || now < all->next))
		return all->next;
	all->next =
	    polling_update(all, a, contained, live, tls_busy, lines, now);
	all->next = clock_sooner(all->next, watch(all, epoll, lines, now));
	all->tls_busy = tls_busy;
	all->settled = is_settled(all);
	return all->next;
}

void
polling_restart(struct listeners *all, int epoll)
{
	struct listener *l;

	for (l = all->list; l < all->list + all->n; l++) {
		if (l->fd != -1)
			epoll_ctl(epoll, EPOLL_CTL_DEL, l->fd, NULL);
		l->watched = 0;
		l->ready = false;
	}
	all->settled = false;
}

#define EVENTS 64 /* more than these come in the next turn */

void
polling_ready(struct listeners *all, int epoll)
{
	struct epoll_event events[EVENTS];
	int i, n = epoll_wait(epoll, events, EVENTS, 0);
	struct listener *l;

	for (i = 0; i < n; i++)
		for (l = all->list; l < all->list + all->n; l++)
			if (l->watched != 0 && l->fd == events[i].data.fd)
				l->ready = true;
}
