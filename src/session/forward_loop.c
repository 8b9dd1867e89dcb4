#include "session/forward_loop.h"

#include <sys/stat.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/socket/local.h"

struct search {
	const struct session *session;
	bool *seen; /* services that were searched; NULL: none yet */
};

/* --- addresses --- */

/* Whether L, which has the same port, receives connections to A. */
static bool
receives(const struct session_listener *l, const struct addr *a)
{
	struct addr own = *l->addr;

	addr_unmap(&own);
	if (own.sa.sa_family != a->sa.sa_family &&
	    !(l->dual && a->sa.sa_family == AF_INET))
		return false;
	if (addr_is_wildcard(a))
		return addr_is_wildcard(&own) || addr_is_loopback(&own);
	return (addr_equal(&own, a) || addr_is_wildcard(&own)) &&
	    local_is_own(a);
}

/* --- Unix sockets --- */

static bool
find_file(struct stat *st, const char *root, const struct addr *a)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s%s", root != NULL ? root : "",
	    a->un.sun_path);
	return stat(path, st) == 0;
}

/* Whether A, a target of FROM, which may have its own root, is E. */
static bool
is_same_socket(
    const struct addr *e, const struct addr *a, const struct service *from)
{
	struct stat x, y;

	if (addr_is_abstract(e) || addr_is_abstract(a))
		return addr_equal(e, a);
	return find_file(&x, NULL, e) && find_file(&y, from->chroot, a) &&
	    x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* --- services --- */

/* Connections from this host to itself arrive on "lo" only. */
static bool
may_receive(const struct service *service, const struct addr *a)
{
	return a->sa.sa_family == AF_UNIX || service->interface == NULL ||
	    strcmp(service->interface, "lo") == 0;
}

/* Whether a connection from the service FROM to A arrives at L. */
static bool
arrives(const struct addr *a, const struct service *from,
    const struct session_listener *l)
{
	bool path = a->sa.sa_family == AF_UNIX;

	if (!may_receive(l->service, a) ||
	    path != (l->addr->sa.sa_family == AF_UNIX) ||
	    addr_port(l->addr) != addr_port(a))
		return false;
	return path ? is_same_socket(l->addr, a, from) : receives(l, a);
}

static bool leads_back(
    struct search *s, const struct service *from, const struct target *target);

/* Whether one of the targets of SERVICE leads back. */
static bool
passes_on(struct search *s, const struct service *service)
{
	const struct config *config = s->session->config;
	size_t i = (size_t)(service - config->services);

	if (s->seen == NULL &&
	    (s->seen = calloc(config->nservices, sizeof(*s->seen))) == NULL)
		return false;
	if (s->seen[i])
		return false;
	s->seen[i] = true;
	for (i = 0; i < service->ntargets; i++)
		if (leads_back(s, service, &service->targets[i]))
			return true;
	return false;
}

static bool
leads_back(
    struct search *s, const struct service *from, const struct target *target)
{
	const struct session_listener *l = s->session->listeners;
	const struct session_listener *end = l + s->session->nlisteners;
	struct addr a = target->addr;

	addr_unmap(&a);
	for (; l < end; l++)
		if (l->service->handler == HANDLER_FORWARD &&
		    arrives(&a, from, l) &&
		    (l->service == s->session->service ||
			passes_on(s, l->service)))
			return true;
	return false;
}

bool
forward_loop_find(const struct session *s, const struct target *target)
{
	struct search search = { s, NULL };
	bool found = leads_back(&search, s->service, target);

	free(search.seen);
	return found;
}
