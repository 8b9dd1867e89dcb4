/*
 * targets.c -- "forward": addresses, names of hosts and ports, paths.
 */

#include "load/service.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load/memory.h"
#include "load/names.h"
#include "load/text/listen.h"

/* The targets of one service. */
struct targets {
	struct target *list;
	size_t n;
	struct origin origin; /* of the string that is read */
	const char *text;     /* that string */
	const char *lost;     /* why the first name cannot be resolved */
	struct origin lost_at;
};

static const char *
family_name(const struct addr *a)
{
	return a->sa.sa_family == AF_INET ? "IPv4" : "IPv6";
}

/* The address TEXT is a target already: a host may have several names. */
static void
report_twice(
    struct loader *l, const struct targets *all, const char *text, bool by_name)
{
	loader_report(l, false, &all->origin,
	    "the target \"%s\" is in \"forward\" twice%s", text,
	    by_name ? ", once by name" : "");
}

static void
add_target(struct loader *l, struct targets *all, const struct addr *a,
    const char *host)
{
	char text[ADDR_TEXT_MAX];
	size_t i;

	addr_print(a, text, sizeof(text));
	for (i = 0; i < all->n; i++)
		if (addr_equal(&all->list[i].addr, a)) {
			report_twice(l, all, text,
			    host != NULL || all->list[i].host != NULL);
			return;
		}
	all->list = memory_resize(all->list, all->n + 1, sizeof(*all->list));
	all->list[all->n++] = (struct target) {
		.addr = *a, .text = arena_strdup(l->arena, text), .host = host
	};
}

/* A target that is written as an address or path. */
static void
add_literal(struct loader *l, const struct service *service,
    struct targets *all, const struct addr *a)
{
	const struct addr *source = service->source;

	if (source == NULL || source->sa.sa_family == a->sa.sa_family)
		add_target(l, all, a, NULL);
	else if (a->sa.sa_family == AF_UNIX)
		loader_error_at(l, &all->origin,
		    "forward \"%s\": \"forward-source\" does not apply to a "
		    "Unix socket",
		    all->text);
	else
		loader_error_at(l, &all->origin,
		    "forward \"%s\" is an %s address, and \"forward-source\" "
		    "is an %s address",
		    all->text, family_name(a), family_name(source));
}

/*
 * HOST has no address.  The first such message becomes the reason why the
 * service is out of service if it gets no target.
 */
static void
lose(struct loader *l, struct targets *all, const char *host, const char *why)
{
	const char *scope = strchr(host, '%');
	char text[1024];

	if (scope != NULL)
		snprintf(text, sizeof(text),
		    "forward \"%s\": interface \"%s\" does not exist",
		    all->text, scope + 1);
	else
		snprintf(text, sizeof(text),
		    "forward \"%s\": cannot resolve \"%s\": %s", all->text,
		    host, why);
	if (all->lost == NULL) {
		all->lost = arena_strdup(l->arena, text);
		all->lost_at = all->origin;
	} else
		loader_report(
		    l, false, &all->origin, "%s; leaving it out", text);
}

/* Why A, which a name has, cannot be a target with SOURCE; or NULL. */
static const char *
address_fault(const struct addr *a, const struct addr *source)
{
	struct addr plain = *a;

	/* Connecting to it would reach this host. */
	addr_unmap(&plain);
	if (addr_is_wildcard(&plain))
		return "it has the wildcard address";
	return source != NULL && a->sa.sa_family != source->sa.sa_family
	    ? "it has no address of the family of \"forward-source\""
	    : NULL;
}

static void
add_name(struct loader *l, const struct service *service, struct targets *all,
    const char *host, unsigned int port)
{
	const struct answer *found = names_ask(l, NAME_TARGET, host);
	const struct addr *source = service->source;
	size_t i, n = 0, others = 0;
	const char *fault, *why = "";
	struct addr a;

	if (found->found != 1) {
		lose(l, all, host, found->why);
		return;
	}
	host = arena_strdup(l->arena, host);
	for (i = 0; i < found->name->naddrs; i++) {
		a = found->name->addrs[i];
		if ((fault = address_fault(&a, source)) != NULL) {
			others += source != NULL &&
			    a.sa.sa_family != source->sa.sa_family;
			why = fault;
			continue;
		}
		addr_set_port(&a, port);
		add_target(l, all, &a, host);
		n++;
	}
	if (n == 0)
		lose(l, all, host, why);
	else if (others > 0)
		loader_report(l, false, &all->origin,
		    "forward \"%s\": leaving out addresses of \"%s\": "
		    "\"forward-source\" is an %s address",
		    all->text, host, family_name(source));
}

static void
resolve_path(
    struct loader *l, const struct service *service, struct targets *all)
{
	struct addr a;

	if (addr_from_path(&a, all->text) == 0)
		add_literal(l, service, all, &a);
	else
		loader_error_at(l, &all->origin,
		    "forward \"%s\": the %s is longer than %zu bytes",
		    all->text, all->text[0] == '@' ? "name" : "path",
		    ADDR_PATH_MAX);
}

/* Whether HOST has a scope with the name of an interface. */
static bool
has_interface(const char *host)
{
	const char *scope = strchr(host, '%');

	return scope != NULL && scope[1 + strspn(scope + 1, "0123456789")];
}

static void
resolve_target(struct loader *l, struct service *service, struct targets *all)
{
	const char *text = all->text;
	char host[ADDR_HOST_MAX], port[ADDR_PORT_MAX];
	char fault[256];
	struct addr a;
	unsigned int n;

	if (target_fault(text, fault, sizeof(fault)) != NULL) {
		loader_error_at(
		    l, &all->origin, "forward \"%s\" %s", text, fault);
		return;
	}
	if (text[0] == '/' || text[0] == '@') {
		resolve_path(l, service, all);
		return;
	}
	addr_split(text, host, port);
	if (endpoints_find_port(l, service, "forward", text, port, false, &n) ==
	    -1)
		return;
	if (!has_interface(host) && addr_from_numeric(&a, host, n) == 0)
		add_literal(l, service, all, &a);
	else if (!service->disable)
		add_name(l, service, all, host, n);
}

/* --- forward-source --- */

/* Whether this host has the address A. */
static bool
can_bind(const struct addr *a)
{
	int fd = socket(a->sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0), error;
	bool can;

	/* If this host lacks the family, the targets' messages say so. */
	if (fd == -1)
		return true;
	can = bind(fd, &a->sa, a->len) == 0;
	error = errno;
	close(fd);
	errno = error;
	return can;
}

static void
resolve_source(struct loader *l, struct service *service)
{
	const struct origin *origin = ORIGIN(l, "forward-source");
	const char *text = service->forward_source;
	struct addr *a = arena_alloc(l->arena, sizeof(*a));

	if (addr_from_numeric(a, text, 0) == -1)
		loader_error_at(l, origin,
		    "\"forward-source\": \"%s\" is not an address: write an "
		    "IPv4 or IPv6 address without a port",
		    text);
	else if (addr_is_wildcard(a))
		loader_error_at(l, origin,
		    "\"forward-source\": \"%s\" is the wildcard address: write "
		    "an address of this host",
		    text);
	else {
		service->source = a;
		if (!service->disable && !can_bind(a))
			loader_missing(l, service, origin,
			    "\"forward-source\": cannot bind \"%s\": %s", text,
			    strerror(errno));
	}
}

/* Version 1 cannot describe the clients of a Unix socket. */
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
	struct targets all = { .origin = *ORIGIN(l, "forward") };
	const int *lines = all.origin.lines;
	unsigned int errors = l->errors;
	size_t i;

	check_header(l, service);
	if (service->forward_source != NULL)
		resolve_source(l, service);
	for (i = 0; service->forward != NULL && service->forward[i] != NULL;
	     i++) {
		all.text = service->forward[i];
		if (lines != NULL)
			all.origin.line = lines[i];
		resolve_target(l, service, &all);
	}
	if (all.lost != NULL && all.n == 0 && l->errors == errors)
		loader_missing(l, service, &all.lost_at, "%s", all.lost);
	else if (all.lost != NULL)
		loader_report(
		    l, false, &all.lost_at, "%s; leaving it out", all.lost);
	if (all.n > 0)
		service->targets =
		    memcpy(arena_alloc(l->arena, all.n * sizeof(*all.list)),
			all.list, all.n * sizeof(*all.list));
	service->ntargets = all.n;
	free(all.list);
}

void
forward_check_user(struct loader *l, const struct service *service)
{
	const struct identity *id = service->identity;
	const struct origin *origin = ORIGIN(l, "user");

	if (l->source->root && id != NULL && id->uid == 0)
		loader_error_at(l, origin->file != NULL ? origin : &l->here,
		    "\"user\": service \"%s\" runs as root, which must not "
		    "read what clients send: use another \"user\"",
		    service->name);
}
