/*
 * admit.c -- the decision, before fork, whether a client may come in.
 */

#include "admit.h"

#include <inttypes.h>
#include <stdio.h>

static bool
total_reached(const struct server *server)
{
	return server->children.live >= server->config->max_sessions;
}

static bool
service_reached(const struct listener *l)
{
	return l->tally->live >= l->service->max_sessions;
}

bool
admit_open(const struct server *server, const struct listener *l)
{
	if (l->service->wait)
		return l->loan.pid == 0 && !total_reached(server);
	return l->service->at_limit == AT_LIMIT_REFUSE ||
	    (!total_reached(server) && !service_reached(l));
}

bool
admit(const struct server *server, const struct listener *l,
    const struct client *client __attribute__((unused)), char *reason,
    size_t size)
{
	if (total_reached(server))
		snprintf(reason, size, "total limit %" PRId64,
		    server->config->max_sessions);
	else if (service_reached(l))
		snprintf(reason, size, "service limit %" PRId64,
		    l->service->max_sessions);
	else
		return true;
	return false;
}
