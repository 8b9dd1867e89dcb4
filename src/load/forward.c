/*
 * forward.c -- "forward": where clients are connected to.
 */

#include "load/service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load/memory.h"
#include "load/names.h"

struct targets {
	struct target *list;
	size_t n;
};

static void
add_target(struct loader *l, struct targets *all, const struct addr *a,
    const char *host)
{
	char text[ADDR_TEXT_MAX];

	all->list = memory_resize(all->list, all->n + 1, sizeof(*all->list));
	addr_print(a, text, sizeof(text));
	all->list[all->n++] = (struct target) {
		.addr = *a, .text = arena_strdup(l->arena, text), .host = host
	};
}

static void
add_name(struct loader *l, const char *text, const char *host,
    unsigned int port, struct targets *all)
{
	const struct answer *found = names_ask(l, NAME_HOST, host);
	struct addr a;
	size_t i;

	if (found->found != 1)
		loader_report(l, false, ORIGIN(l, "forward"),
		    "forward \"%s\": cannot resolve \"%s\": %s", text, host,
		    found->why);
	for (i = 0; found->found == 1 && i < found->name->naddrs; i++) {
		a = found->name->addrs[i];
		addr_set_port(&a, port);
		add_target(l, all, &a, arena_strdup(l->arena, host));
	}
}

static void
resolve_target(struct loader *l, const char *text, struct targets *all)
{
	char host[ADDR_HOST_MAX], port[ADDR_PORT_MAX];
	struct addr a;
	int n;

	if (text[0] == '/' || text[0] == '@') {
		if (addr_from_path(&a, text) == -1)
			loader_error_at(l, ORIGIN(l, "forward"),
			    "forward \"%s\": the path is longer than %zu bytes",
			    text, ADDR_PATH_MAX);
		else
			add_target(l, all, &a, NULL);
		return;
	}
	if (addr_split(text, host, port) != ADDR_HOST_PORT ||
	    (n = addr_port_number(port)) < 1) {
		loader_error_at(l, ORIGIN(l, "forward"),
		    "forward \"%s\" is neither address:port nor a path", text);
		return;
	}
	if (addr_from_numeric(&a, host, (unsigned int)n) == 0)
		add_target(l, all, &a, NULL);
	else
		add_name(l, text, host, (unsigned int)n, all);
}

/* Version 1 has no words for the clients of a Unix socket. */
static void
check_header(struct loader *l, const struct service *service)
{
	const struct endpoint *e = service->endpoints;

	if (service->forward_proxy != FORWARD_PROXY_V1)
		return;
	for (; e < service->endpoints + service->nendpoints; e++)
		if (e->addr.sa.sa_family == AF_UNIX)
			loader_error_at(l, ORIGIN(l, "forward-proxy"),
			    "\"forward-proxy\": \"v1\" cannot describe the "
			    "clients of \"%s\": use \"v2\"",
			    e->text);
}

void
forward_resolve(struct loader *l, struct service *service)
{
	struct targets all = { NULL, 0 };
	unsigned int errors = l->errors;
	struct addr *source;
	size_t i;

	check_header(l, service);
	if (service->disable)
		return;
	for (i = 0; service->forward != NULL && service->forward[i] != NULL;
	     i++)
		resolve_target(l, service->forward[i], &all);
	if (all.n > 0)
		service->targets =
		    memcpy(arena_alloc(l->arena, all.n * sizeof(*all.list)),
			all.list, all.n * sizeof(*all.list));
	service->ntargets = all.n;
	free(all.list);
	if (all.n == 0 && l->errors == errors)
		loader_missing(l, service, ORIGIN(l, "forward"),
		    "no target of \"forward\" can be resolved");
	if (service->forward_source == NULL)
		return;
	source = arena_alloc(l->arena, sizeof(*source));
	if (addr_from_numeric(source, service->forward_source, 0) == -1)
		loader_error_at(l, ORIGIN(l, "forward-source"),
		    "\"forward-source\": \"%s\" is not an address",
		    service->forward_source);
	else
		service->source = source;
}
