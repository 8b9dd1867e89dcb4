#include "haild/listen/handover.h"
#include "haild/listen/plan.h"
#include "lib/io.h"
#include "lib/log.h"

/* END is appended to the message. */
static void
log_unwanted(const struct listener *l, const char *end)
{
	char text[ADDR_TEXT_MAX];
	bool named = l->passed != NULL;

	log_warnx("no service uses the inherited socket %s%s%s%s%s%s",
	    listener_kind(l), addr_print(&l->addr, text, sizeof(text)),
	    named ? " (fd:" : "", named ? l->passed : "", named ? ")" : "",
	    end);
}

void
listener_release(struct listener *l)
{
	l->service = NULL;
	l->stats = NULL;
	l->paused_until = 0;
	l->wait_socket = (struct wait_socket) { .pid = 0 };
	log_unwanted(l, " any more");
}

void
listeners_log_unwanted(const struct listeners *all)
{
	const struct listener *l;

	for (l = all->list; l < all->list + all->n; l++)
		if (l->stats == NULL)
			log_unwanted(l, "");
}

/* L has been copied to another list. */
static void
forget(struct listener *l)
{
	l->fd = -1;
	l->passed = NULL;
	l->addr.sa.sa_family = AF_UNSPEC;
}

/* Only here do they begin to take clients from those of HAVE. */
static void
listen_shared(struct listeners *plan)
{
	char text[ADDR_TEXT_MAX];
	struct listener *l;
	size_t i;

	for (i = plan->n; i-- > 0;) {
		l = &plan->list[i];
		if (!l->shared || listener_listen(l) == 0)
			continue;
		log_err("%s: cannot listen on %s%s: out of service",
		    l->stats->name, listener_kind(l),
		    addr_print(&l->addr, text, sizeof(text)));
		l->stats->out = true;
		listeners_drop(plan, l);
	}
	handover_end(plan);
}

void
listeners_commit(struct listeners *plan, struct listeners *have)
{
	char text[ADDR_TEXT_MAX];
	struct listener *l;
	size_t i;

	for (i = 0; i < plan->n; i++) {
		l = &plan->list[i];
		if (l->kept)
			listener_update(l);
		else
			log_service(LOG_INFO, "listening", l->service->name,
			    "%s: listening on %s%s", l->service->name,
			    listener_kind(l),
			    addr_print(&l->addr, text, sizeof(text)));
		l->kept = false;
		l->stats->out = false;
	}
	listen_shared(plan);
	for (i = 0; i < have->n; i++) {
		l = &have->list[i];
		if (!l->kept && l->stats == NULL && l->fd != -1)
			plan->list[plan->n++] = *l;
		else if (!l->kept)
			continue;
		forget(l);
	}
}

const struct service *
listeners_heir(
    const struct listener *l, const struct config *config, int64_t now)
{
	const struct service *service;

	/* A supervisor's socket stays; an abstract one would keep its name. */
	if (l->inherited || addr_is_abstract(&l->addr) || l->dgram ||
	    l->stats == NULL || l->wait_socket.pid != 0 ||
	    (l->addr.sa.sa_family == AF_UNIX && !l->stats->drained &&
		l->closing_at == 0) ||
	    (l->closing_at != 0 && l->closing_at <= now) ||
	    (service = config_find(config, l->stats->name)) == NULL ||
	    service->disable || service->wait || l->stats->out)
		return NULL;
	return service;
}

/* Returns whether L, which is hidden, goes on for a while. */
static bool
keep_hidden(struct listener *l, const struct config *config, int64_t now)
{
	const struct service *service = listeners_heir(l, config, now);

	if (service == NULL)
		return false;
	l->service = service;
	listener_update(l); /* it may have blocked */
	if (l->closing_at == 0)
		l->closing_at = now + HANDOVER_TIME;
	return true;
}

void
listeners_park(struct listeners *all, struct listeners *old,
    const struct config *config, int64_t now)
{
	struct listener *l;
	size_t i;

	for (i = 0; i < old->n; i++) {
		l = &old->list[i];
		if (l->fd == -1)
			continue;
		if (l->wait_socket.pid != 0)
			l->service = NULL;
		else if (l->inherited)
			listener_release(l);
		else if (!keep_hidden(l, config, now))
			continue;
		all->list[all->n++] = *l;
		forget(l);
	}
}

int64_t
listeners_next_close(const struct listeners *all)
{
	int64_t next = -1;
	size_t i;

	for (i = 0; i < all->n; i++)
		if (all->list[i].closing_at != 0)
			next = clock_sooner(next, all->list[i].closing_at);
	return next;
}
