/*
 * admit.c -- the decision, before fork, whether a client may come in.
 */

#include "haild/admission/admit.h"

#include <sys/sysinfo.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config/access.h"
#include "lib/io.h"
#include "haild/report.h"

/* --- what holds for every client of a listener --- */

/* A limit of all services is reached.  REASON says which. */
static bool
total_reached(const struct server *s, char *reason, size_t size)
{
	const struct config *config = s->config;

	if (config->max_load != -1 && s->load_average > config->max_load)
		strlcpy(reason, "load", size);
	else if (s->children.live >= config->max_sessions)
		snprintf(
		    reason, size, "total limit %" PRId64, config->max_sessions);
	else
		return false;
	return true;
}

/* One of the service is. */
static bool
service_reached(const struct service *service,
    const struct service_stats *stats, int64_t now, char *reason, size_t size)
{
	/* With "wait" it is one for each listener, which is wait_socket.c's. */
	if (!service->wait && stats->live >= service->max_sessions)
		snprintf(reason, size, "service limit %" PRId64,
		    service->max_sessions);
	else if (service->rate.count > 0 &&
	    bucket_ready(&service->rate, stats->full_at, now) > now)
		strlcpy(reason, "service rate", size);
	else
		return false;
	return true;
}

bool
admit_open(const struct server *s, const struct listener *l, int64_t now,
    char *reason, size_t size)
{
	return (l->service->at_limit == AT_LIMIT_REFUSE && !l->service->wait) ||
	    (!total_reached(s, reason, size) &&
		!service_reached(l->service, l->stats, now, reason, size));
}

void
admit_read_load(struct server *s, int64_t now)
{
	struct sysinfo info;

	if (s->config->max_load == -1 || now < s->load_read_at + SECOND)
		return;
	s->load_read_at = now;
	/* getloadavg(3) would open a file for it. */
	if (sysinfo(&info) == 0)
		s->load_average =
		    (int64_t)(info.loads[0] * 100 >> SI_LOAD_SHIFT);
}

void
admit_watch(struct server *s, int64_t now)
{
	char reason[REASON_MAX];
	size_t i;

	admit_read_load(s, now);
	for (i = 0; i < s->listeners.n; i++) {
		const struct listener *l = &s->listeners.list[i];

		if (l->service == NULL)
			continue;
		if (l->service->rate.count > 0)
			l->stats->full_at = bucket_bound(
			    &l->service->rate, l->stats->full_at, now);
		/* Who has it on loan takes them in. */
		if (l->wait_socket.pid != 0 ||
		    admit_open(s, l, now, reason, sizeof(reason)))
			report_waiting(s, l->stats, NULL, now);
		else
			report_waiting(s, l->stats, reason, now);
	}
}

int64_t
admit_next(const struct server *s, int64_t now)
{
	const struct config *config = s->config;
	int64_t next = -1, ready;
	size_t i;

	if (config->max_load != -1 && s->load_average > config->max_load)
		next = s->load_read_at + SECOND;
	for (i = 0; i < s->listeners.n; i++) {
		const struct listener *l = &s->listeners.list[i];

		if (l->service == NULL)
			continue;
		next = clock_sooner(next, report_waiting_next(l->stats));
		if (l->service->rate.count == 0)
			continue;
		ready = bucket_ready(&l->service->rate, l->stats->full_at, now);
		if (ready > now)
			next = clock_sooner(next, ready);
	}
	return next;
}

/* --- what holds for one source --- */

/* A source of the service, and the same of all services. */
enum { OF_SERVICE, OF_ALL, NSCOPES };

struct wanted {
	bool counts; /* there is a limit or a rate to count for */
	struct source source;
	int64_t limit;
	const struct rate *rate; /* NULL: none */
	int64_t full_at;
};

/* SERVICE is NULL when it is configured no more. */
static void
find_scopes(const struct server *s, const struct service *service,
    const struct addr *addr, uid_t uid, struct wanted wanted[NSCOPES])
{
	const struct config *config = s->config;
	struct wanted *w;

	memset(wanted, 0, NSCOPES * sizeof(*wanted));
	if (service != NULL) {
		w = &wanted[OF_SERVICE];
		w->limit = service->max_per_source;
		if (service->rate_per_source.count > 0)
			w->rate = &service->rate_per_source;
		w->counts = w->limit != -1 || w->rate != NULL;
		source_make(&w->source,
		    sources_service(&s->sources, service->name), addr, uid,
		    (unsigned int)service->source_v4,
		    (unsigned int)service->source_v6);
	}
	w = &wanted[OF_ALL];
	w->limit = config->max_per_source;
	w->counts = w->limit != -1;
	source_make(&w->source, 0, addr, uid, (unsigned int)config->source_v4,
	    (unsigned int)config->source_v6);
}

/* Whether a source is at its limit; finds its buckets too. */
static bool
source_reached(struct server *s, struct wanted wanted[NSCOPES], int64_t now,
    char *reason, size_t size)
{
	uint32_t live;
	int i;

	for (i = 0; i < NSCOPES; i++) {
		struct wanted *w = &wanted[i];

		if (!w->counts)
			continue;
		live = sources_live(
		    &s->sources, &w->source, w->rate, now, &w->full_at);
		if (w->limit != -1 && live >= w->limit) {
			snprintf(
			    reason, size, "source limit %" PRId64, w->limit);
			return true;
		}
		if (w->rate != NULL &&
		    bucket_ready(w->rate, w->full_at, now) > now) {
			strlcpy(reason, "source rate", size);
			return true;
		}
	}
	return false;
}

/*
 * Count a session.  Returns false when there is no room, which takes more than
 * SOURCES_MAX / 2 sessions and a max-per-source of all services.
 */
static bool
enter(struct server *s, struct wanted wanted[NSCOPES], struct source_refs *refs,
    int64_t now)
{
	int i;

	memset(refs, 0, sizeof(*refs));
	for (i = 0; i < NSCOPES; i++) {
		if (!wanted[i].counts)
			continue;
		refs->entries[i] = sources_enter(
		    &s->sources, &wanted[i].source, wanted[i].full_at, now);
		if (refs->entries[i] == 0) {
			admit_left(s, refs, now);
			return false;
		}
	}
	return true;
}

/* By its source alone: decide, and then count it. */
static bool
admit_source(struct server *s, const struct service *service,
    const struct addr *addr, uid_t uid, struct source_refs *refs, int64_t now,
    char *reason, size_t size)
{
	struct wanted wanted[NSCOPES];
	int i;

	find_scopes(s, service, addr, uid, wanted);
	if (source_reached(s, wanted, now, reason, size))
		return false;
	for (i = 0; i < NSCOPES; i++)
		if (wanted[i].rate != NULL)
			bucket_take(wanted[i].rate, &wanted[i].full_at, now);
	if (enter(s, wanted, refs, now))
		return true;
	strlcpy(reason, "table full", size);
	return false;
}

/* --- one client --- */

static bool
has_access(const struct server *s, const struct service *service,
    const struct client *client)
{
	return client->addr.sa.sa_family == AF_UNIX
	    ? access_user(service, client)
	    : access_address(s->config, service, &client->addr);
}

bool
admit(struct server *s, const struct listener *l, struct client *client,
    struct source_refs *refs, int64_t now, char *reason, size_t size)
{
	const struct service *service = l->service;

	client->proxied = access_is_proxy(service, &client->addr);
	if (!client->proxied && access_wants_proxy(service, &client->addr)) {
		strlcpy(reason, "proxy", size);
		return false;
	}
	if (!client->proxied && !has_access(s, service, client)) {
		strlcpy(reason, "access", size);
		return false;
	}
	if (total_reached(s, reason, size) ||
	    service_reached(service, l->stats, now, reason, size))
		return false;
	if (!client->proxied &&
	    !admit_source(s, service, &client->addr, client->cred.uid, refs,
		now, reason, size))
		return false;
	if (service->rate.count > 0)
		bucket_take(&service->rate, &l->stats->full_at, now);
	return true;
}

bool
admit_announced(struct server *s, struct child *c, const struct addr *announced,
    char *reason, size_t size)
{
	const struct service *service = config_find(s->config, c->stats->name);
	int64_t now = clock_now();
	struct addr addr = *announced;
	struct source_refs refs;

	addr_unmap(&addr);
	if (!access_address(s->config, service, &addr)) {
		strlcpy(reason, "access", size);
		return false;
	}
	if (!admit_source(s, service, &addr, c->uid, &refs, now, reason, size))
		return false;
	admit_left(s, &c->refs, now);
	c->refs = refs;
	c->addr = addr;
	c->proxied = false;
	return true;
}

void
admit_left(struct server *s, struct source_refs *refs, int64_t now)
{
	int i;

	for (i = 0; i < NSCOPES; i++)
		sources_leave(&s->sources, refs->entries[i], now);
	memset(refs, 0, sizeof(*refs));
}

void
admit_recount(struct server *s, int64_t now)
{
	struct wanted wanted[NSCOPES];
	uint32_t i;
	int j;

	for (i = 0; i < s->children.used; i++) {
		struct child *c = &s->children.slots[i];

		/* Nor who came with a socket on loan: it has no client. */
		if (c->pid == 0 || c->proxied ||
		    c->addr.sa.sa_family == AF_UNSPEC)
			continue;
		admit_left(s, &c->refs, now);
		find_scopes(s, config_find(s->config, c->stats->name), &c->addr,
		    c->uid, wanted);
		for (j = 0; j < NSCOPES; j++)
			sources_live(&s->sources, &wanted[j].source,
			    wanted[j].rate, now, &wanted[j].full_at);
		enter(s, wanted, &c->refs, now);
	}
}
