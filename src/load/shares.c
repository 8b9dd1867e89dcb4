/*
 * shares.c -- what one source may take of a service, and of all of them: at
 * most half, unless the configuration says otherwise.
 */

#include "load/service.h"

#include <inttypes.h>

static int64_t
half(int64_t n)
{
	return n > 1 ? n / 2 : 1;
}

static int64_t
smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* How many of N a source may have with LIMIT, which may be "none". */
static int64_t
share(int64_t limit, int64_t n)
{
	return limit == -1 ? n : smaller(limit, n);
}

static const struct origin *
total_origin(const struct loader *l)
{
	return &l->origins[setting_find("max-per-source", false) - settings];
}

void
shares_default_total(struct loader *l)
{
	if (total_origin(l)->file == NULL)
		l->config->max_per_source = half(l->config->max_sessions);
}

void
shares_default(struct loader *l, struct service *service)
{
	if (ORIGIN(l, "max-per-source")->file == NULL)
		service->max_per_source = smaller(
		    service->max_per_source, half(service->max_sessions));
	if (ORIGIN(l, "max-per-identity")->file == NULL)
		service->max_per_identity = service->max_per_source;
	if (ORIGIN(l, "rate-per-source")->file == NULL &&
	    service->rate.count > 0)
		service->rate_per_source = rate_half(&service->rate);
}

/* --- warnings --- */

bool
shares_has_sources(const struct service *service)
{
	const struct addr *a;
	size_t i;

	if (service->proxy_from.n > 0)
		return true;
	for (i = 0; i < service->nendpoints; i++) {
		a = &service->endpoints[i].addr;
		if (addr_has_path(a) ? (service->socket_mode & 0022) != 0
				     : !addr_is_loopback(a))
			return true;
	}
	return false;
}

/* Warn as shares_warn does, but about clients with an identity. */
static int64_t
warn_of_identities(struct loader *l, const struct service *service, int64_t all)
{
	int64_t taken;

	if (!tls_identifies(service))
		return 0;
	taken = share(service->max_per_identity, all);
	if (l->own[setting_index("max-per-identity")].file != NULL && all > 1 &&
	    taken == all)
		loader_report(l, false, ORIGIN(l, "max-per-identity"),
		    "one identity can take all %" PRId64
		    " sessions of service \"%s\": lower "
		    "\"max-per-identity\"",
		    all, service->name);
	return taken;
}

/* Whether one source can use all of RATE at LIMIT ("none": no limit). */
static bool
takes_all(const struct rate *rate, const struct rate *limit)
{
	return rate->count > 0 &&
	    (limit->count == 0 ||
		limit->count * rate->period >= rate->count * limit->period);
}

int64_t
shares_warn(struct loader *l, const struct service *service)
{
	const struct config *config = l->config;
	int64_t all, taken, identity;

	if (service->disable || service->wait || !shares_has_sources(service))
		return 0;
	all = smaller(service->max_sessions, config->max_sessions);
	taken = share(service->max_per_source, all);
	if (l->own[setting_index("max-per-source")].file != NULL && all > 1 &&
	    share(config->max_per_source, taken) == all)
		loader_report(l, false, ORIGIN(l, "max-per-source"),
		    "one source can take all %" PRId64
		    " sessions of service \"%s\": lower \"max-per-source\"",
		    all, service->name);
	if (ORIGIN(l, "rate-per-source")->file != NULL &&
	    takes_all(&service->rate, &service->rate_per_source))
		loader_report(l, false, ORIGIN(l, "rate-per-source"),
		    "one source can use all of \"rate\" of service \"%s\": "
		    "lower \"rate-per-source\"",
		    service->name);
	identity = warn_of_identities(l, service, all);
	return identity > taken ? identity : taken;
}

void
shares_warn_total(struct loader *l, int64_t taken)
{
	const struct config *config = l->config;

	if (total_origin(l)->file != NULL && config->max_sessions > 1 &&
	    share(config->max_per_source, taken) >= config->max_sessions)
		loader_report(l, false, total_origin(l),
		    "one source can take all %" PRId64
		    " sessions of all services: lower \"max-per-source\"",
		    config->max_sessions);
}
