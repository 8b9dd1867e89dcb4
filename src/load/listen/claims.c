/*
 * claims.c -- no two services listen on the same address.
 */

#include "load/service.h"

#include <net/if.h>

#include <string.h>

/* The number of the interface that E of SERVICE is bound to; 0: none. */
static unsigned int
interface_of(const struct service *service, const struct endpoint *e)
{
	if (service->interface != NULL)
		return if_nametoindex(service->interface);
	return addr_is_link_local(&e->addr) ? e->addr.in6.sin6_scope_id : 0;
}

/* Whether A and B are bound to different interfaces. */
static bool
are_apart(const struct service *a, const struct endpoint *of_a,
    const struct service *b, const struct endpoint *of_b)
{
	unsigned int first, second;

	if (of_a->addr.sa.sa_family == AF_UNIX)
		return false;
	if (a->interface != NULL && b->interface != NULL)
		return strcmp(a->interface, b->interface) != 0;
	first = interface_of(a, of_a);
	second = interface_of(b, of_b);
	return first != 0 && second != 0 && first != second;
}

/* Whether A of SERVICE listens where B of OWNER does. */
static bool
is_same(const struct service *service, const struct endpoint *a,
    const struct service *owner, const struct endpoint *b)
{
	if (a->passed != NULL || b->passed != NULL)
		return a->passed != NULL && b->passed != NULL &&
		    strcmp(a->passed, b->passed) == 0;
	return a->dgram == b->dgram &&
	    (addr_equal(&a->addr, &b->addr) ||
		addr_overlaps(&a->addr, &b->addr)) &&
	    !are_apart(service, a, owner, b);
}

/*
 * The endpoint of SERVICE, before E of OWNER, that listens where E does; or
 * NULL.
 */
static const struct endpoint *
find_claim(const struct service *service, const struct service *owner,
    const struct endpoint *e)
{
	const struct endpoint *other = service->endpoints;
	size_t i;

	for (i = 0; i < service->nendpoints && other != e; i++, other++)
		if (is_same(service, other, owner, e))
			return other;
	return NULL;
}

/*
 * E of SERVICE is where OTHER_SERVICE listens as OTHER.  That is an error of
 * the text, unless a name has that address: then its service is out of service.
 * Returns whether that is OTHER_SERVICE.
 */
static bool
report_claim(struct loader *l, struct service *service,
    const struct endpoint *e, struct service *other_service,
    const struct endpoint *other)
{
	const struct origin first = { .file = other_service->file,
		.line = other_service->line };

	if (e->by_name)
		loader_missing(l, service, ORIGIN(l, "listen"),
		    "listen \"%s\": service \"%s\" already listens on \"%s\"",
		    e->text, other_service->name, other->text);
	else if (other->by_name)
		loader_missing(l, other_service, &first,
		    "listen \"%s\": service \"%s\" also listens on \"%s\"",
		    other->text, service->name, e->text);
	else
		loader_error_at(l, ORIGIN(l, "listen"),
		    "listen \"%s\": service \"%s\" already listens on \"%s\"",
		    e->text, other_service->name, other->text);
	return !e->by_name && other->by_name;
}

void
check_claims(struct loader *l, size_t at)
{
	struct service *first = (struct service *)l->config->services, *s;
	const struct endpoint *e, *other;
	size_t i;

	for (i = 0; i < first[at].nendpoints; i++) {
		e = &first[at].endpoints[i];
		if (e->passed == NULL && e->addr.sa.sa_family != AF_UNIX &&
		    addr_port(&e->addr) == 0)
			continue;
		for (s = first; s <= &first[at]; s++) {
			if (s->disable ||
			    (other = find_claim(s, &first[at], e)) == NULL ||
			    ((s->missing != NULL ||
				 first[at].missing != NULL) &&
				(e->by_name || other->by_name)))
				continue;
			if (!report_claim(l, &first[at], e, s, other))
				return;
		}
	}
}
