/*
 * check.c -- what the settings of a service, and the services, must be to each
 * other.
 */

#include <stdlib.h>
#include <string.h>

#include "loader.h"

void
check_handler(struct loader *l, struct service *service)
{
	const struct origin here = { service->file, service->line };
	const struct {
		const char *name;
		bool given;
		enum handler handler;
	} handlers[] = {
		{ "message", service->message != NULL, HANDLER_MESSAGE },
		{ "builtin", service->builtin != NULL, HANDLER_BUILTIN },
		{ "exec", service->exec != NULL, HANDLER_EXEC },
	};
	const char *first = NULL;
	size_t i;

	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
		if (!handlers[i].given)
			continue;
		if (first != NULL)
			loader_error_at(l, &here,
			    "service \"%s\" has two handlers, \"%s\" and "
			    "\"%s\"",
			    service->name, first, handlers[i].name);
		first = handlers[i].name;
		service->handler = handlers[i].handler;
	}
	if (first == NULL)
		loader_error_at(l, &here,
		    "service \"%s\" has no handler: give it \"message\", "
		    "\"builtin\" or \"exec\"",
		    service->name);
}

static const char *
handler_name(enum handler handler)
{
	return handler == HANDLER_MESSAGE ? "message"
	    : handler == HANDLER_BUILTIN  ? "builtin"
					  : "exec";
}

/*
 * What some settings need among the addresses of a service: without it they
 * mean nothing.
 */
static const struct {
	const char *name;
	bool path; /* a Unix socket, or else an address */
} needs[] = {
	{ "socket-user", true },
	{ "socket-group", true },
	{ "socket-mode", true },
	{ "allow-user", true },
	{ "allow-group", true },
	{ "allow", false },
	{ "deny", false },
	{ "source-prefix-v4", false },
	{ "source-prefix-v6", false },
	{ "proxy-from", false },
	{ "tcp-keepalive", false },
};

static bool
listens_on(const struct service *service, bool path)
{
	size_t i;

	for (i = 0; i < service->nendpoints; i++)
		if ((service->endpoints[i].addr.sa.sa_family == AF_UNIX) ==
		    path)
			return true;
	return false;
}

const char *
check_needs(const struct service *service, const struct setting *setting)
{
	size_t i;

	/* These read nothing by themselves. */
	if (strcmp(setting->name, "start-timeout") == 0)
		return (service->handler & (HANDLER_MESSAGE | HANDLER_EXEC)) &&
			service->proxy_from.n == 0
		    ? "\"proxy-from\""
		    : NULL;
	if (service->nendpoints == 0)
		return NULL; /* that is another error */
	for (i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (strcmp(needs[i].name, setting->name) == 0 &&
		    !listens_on(service, needs[i].path))
			return needs[i].path ? "a Unix socket in \"listen\""
					     : "an address in \"listen\"";
	return NULL;
}

/* What was written in the service itself must mean something there. */
void
check_honoured(
    struct loader *l, struct service *service, const struct origin *own)
{
	const char *need;
	size_t i;

	for (i = 0; i < nsettings; i++) {
		if (own[i].file == NULL)
			continue;
		if (service->handler != 0 &&
		    (settings[i].handlers & service->handler) == 0)
			loader_error_at(l, &own[i],
			    "\"%s\" means nothing to the handler \"%s\"",
			    settings[i].name, handler_name(service->handler));
		if ((need = check_needs(service, &settings[i])) != NULL)
			loader_error_at(l, &own[i],
			    "\"%s\" means nothing without %s", settings[i].name,
			    need);
	}
}

static const struct service *
claimed_by(const struct config *config, size_t before, const struct endpoint *e,
    size_t *which)
{
	const struct service *s;
	size_t i, j;

	if (e->addr.sa.sa_family != AF_UNIX && addr_port(&e->addr) == 0)
		return NULL;
	for (i = 0; i <= before; i++) {
		s = &config->services[i];
		if (s->disable)
			continue;
		for (j = 0; j < s->nendpoints; j++) {
			if (&s->endpoints[j] == e)
				return NULL;
			if (addr_equal(&s->endpoints[j].addr, &e->addr) ||
			    addr_overlaps(&s->endpoints[j].addr, &e->addr)) {
				*which = j;
				return s;
			}
		}
	}
	return NULL;
}

void
check_claims(struct loader *l, const struct config *config, size_t at,
    const struct origin *origin)
{
	const struct service *service = &config->services[at], *other;
	size_t i, which;

	for (i = 0; i < service->nendpoints; i++) {
		other = claimed_by(config, at, &service->endpoints[i], &which);
		if (other == NULL)
			continue;
		loader_error_at(l, origin,
		    "listen \"%s\": service \"%s\" has \"%s\" already",
		    service->endpoints[i].text, other->name,
		    other->endpoints[which].text);
		return;
	}
}
