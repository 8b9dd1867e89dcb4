/*
 * endpoints.c -- "listen": addresses, names of hosts and ports, paths, names of
 * sockets.
 */

#include "load/service.h"

#include <net/if.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load/memory.h"
#include "load/names.h"
#include "load/text/listen.h"

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
add_address(
    struct loader *l, struct endpoints *all, const struct addr *a, bool by_name)
{
	char text[ADDR_TEXT_MAX];

	add_endpoint(l, all, a, addr_print(a, text, sizeof(text)))->by_name =
	    by_name;
}

/* Report that the interface NAME, of the setting SETTING, does not exist. */
static void
report_interface(struct loader *l, struct service *service, const char *setting,
    const char *name)
{
	if (!service->disable)
		loader_missing(l, service, ORIGIN(l, setting),
		    "interface \"%s\" does not exist", name);
}

/*
 * Give A, if it is link-local and has no scope, the one of "interface". Returns
 * false if there is none.
 */
static bool
set_scope(const struct service *service, struct addr *a)
{
	if (!addr_is_link_local(a) || a->in6.sin6_scope_id != 0)
		return true;
	if (service->interface == NULL)
		return false;
	a->in6.sin6_scope_id = if_nametoindex(service->interface);
	return true;
}

/*
 * Add A, which is link-local; HOST is its text, with or without a scope.  A
 * scope must match "interface", because it would override that in the kernel.
 */
static void
add_link_local(struct loader *l, struct service *service, const char *text,
    const char *host, struct addr *a, struct endpoints *all)
{
	unsigned int index = a->in6.sin6_scope_id, other;
	char address[ADDR_HOST_MAX + 8], name[IF_NAMESIZE];

	if (!set_scope(service, a)) {
		loader_error_at(l, ORIGIN(l, "listen"),
		    "listen \"%s\" has a link-local address without an "
		    "interface: write \"%s[%s%%INTERFACE]:%u\"",
		    text, all->dgram ? "udp:" : "", host, addr_port(a));
		return;
	}
	other =
	    service->interface != NULL ? if_nametoindex(service->interface) : 0;
	if (index != 0 && if_indextoname(index, name) == NULL)
		report_interface(l, service, "listen", strchr(host, '%') + 1);
	else if (index != 0 && other != 0 && index != other)
		loader_error_at(l, ORIGIN(l, "listen"),
		    "listen \"%s\" is not on \"%s\", the \"interface\" of "
		    "the service",
		    text, service->interface);
	snprintf(address, sizeof(address), "[%s]:%u", host, addr_port(a));
	add_endpoint(l, all, a, address);
}

/* Only the daemon knows which sockets these are. */
static void
add_passed(struct loader *l, struct endpoints *all, const char *text)
{
	const struct addr unknown = { .len = 0 };
	struct endpoint *e = add_endpoint(l, all, &unknown, text);

	e->passed = listen_passed(e->text);
}

static void
add_name(struct loader *l, struct service *service, const char *text,
    const char *host, unsigned int port, struct endpoints *all)
{
	const struct answer *found;
	struct addr a;
	size_t i;

	if (service->disable)
		return; /* no need to wait for an answer */
	found = names_ask(l, NAME_HOST, host);
	if (found->found != 1)
		loader_missing(l, service, ORIGIN(l, "listen"),
		    "listen \"%s\": cannot resolve \"%s\": %s", text, host,
		    found->why);
	for (i = 0; found->found == 1 && i < found->name->naddrs; i++) {
		a = found->name->addrs[i];
		addr_set_port(&a, port);
		if (!set_scope(service, &a)) {
			loader_missing(l, service, ORIGIN(l, "listen"),
			    "listen \"%s\": \"%s\" has a link-local address "
			    "without an interface: set \"interface\"",
			    text, host);
			continue;
		}
		add_address(l, all, &a, true);
	}
}

int
endpoints_find_port(struct loader *l, struct service *service,
    const char *setting, const char *where, const char *text, bool dgram,
    unsigned int *number)
{
	static const char path[] = "/etc/services";
	const struct origin *origin = ORIGIN(l, setting);
	const struct answer *found;
	int n = addr_port_number(text);

	if (n != -1) {
		*number = (unsigned int)n;
		return 0;
	}
	if (service->disable)
		return -1;
	found = names_ask(l, dgram ? NAME_UDP_PORT : NAME_TCP_PORT, text);
	if (found->found == 1) {
		*number = found->name->number;
		return 0;
	}
	if (found->found == -1)
		loader_missing(l, service, origin,
		    "%s \"%s\": cannot look up port \"%s\": %s", setting, where,
		    text, found->why);
	else if (access(path, R_OK) == -1)
		loader_missing(l, service, origin,
		    "%s \"%s\": cannot look up port \"%s\": %s: %s", setting,
		    where, text, path, strerror(errno));
	else
		loader_missing(l, service, origin,
		    "%s \"%s\": port \"%s\" is not in %s", setting, where, text,
		    path);
	return -1;
}

static void
resolve_endpoint(struct loader *l, struct service *service, const char *text,
    struct endpoints *all)
{
	bool dgram = strncmp(text, "udp:", 4) == 0;
	const char *where = dgram ? text + 4 : text;
	char host[ADDR_HOST_MAX], port[ADDR_PORT_MAX];
	char fault[256];
	unsigned int n;
	struct addr a;

	all->dgram = dgram;
	if (where[0] == '/' || (dgram && where[0] == '@')) {
		if (dgram)
			loader_error_at(l, ORIGIN(l, "listen"),
			    "listen \"%s\": UDP needs an address, not a %s",
			    text, where[0] == '/' ? "path" : "name");
		else if (addr_from_path(&a, text) == -1)
			loader_error_at(l, ORIGIN(l, "listen"),
			    "listen \"%s\": the path is longer than %zu bytes",
			    text, ADDR_PATH_MAX);
		else
			add_address(l, all, &a, false);
		return;
	}
	if (listen_fault(text, fault, sizeof(fault)) != NULL) {
		loader_error_at(
		    l, ORIGIN(l, "listen"), "listen \"%s\" %s", text, fault);
		return;
	}
	if (listen_form(text) == LISTEN_PASSED) {
		add_passed(l, all, text);
		return;
	}
	if (listen_form(text) == LISTEN_ABSTRACT) {
		addr_from_path(&a, text);
		add_address(l, all, &a, false);
		return;
	}
	addr_split(where, host, port);
	if (endpoints_find_port(l, service, "listen", text, port, dgram, &n) ==
	    -1)
		return;
	if (strcmp(host, "*") == 0)
		add_wildcard(l, all, n);
	else if (addr_from_numeric(&a, host, n) == 0) {
		if (addr_is_link_local(&a))
			add_link_local(l, service, text, host, &a, all);
		else
			add_address(l, all, &a, false);
	} else if (strchr(host, '%') != NULL)
		report_interface(l, service, "listen", strchr(host, '%') + 1);
	else
		add_name(l, service, text, host, n, all);
}

/* Whether E, the address of a name, is listened on for another reason. */
static bool
is_covered(const struct endpoints *all, const struct endpoint *e)
{
	const struct endpoint *o = all->list;

	for (; e->by_name && o < all->list + all->n; o++)
		if (o != e && o->dgram == e->dgram &&
		    (addr_equal(&o->addr, &e->addr)
			    ? !o->by_name || o < e
			    : addr_overlaps(&o->addr, &e->addr)))
			return true;
	return false;
}

/* Two names may have one address; it is listened on once. */
static void
drop_covered(struct loader *l, struct endpoints *all)
{
	size_t i, kept = 0;
	bool covered[all->n + 1];

	for (i = 0; i < all->n; i++)
		covered[i] = addr_port(&all->list[i].addr) != 0 &&
		    is_covered(all, &all->list[i]);
	for (i = 0; i < all->n; i++) {
		if (covered[i])
			loader_report(l, false, ORIGIN(l, "listen"),
			    "the address \"%s\" is in \"listen\" twice, once "
			    "by name",
			    all->list[i].text);
		else
			all->list[kept++] = all->list[i];
	}
	all->n = kept;
}

/* "interface" must exist, unless only Unix sockets are listed. */
static void
check_interface(
    struct loader *l, struct service *service, const struct endpoints *all)
{
	size_t i = 0;

	while (i < all->n && all->list[i].addr.sa.sa_family == AF_UNIX)
		i++;
	if (i < all->n && service->interface != NULL &&
	    if_nametoindex(service->interface) == 0)
		report_interface(l, service, "interface", service->interface);
}

void
endpoints_resolve(struct loader *l, struct service *service)
{
	struct endpoints all = { NULL, 0, false };
	unsigned int errors = l->errors;
	const char **texts;
	size_t i, n = 0;

	for (i = 0; service->listen[i] != NULL; i++)
		resolve_endpoint(l, service, service->listen[i], &all);
	drop_covered(l, &all);
	check_interface(l, service, &all);
	/* "haild -T" prints the addresses that were found. */
	texts = arena_alloc(l->arena, (all.n + 1) * sizeof(*texts));
	for (i = 0; i < all.n; i++)
		if (!all.list[i].twin)
			texts[n++] = all.list[i].text;
	if (!service->disable && service->missing == NULL &&
	    l->errors == errors)
		service->listen = texts;
	if (all.n > 0)
		service->endpoints =
		    memcpy(arena_alloc(l->arena, all.n * sizeof(*all.list)),
			all.list, all.n * sizeof(*all.list));
	service->nendpoints = all.n;
	free(all.list);
}

/* --- defer-accept --- */

/* Whether haild sends to a client of SERVICE before it has read from it. */
static bool
speaks_first(const struct service *service)
{
	static const enum builtin builtins[] = { BUILTIN_CHARGEN,
		BUILTIN_DAYTIME, BUILTIN_HEALTH, BUILTIN_TIME };
	size_t i;

	if (service->tls || service->proxy_from.n > 0)
		return false;
	if (service->handler != HANDLER_BUILTIN)
		return service->handler == HANDLER_MESSAGE;
	for (i = 0; i < sizeof(builtins) / sizeof(*builtins); i++)
		if (strcmp(service->builtin, config_builtins[builtins[i]]) == 0)
			return true;
	return false;
}

void
endpoints_check_defer(struct loader *l, const struct service *service)
{
	const struct origin *origin = &l->own[setting_index("defer-accept")];
	const struct endpoint *e = service->endpoints;
	bool tcp = false, udp = false;
	size_t i;

	if (service->defer_accept == -1)
		return;
	for (i = 0; i < service->nendpoints; i++) {
		udp |= e[i].dgram;
		tcp |= !e[i].dgram && e[i].addr.sa.sa_family != AF_UNIX;
	}
	if (udp && !tcp)
		loader_error_at(l, origin,
		    "\"defer-accept\" needs a TCP address in \"listen\"");
	if (speaks_first(service))
		loader_error_at(l, origin,
		    "\"defer-accept\" does not apply to \"%s\", which sends "
		    "before the client does",
		    service->builtin != NULL
			? service->builtin
			: setting_handler_name(service->handler));
}

void
endpoints_advise(struct loader *l, const struct service *service)
{
	const struct endpoint *e = service->endpoints;
	const struct endpoint *end = e + service->nendpoints;

	if (service->disable || service->allow_user != NULL ||
	    service->allow_group != NULL ||
	    (service->tls && service->tls_client == TLS_CLIENT_REQUIRED))
		return;
	for (; e < end; e++)
		if (addr_is_abstract(&e->addr))
			loader_report(l, false, ORIGIN(l, "listen"),
			    "listen \"%s\": every user of this host can "
			    "connect: %s",
			    e->text,
			    service->wait
				? "with \"wait\", only the program can "
				  "check its clients"
				: "set \"allow-user\" or \"allow-group\"");
}
