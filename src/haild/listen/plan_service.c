#include "haild/listen/plan_service.h"

#include <errno.h>
#include <string.h>

#include "haild/listen/handover.h"
#include "haild/listen/interface.h"
#include "haild/listen/plan_passed.h"
#include "lib/log.h"

/* Ports that *:0 tries until one is free for both families. */
#define TWIN_TRIES 32

/* Why L cannot be opened: ERROR, or another service has its socket. */
static const char *
describe(const struct planning *p, const struct listener *l, int error)
{
	const struct listener *h;

	for (h = p->have->list; h < p->have->list + p->have->n; h++)
		if (error == EADDRINUSE && h->inherited && h->kept &&
		    h->dgram == l->dgram && addr_equal(&h->addr, &l->wanted))
			return "another service uses the inherited socket";
	return strerror(error);
}

static int
log_failure(const struct planning *p, const struct listener *l)
{
	const char *name =
	    l->wanted.sa.sa_family != AF_UNIX ? l->service->interface : NULL;
	char text[ADDR_TEXT_MAX];

	return plan_failed(p, l->stats, "cannot listen on %s%s%s%s%s: %s",
	    listener_kind(l), addr_print(&l->wanted, text, sizeof(text)),
	    name != NULL ? " (interface \"" : "", name != NULL ? name : "",
	    name != NULL ? "\")" : "", describe(p, l, errno));
}

/* Whether the host has no IPv6: every host that has it has :: and ::1. */
static bool
lacks_ipv6(const struct listener *l, int error)
{
	const struct in6_addr *a = &l->wanted.in6.sin6_addr;

	return l->wanted.sa.sa_family == AF_INET6 &&
	    (IN6_IS_ADDR_UNSPECIFIED(a) || IN6_IS_ADDR_LOOPBACK(a)) &&
	    (error == EAFNOSUPPORT || error == EADDRNOTAVAIL);
}

/* A warning, but for retries, which are logged at their own level. */
static void
log_no_ipv6(const struct planning *p, const struct listener *l)
{
	log_at(p->level > LOG_WARNING ? p->level : LOG_WARNING,
	    "%s: no IPv6 on this host: %s", l->service->name, strerror(errno));
}

/*
 * Whether H has the address and the interface that L wants; for port 0, the
 * same setting.  A Unix socket whose file is gone has no address; one that was
 * inherited may be elsewhere.
 */
static bool
is_wanted(const struct listener *h, const struct listener *l)
{
	if (h->fd == -1 || h->kept || h->closing_at != 0 ||
	    h->dgram != l->dgram)
		return false;
	if (l->wanted.sa.sa_family == AF_UNIX)
		return addr_equal(&h->addr, &l->wanted) &&
		    (h->ino == 0 || listener_has_path(h));
	if (addr_port(&l->wanted) != 0)
		return addr_equal(&h->addr, &l->wanted) &&
		    interface_is_wanted(h, l);
	return addr_equal(&h->wanted, &l->wanted) && h->stats != NULL &&
	    strcmp(h->stats->name, l->service->name) == 0 &&
	    interface_is_wanted(h, l);
}

/* The listener of HAVE that can be taken over for L, or NULL. */
static struct listener *
find_wanted(const struct planning *p, const struct listener *l)
{
	struct listener *h;

	for (h = p->have->list; h < p->have->list + p->have->n; h++)
		if (is_wanted(h, l))
			return h;
	return NULL;
}

/* Take over a listener of HAVE, if there is one.  Returns whether. */
static bool
take_over(const struct planning *p, struct listener *l)
{
	struct listener *h = find_wanted(p, l), new = *l;

	if (h == NULL)
		return false;
	h->kept = true;
	*l = *h;
	l->service = new.service;
	l->stats = new.stats;
	l->wanted = new.wanted;
	return true;
}

/* An inherited IPv6 socket that takes IPv4 too serves as both halves of "*". */
static bool
take_over_dual(const struct planning *p, struct listener *l)
{
	struct listener v6 = *l, *h;

	addr_from_numeric(&v6.wanted, "::", addr_port(&l->wanted));
	if ((h = find_wanted(p, &v6)) == NULL || !h->dual)
		return false;
	*l = v6;
	return take_over(p, l);
}

static void
prepare(struct listener *l, struct service_stats *stats,
    const struct service *service, const struct endpoint *e)
{
	memset(l, 0, sizeof(*l));
	l->fd = -1;
	l->service = service;
	l->stats = stats;
	l->wanted = e->addr;
	l->dgram = e->dgram;
}

/*
 * Share L's port with those of HAVE.  The configuration has no two listeners
 * that overlap, so one that is in the way will go; but not one that a
 * supervisor has, too.  Returns how many are shared.
 */
static size_t
share_old(const struct planning *p, const struct listener *l)
{
	struct listener *h;
	size_t n = 0;

	for (h = p->have->list; h < p->have->list + p->have->n; h++)
		if (h->fd != -1 && !h->kept && !h->inherited &&
		    handover_concerns(h, l) && handover_share(h, true) == 0) {
			h->shared = true;
			n++;
		}
	return n;
}

/* Open L, also where a listener of HAVE that will go is in the way. */
static int
open_new(const struct planning *p, struct listener *l)
{
	int result = listener_open(l);

	if (result == 0 || errno != EADDRINUSE)
		return result;
	if (share_old(p, l) > 0) {
		l->shared = true;
		result = listener_open(l);
	} else
		errno = EADDRINUSE;
	return result;
}

static int
take_or_open(const struct planning *p, struct listener *l)
{
	return take_over(p, l) ? 0 : open_new(p, l);
}

/* Undo L: close it, or leave it to HAVE if it was taken over. */
static void
give_back(struct listener *l, struct listeners *have)
{
	size_t i;

	if (!l->kept) {
		listener_close(l);
		return;
	}
	for (i = 0; i < have->n; i++)
		if (have->list[i].fd == l->fd)
			have->list[i].kept = false;
}

/*
 * Both halves of "*"; without IPv6 the first alone.  For port 0 the IPv4 half
 * gets a port from the kernel, and another one if that is taken for IPv6, up to
 * TWIN_TRIES times.  Returns the number of listeners, or -1 (logged).
 */
static int
plan_pair(const struct planning *p, struct listener pair[2])
{
	struct addr wanted = pair[1].wanted;
	bool any_port = addr_port(&pair[0].wanted) == 0;
	int try;

	if (take_over_dual(p, &pair[0]))
		return 1;
	for (try = 0;; try++) {
		if (take_or_open(p, &pair[0]) == -1)
			return log_failure(p, &pair[0]);
		if (take_over(p, &pair[1]))
			return 2;
		addr_set_port(&pair[1].wanted, addr_port(&pair[0].addr));
		if (open_new(p, &pair[1]) == 0) {
			pair[1].wanted = wanted;
			return 2;
		}
		if (lacks_ipv6(&pair[1], errno)) {
			log_no_ipv6(p, &pair[1]);
			return 1;
		}
		if (!any_port || pair[0].kept || errno != EADDRINUSE ||
		    try == TWIN_TRIES) {
			log_failure(p, &pair[1]);
			give_back(&pair[0], p->have);
			return -1;
		}
		listener_close(&pair[0]);
	}
}

/* Without IPv6, ::1 may fail if the service has other addresses. */
static int
plan_one(const struct planning *p, struct listener *l)
{
	if (take_or_open(p, l) == 0)
		return 1;
	if (l->service->nendpoints == 1 || !lacks_ipv6(l, errno))
		return log_failure(p, l);
	log_no_ipv6(p, l);
	return 0;
}

void
plan_undo(struct listeners *plan, size_t first, struct listeners *have)
{
	for (; plan->n > first; plan->n--)
		give_back(&plan->list[plan->n - 1], have);
}

/*
 * Append the listeners of E, and of its twin if it has one.  Returns the number
 * of these endpoints, or -1 (logged).
 */
static int
plan_endpoint(const struct planning *p, struct listeners *plan,
    struct service_stats *stats, const struct service *service,
    const struct endpoint *e)
{
	struct listener *at = &plan->list[plan->n];
	int n, width;

	if (e->passed != NULL)
		return plan_passed(p, plan, stats, service, e->passed) == -1
		    ? -1
		    : 1;
	width = e + 1 < service->endpoints + service->nendpoints && e[1].twin
	    ? 2
	    : 1;
	prepare(&at[0], stats, service, e);
	if (width == 2)
		prepare(&at[1], stats, service, e + 1);
	n = width == 2 ? plan_pair(p, at) : plan_one(p, at);
	if (n == -1)
		return -1;
	plan->n += (size_t)n;
	return width;
}

int
plan_service(const struct planning *p, struct listeners *plan,
    struct service_stats *stats, const struct service *service)
{
	size_t i = 0, first = plan->n;
	int n;

	while (i < service->nendpoints) {
		n = plan_endpoint(
		    p, plan, stats, service, &service->endpoints[i]);
		if (n == -1) {
			plan_undo(plan, first, p->have);
			return -1;
		}
		i += (size_t)n;
	}
	return plan->n > first ? 0 : -1;
}

/* A socket that is for IPv4 and IPv6 is found as the half for IPv6. */
void
plan_drained(const struct planning *p, struct listeners *plan,
    struct service_stats *stats, const struct service *service)
{
	const struct endpoint *e = service->endpoints;
	const struct endpoint *end = e + service->nendpoints;
	struct listener l, *h;

	for (; e < end; e++) {
		if (e->passed != NULL) {
			plan_passed_drained(p, plan, stats, service, e->passed);
			continue;
		}
		prepare(&l, stats, service, e);
		h = find_wanted(p, &l);
		if (h != NULL && h->inherited && take_over(p, &l))
			plan->list[plan->n++] = l;
	}
}
