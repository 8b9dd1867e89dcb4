/*
 * check.c -- what the settings of a service, and the services, must be to each
 * other.
 */

#include <stdlib.h>
#include <string.h>

#include "load/loader.h"

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
		{ "commands", service->commands != NULL, HANDLER_COMMANDS },
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
		    "\"builtin\", \"exec\" or \"commands\"",
		    service->name);
}

static const char *
handler_name(enum handler handler)
{
	return handler == HANDLER_MESSAGE ? "message"
	    : handler == HANDLER_BUILTIN  ? "builtin"
	    : handler == HANDLER_EXEC	  ? "exec"
					  : "commands";
}

/* SETTING, which was written at ORIGIN, means something to the handler. */
static void
check_handlers(struct loader *l, const struct service *service,
    const struct setting *setting, const struct origin *origin)
{
	if (service->handler == 0 ||
	    (setting->handlers & service->handler) != 0)
		return;
	if (service->handler == HANDLER_COMMAND)
		loader_error_at(l, origin, "\"%s\" means nothing to a command",
		    setting->name);
	else if (setting->handlers == HANDLER_COMMAND)
		loader_error_at(l, origin,
		    "\"%s\" belongs in a command of \"commands\"",
		    setting->name);
	else
		loader_error_at(l, origin,
		    "\"%s\" means nothing to the handler \"%s\"", setting->name,
		    handler_name(service->handler));
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
		check_handlers(l, service, &settings[i], &own[i]);
		if ((need = check_needs(service, &settings[i])) != NULL)
			loader_error_at(l, &own[i],
			    "\"%s\" means nothing without %s", settings[i].name,
			    need);
	}
}

/* --- wait --- */

bool
config_waits_with(const char *setting)
{
	/* What is about clients: the program takes them in, not we. */
	static const char *const clients[] = { "max-sessions", "max-per-source",
		"source-prefix-v4", "source-prefix-v6", "rate-per-source",
		"at-limit", "busy-message", "allow", "deny", "allow-user",
		"allow-group", "proxy-from", "session-timeout",
		"on-disconnect" };
	size_t i;

	for (i = 0; i < sizeof(clients) / sizeof(clients[0]); i++)
		if (strcmp(clients[i], setting) == 0)
			return false;
	return true;
}

/* The first of its endpoints that is UDP, or is not; NULL for none. */
static const struct endpoint *
find_endpoint(const struct service *service, bool dgram)
{
	size_t i;

	for (i = 0; i < service->nendpoints; i++)
		if (service->endpoints[i].dgram == dgram)
			return &service->endpoints[i];
	return NULL;
}

void
check_wait(struct loader *l, struct service *service, const struct origin *own)
{
	const struct origin here = { service->file, service->line };
	const struct endpoint *e;
	size_t i;

	if (!service->wait) {
		if ((e = find_endpoint(service, true)) != NULL)
			loader_error_at(l, &here,
			    "listen \"%s\": UDP needs \"wait = true\"",
			    e->text);
		return;
	}
	for (i = 0; i < nsettings; i++)
		if (own[i].file != NULL && !config_waits_with(settings[i].name))
			loader_error_at(l, &own[i],
			    "\"%s\" means nothing to a service with \"wait\"",
			    settings[i].name);
	if (l->config->allow.n > 0 || l->config->deny.n > 0)
		loader_error_at(l, &here,
		    "service \"%s\" with \"wait\" takes in its clients "
		    "itself: \"allow\" and \"deny\" at the top cannot hold "
		    "for it",
		    service->name);
	e = find_endpoint(service, false);
	if (service->handler == HANDLER_BUILTIN && e != NULL)
		loader_error_at(l, &here,
		    "listen \"%s\": \"wait\" with \"builtin\" is for UDP alone",
		    e->text);
	/* A server that forks for each client and goes leaves them running. */
	if (own[setting_index("leftovers")].file == NULL)
		service->leftovers = LEFTOVERS_KEEP;
	service->at_limit = AT_LIMIT_WAIT;
	service->session_timeout = -1;
}

/* --- who listens where --- */

static bool
is_claim(const struct endpoint *a, const struct endpoint *b)
{
	return a->dgram == b->dgram &&
	    (addr_equal(&a->addr, &b->addr) ||
		addr_overlaps(&a->addr, &b->addr));
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
			if (is_claim(&s->endpoints[j], e)) {
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
