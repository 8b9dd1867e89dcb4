/*
 * endpoints.c -- "listen": addresses, names of hosts and ports, paths.
 */

#include "load/service.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "load/lookup.h"
#include "load/memory.h"

/* Those of one service; DGRAM while text is read that begins with "udp:". */
struct endpoints {
	struct endpoint *list;
	size_t n;
	bool dgram;
};

static struct endpoint *
add_endpoint(struct loader *l, struct endpoints *all, const struct addr *a,
    const char *address)
{
	char text[sizeof("udp:") + ADDR_TEXT_MAX];
	struct endpoint *e;

	snprintf(text, sizeof(text), "%s%s", all->dgram ? "udp:" : "", address);
	all->list = memory_resize(all->list, all->n + 1, sizeof(*all->list));
	e = &all->list[all->n++];
	*e = (struct endpoint) { .addr = *a,
		.text = arena_strdup(l->arena, text),
		.dgram = all->dgram };
	return e;
}

static void
add_wildcard(struct loader *l, struct endpoints *all, unsigned int port)
{
	struct addr a;
	char text[32];

	snprintf(text, sizeof(text), "*:%u", port);
	addr_from_numeric(&a, "0.0.0.0", port);
	add_endpoint(l, all, &a, text);
	addr_from_numeric(&a, "::", port);
	add_endpoint(l, all, &a, text)->twin = true;
}

static void
add_address(struct loader *l, struct endpoints *all, const struct addr *a)
{
	char text[ADDR_TEXT_MAX];

	add_endpoint(l, all, a, addr_print(a, text, sizeof(text)));
}

static void
add_name(struct loader *l, struct service *service, const char *text,
    const char *host, unsigned int port, struct endpoints *all)
{
	struct addr *found;
	const char *why;
	size_t i, n;

	if (service->disable)
		return; /* no need to wait for an answer */
	why = lookup_host(host, port, &found, &n);
	if (why != NULL)
		loader_missing(l, service, ORIGIN(l, "listen"),
		    "listen \"%s\": cannot resolve \"%s\": %s", text, host,
		    why);
	for (i = 0; i < n; i++)
		add_address(l, all, &found[i]);
	free(found);
}

static void
resolve_endpoint(struct loader *l, struct service *service, const char *text,
    struct endpoints *all)
{
	static const char *const faults[] = {
		[ADDR_INVALID] = "is neither address:port nor a path",
		[ADDR_PATH] = "is not an absolute path",
		[ADDR_HOST] = "has no port",
	};
	bool dgram = strncmp(text, "udp:", 4) == 0;
	const char *where = dgram ? text + 4 : text;
	char host[ADDR_HOST_MAX], port[ADDR_PORT_MAX];
	enum addr_form form;
	unsigned int n;
	struct addr a;
	int number, found;

	all->dgram = dgram;
	if (where[0] == '/') {
		if (dgram)
			loader_error_at(l, ORIGIN(l, "listen"),
			    "listen \"%s\": UDP needs an address, not a path",
			    text);
		else if (addr_from_path(&a, text) == -1)
			loader_error_at(l, ORIGIN(l, "listen"),
			    "listen \"%s\": the path is longer than %zu bytes",
			    text, ADDR_PATH_MAX);
		else
			add_address(l, all, &a);
		return;
	}
	form = addr_split(where, host, port);
	if (form != ADDR_HOST_PORT) {
		loader_error_at(l, ORIGIN(l, "listen"), "listen \"%s\" %s",
		    text, faults[form]);
		return;
	}
	number = addr_port_number(port);
	n = (unsigned int)number;
	found = number != -1 ? 1 : lookup_port(port, dgram, &n);
	if (found == -1)
		loader_missing(l, service, ORIGIN(l, "listen"),
		    "listen \"%s\": cannot look up port \"%s\": %s", text, port,
		    strerror(errno));
	else if (found == 0)
		loader_error_at(l, ORIGIN(l, "listen"),
		    "listen \"%s\": unknown port \"%s\"", text, port);
	else if (strcmp(host, "*") == 0)
		add_wildcard(l, all, n);
	else if (addr_from_numeric(&a, host, n) == 0)
		add_address(l, all, &a);
	else
		add_name(l, service, text, host, n, all);
}

void
endpoints_resolve(struct loader *l, struct service *service)
{
	struct endpoints all = { NULL, 0, false };
	const char **texts;
	size_t i, n = 0;

	for (i = 0; service->listen[i] != NULL; i++)
		resolve_endpoint(l, service, service->listen[i], &all);
	/* "haild -T" prints the addresses that were found. */
	texts = arena_alloc(l->arena, (all.n + 1) * sizeof(*texts));
	for (i = 0; i < all.n; i++)
		if (!all.list[i].twin)
			texts[n++] = all.list[i].text;
	if (!service->disable && service->missing == NULL)
		service->listen = texts;
	if (all.n > 0)
		service->endpoints =
		    memcpy(arena_alloc(l->arena, all.n * sizeof(*all.list)),
			all.list, all.n * sizeof(*all.list));
	service->nendpoints = all.n;
	free(all.list);
}
