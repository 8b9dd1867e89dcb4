#include "haild/listen/plan_passed.h"

#include <stdio.h>
#include <string.h>

#include "haild/listen/interface.h"

#define NAME_SHOWN 64 /* bytes of a name in a message */

static bool
has_name(const struct listener *h, const char *name)
{
	return h->fd != -1 && h->passed != NULL && strcmp(h->passed, name) == 0;
}

/*
 * Why SERVICE cannot serve H, or NULL.  haild-load makes the same checks for
 * services with addresses.
 */
static const char *
find_misfit(const struct listener *h, const struct service *service)
{
	const struct listener l = { .service = service };

	if (h->dgram && !service->wait)
		return "UDP needs \"wait = true\"";
	if (h->addr.sa.sa_family != AF_UNIX && !interface_is_wanted(h, &l))
		return "not bound to the \"interface\" of the service";
	if (!h->dgram && service->wait && service->handler == HANDLER_BUILTIN)
		return "\"wait\" with \"builtin\" needs UDP";
	return NULL;
}

static void
add(struct listeners *plan, struct listener *h, struct service_stats *stats,
    const struct service *service)
{
	struct listener *l = &plan->list[plan->n++];

	h->kept = true;
	*l = *h;
	l->service = service;
	l->stats = stats;
	l->wanted = h->addr;
}

/* Append TEXT to the list in BUF, or "..." if there is no room for it. */
static void
append_name(char *buf, size_t size, const char *text)
{
	size_t used = strlen(buf);

	if (used > 0 && buf[used - 1] == '.')
		return;
	if (used + strlen(text) + sizeof(", \"\", ...") > size)
		strlcat(buf, used > 0 ? ", ..." : "...", size);
	else
		snprintf(buf + used, size - used, "%s\"%s\"",
		    used > 0 ? ", " : "", text);
}

/* Whether an earlier one of HAVE has the name of L. */
static bool
is_listed(const struct listeners *have, const struct listener *l)
{
	const struct listener *h;

	for (h = have->list; h < l; h++)
		if (has_name(h, l->passed))
			return true;
	return false;
}

static int
log_missing(
    const struct planning *p, struct service_stats *stats, const char *name)
{
	const struct listener *h = p->have->list, *end = h + p->have->n;
	char names[128] = "";

	for (; h < end; h++)
		if (h->fd != -1 && h->passed != NULL && !is_listed(p->have, h))
			append_name(names, sizeof(names), h->passed);
	if (names[0] == '\0')
		return plan_failed(p, stats,
		    "cannot listen on fd:%.*s: no inherited socket has a name",
		    NAME_SHOWN, name);
	return plan_failed(p, stats,
	    "cannot listen on fd:%.*s: no inherited socket has this name; "
	    "the names are %s",
	    NAME_SHOWN, name, names);
}

/* Log WHY H, which has this NAME, cannot be served. */
static int
log_unfit(const struct planning *p, struct service_stats *stats,
    const char *name, const struct listener *h, const char *why)
{
	char text[ADDR_TEXT_MAX];

	return plan_failed(p, stats, "cannot listen on fd:%.*s: %s%s: %s",
	    NAME_SHOWN, name, listener_kind(h),
	    addr_print(&h->addr, text, sizeof(text)), why);
}

/* Whether SERVICE can serve all sockets of this NAME; logs why not. */
static bool
are_fit(const struct planning *p, struct service_stats *stats,
    const struct service *service, const char *name)
{
	const struct listener *h = p->have->list, *end = h + p->have->n;
	const char *why;
	bool any = false;

	for (; h < end; h++) {
		if (!has_name(h, name))
			continue;
		why = h->kept ? "another service uses the inherited socket"
			      : find_misfit(h, service);
		if (why != NULL) {
			log_unfit(p, stats, name, h, why);
			return false;
		}
		any = true;
	}
	if (!any)
		log_missing(p, stats, name);
	return any;
}

void
plan_passed_drained(const struct planning *p, struct listeners *plan,
    struct service_stats *stats, const struct service *service,
    const char *name)
{
	struct listener *h = p->have->list, *end = h + p->have->n;

	for (; h < end; h++)
		if (has_name(h, name) && !h->kept &&
		    find_misfit(h, service) == NULL)
			add(plan, h, stats, service);
}

int
plan_passed(const struct planning *p, struct listeners *plan,
    struct service_stats *stats, const struct service *service,
    const char *name)
{
	if (!are_fit(p, stats, service, name))
		return -1;
	plan_passed_drained(p, plan, stats, service, name);
	return 0;
}
