#include "haild/listen/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/io.h"
#include "lib/log.h"

/* Ports that *:0 tries until one is free for both families. */
#define TWIN_TRIES 32

struct planning {
	struct listeners *have;
	int level;
};

/* The prefix of an address in "listen". */
static const char *
kind(const struct listener *l)
{
	return l->dgram ? "udp:" : "";
}

static int
log_failure(const struct planning *p, const struct listener *l)
{
	char text[ADDR_TEXT_MAX];
	const char *why = strerror(errno);

	log_at(p->level, "%s: cannot listen on %s%s: %s", l->service->name,
	    kind(l), addr_print(&l->wanted, text, sizeof(text)), why);
	return -1;
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

/* Whether H has the address that L wants; for port 0, the same setting. */
static bool
is_wanted(const struct listener *h, const struct listener *l)
{
	if (h->fd == -1 || h->kept || h->dgram != l->dgram)
		return false;
	if (addr_port(&l->wanted) != 0 || l->wanted.sa.sa_family == AF_UNIX)
		return addr_equal(&h->addr, &l->wanted);
	return addr_equal(&h->wanted, &l->wanted) && h->stats != NULL &&
	    strcmp(h->stats->name, l->service->name) == 0;
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

static int
take_or_open(const struct planning *p, struct listener *l)
{
	return take_over(p, l) ? 0 : listener_open(l);
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
		if (listener_open(&pair[1]) == 0) {
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

/* Undo PLAN from its FIRST listener on. */
static void
undo(struct listeners *plan, size_t first, struct listeners *have)
{
	for (; plan->n > first; plan->n--)
		give_back(&plan->list[plan->n - 1], have);
}

/* Plan all endpoints of a service, or none.  Returns 0, or -1 (logged). */
static int
plan_service(const struct planning *p, struct listeners *plan,
    struct service_stats *stats, const struct service *service)
{
	size_t i, width, first = plan->n;
	int n;

	for (i = 0; i < service->nendpoints; i += width) {
		const struct endpoint *e = &service->endpoints[i];
		struct listener *at = &plan->list[plan->n];

		width = i + 1 < service->nendpoints && e[1].twin ? 2 : 1;
		prepare(&at[0], stats, service, e);
		if (width == 2)
			prepare(&at[1], stats, service, e + 1);
		n = width == 2 ? plan_pair(p, at) : plan_one(p, at);
		if (n == -1) {
			undo(plan, first, p->have);
			return -1;
		}
		plan->n += (size_t)n;
	}
	return plan->n > first ? 0 : -1;
}

/* Put a service out of service.  Retries are quiet unless it was in service. */
static void
put_out(struct service_stats *stats, const struct service *service, int level)
{
	if (!stats->out && level > LOG_ERR && service->missing != NULL)
		log_errx("%s: %s", stats->name, service->missing);
	log_at(stats->out ? level : LOG_ERR, "%s: out of service", stats->name);
	stats->out = true;
}

int
listeners_plan(struct listeners *plan, const struct config *config,
    struct listeners *have, struct service_stats_list *all_stats, bool alone,
    int level)
{
	const struct planning p = { have, level };
	const struct service *service;
	size_t i, total = have->n;
	struct service_stats *stats;
	bool failed = false;

	for (i = 0; i < config->nservices; i++)
		total += config->services[i].nendpoints;
	plan->n = 0;
	plan->list = calloc(total + 1, sizeof(*plan->list));
	if (plan->list == NULL) {
		log_err("cannot allocate %zu listeners", total);
		return -1;
	}
	for (i = 0; i < config->nservices; i++) {
		service = &config->services[i];
		if (service->disable)
			continue;
		if ((stats = service_stats_get(all_stats, service->name)) ==
		    NULL) {
			log_err("%s: cannot allocate counters", service->name);
			failed = true;
			continue;
		}
		if (service->missing == NULL &&
		    plan_service(&p, plan, stats, service) == 0)
			continue;
		if (alone)
			put_out(stats, service, level);
		else
			failed = true; /* go on, to log all errors */
	}
	if (!failed)
		return 0;
	listeners_cancel(plan, have);
	return -1;
}

void
listeners_cancel(struct listeners *plan, struct listeners *have)
{
	undo(plan, 0, have);
	free(plan->list);
	plan->list = NULL;
}

void
listeners_log_unwanted(const struct listeners *all)
{
	char text[ADDR_TEXT_MAX];
	size_t i;

	for (i = 0; i < all->n; i++)
		if (all->list[i].stats == NULL)
			log_warnx("no service uses the inherited socket %s%s",
			    kind(&all->list[i]),
			    addr_print(&all->list[i].addr, text, sizeof(text)));
}

/* L has been copied to another list. */
static void
forget(struct listener *l)
{
	l->fd = -1;
	l->addr.sa.sa_family = AF_UNSPEC;
}

void
listeners_commit(struct listeners *plan, struct listeners *have)
{
	char text[ADDR_TEXT_MAX];
	struct listener *l;
	size_t i;

	for (i = 0; i < plan->n; i++) {
		l = &plan->list[i];
		if (l->kept)
			listener_update(l);
		else
			log_info("%s: listening on %s%s", l->service->name,
			    kind(l), addr_print(&l->addr, text, sizeof(text)));
		l->kept = false;
		l->stats->out = false;
	}
	for (i = 0; i < have->n; i++) {
		l = &have->list[i];
		if (!l->kept && l->stats == NULL && l->fd != -1)
			plan->list[plan->n++] = *l;
		else if (!l->kept)
			continue;
		forget(l);
	}
}

void
listeners_park(struct listeners *all, struct listeners *old)
{
	struct listener *l;
	size_t i;

	for (i = 0; i < old->n; i++) {
		l = &old->list[i];
		if (l->fd == -1 || l->wait_socket.pid == 0)
			continue;
		l->service = NULL;
		all->list[all->n++] = *l;
		forget(l);
	}
}
