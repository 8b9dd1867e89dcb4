/*
 * filters.c -- from settings to the plan of a filter, and what is wrong with
 * them.
 */

#include "load/contain/filters.h"

#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "load/contain/families.h"
#include "load/contain/filters_code.h"
#include "load/contain/groups.h"
#include "load/settings.h"
#include "load/text/suggest.h"

#define CALLS "system-call-filter"
#define FAMILIES "restrict-address-families"

/* A filter that was built, for services with the same settings; in the arena.
 */
struct filter_cache {
	struct filter_cache *next;
	const char *const *calls, *const *families;
	bool no_namespaces;
	const struct sock_filter *filter; /* NULL: there were errors */
	uint16_t len;
};

/* --- calls --- */

struct change {
	struct filter_set *set;
	bool add;
};

static void
change_call(void *arg, const char *call)
{
	struct change *c = arg;
	int number = filter_number(call);

	/* Other architectures, or a later libseccomp, may have it. */
	if (number < 0)
		return;
	if (c->add)
		filter_set_add(c->set, number);
	else
		filter_set_remove(c->set, number);
}

static void
find_newest(void *newest, const char *call)
{
	int number = filter_number(call), *max = newest;

	/* Not ARM's own, which are far from the others. */
	if (number > *max && number < FILTER_NUMBERS_END)
		*max = number;
}

/* The names that come are not kept. */
struct similar {
	struct suggestion s;
	char best[GROUPS_NAME_MAX];
};

static void
compare_call(void *arg, const char *call)
{
	struct similar *similar = arg;

	suggest_name(&similar->s, call);
	if (similar->s.best != call)
		return;
	strlcpy(similar->best, call, sizeof(similar->best));
	similar->s.best = similar->best;
}

/* NAME in SETTING is unknown: suggest one of those that NAME_OF returns. */
static void
report_unknown(struct loader *l, const char *setting, const char *what,
    const char *name, const char *(*name_of)(size_t i))
{
	char buf[SUGGEST_TEXT_MAX];
	struct suggestion s;
	size_t i;

	suggest_begin(&s, name);
	for (i = 0; name_of(i) != NULL; i++)
		suggest_name(&s, name_of(i));
	loader_error_at(l, ORIGIN(l, setting), "\"%s\": unknown %s \"%s\"%s",
	    setting, what, name, suggest_print(&s, buf, sizeof(buf)));
}

static void
report_call(struct loader *l, const char *name)
{
	const struct scmp_version *v = seccomp_version();
	char buf[SUGGEST_TEXT_MAX];
	struct similar similar;

	suggest_begin(&similar.s, name);
	groups_visit("@known", compare_call, &similar);
	if (similar.s.best != NULL && strcmp(similar.s.best, name) == 0)
		loader_error_at(l, ORIGIN(l, CALLS),
		    "\"" CALLS
		    "\": libseccomp %u.%u.%u does not know \"%s\" "
		    "yet",
		    v->major, v->minor, v->micro, name);
	else
		loader_error_at(l, ORIGIN(l, CALLS),
		    "\"" CALLS "\": unknown system call \"%s\"%s", name,
		    suggest_print(&similar.s, buf, sizeof(buf)));
}

/* Add what NAME means to the set, or remove it. */
static void
change_set(struct loader *l, struct change *change, const char *name)
{
	if (*name == '@') {
		if (!groups_visit(name, change_call, change))
			report_unknown(l, CALLS, "group", name, groups_name);
	} else if (filter_number(name) == __NR_SCMP_ERROR)
		report_call(l, name);
	else
		change_call(change, name);
}

static void
read_calls(struct loader *l, const struct service *service,
    const char *const *list, struct filter_set *calls)
{
	struct change change = { .set = calls };
	bool minus;

	calls->denies = list == NULL || **list == '~';
	if (!calls->denies) {
		change.add = true;
		groups_visit("@default", change_call, &change);
	}
	for (; list != NULL && *list != NULL; list++) {
		minus = **list == '~';
		change.add = minus == calls->denies;
		change_set(l, &change, *list + minus);
	}
	if (filter_denies(calls, filter_number("execve")))
		loader_error_at(l, ORIGIN(l, CALLS),
		    "\"" CALLS
		    "\" must allow execve, which starts the "
		    "program of \"%s\"",
		    service->name);
}

static void
deny(struct filter_set *calls, const char *name)
{
	struct change change = { calls, calls->denies };

	change_call(&change, name);
}

/* --- families --- */

static void
read_families(
    struct loader *l, const char *const *list, struct filter_set *families)
{
	bool minus;
	int family;

	families->denies = **list == '~';
	if (strcmp(*list, "none") == 0 && list[1] == NULL)
		return;
	for (; *list != NULL; list++) {
		minus = **list == '~';
		if (strcmp(*list + minus, "none") == 0)
			loader_error_at(l, ORIGIN(l, FAMILIES),
			    "\"" FAMILIES
			    "\": \"none\" must be the only "
			    "element");
		else if ((family = family_find(*list + minus)) == -1)
			report_unknown(l, FAMILIES, "address family",
			    *list + minus, family_name);
		else if (minus == families->denies)
			filter_set_add(families, family);
		else
			filter_set_remove(families, family);
	}
}

/* --- all --- */

static void
build(struct loader *l, const struct service *service, struct filter_cache *new)
{
	struct filter_plan plan = { .no_namespaces = new->no_namespaces };
	struct filter_set families = { .n = 0 };
	unsigned int errors = l->errors;
	struct sock_filter *code, *copy;
	size_t i;

	read_calls(l, service, new->calls, &plan.calls);
	if (plan.no_namespaces) {
		deny(&plan.calls, "unshare");
		deny(&plan.calls, "setns");
		deny(&plan.calls, "clone3"); /* its flags are in memory */
	}
	if (new->families != NULL) {
		read_families(l, new->families, &families);
		plan.families = &families;
		/* They make sockets, too; the family is in memory. */
		deny(&plan.calls, "socketcall");
		deny(&plan.calls, "io_uring_setup");
	}
	if (!plan.calls.denies) {
		groups_visit("@known", find_newest, &plan.newest);
		for (i = 0; i < plan.calls.n; i++)
			if (plan.calls.list[i] > plan.newest &&
			    plan.calls.list[i] < FILTER_NUMBERS_END)
				plan.newest = plan.calls.list[i];
	}
	if (l->errors != errors)
		return;
	code = filter_assemble(&plan, &new->len);
	copy = arena_alloc(l->arena, new->len * sizeof(*copy));
	memcpy(copy, code, new->len * sizeof(*copy));
	free(code);
	new->filter = copy;
}

static bool
equal_lists(const char *const *a, const char *const *b)
{
	if (a == b)
		return true;
	if (a == NULL || b == NULL)
		return false;
	for (; *a != NULL && *b != NULL; a++, b++)
		if (strcmp(*a, *b) != 0)
			return false;
	return *a == *b;
}

/* An empty list is like none: it takes back that of a preset. */
static const char *const *
used(const char *const *list)
{
	return list != NULL && *list != NULL ? list : NULL;
}

static const struct filter_cache *
find_or_build(struct loader *l, const struct service *service)
{
	const char *const *calls = used(service->system_call_filter);
	const char *const *families = used(service->restrict_address_families);
	struct filter_cache *c, *new;

	for (c = l->filters; c != NULL; c = c->next)
		if (equal_lists(c->calls, calls) &&
		    equal_lists(c->families, families) &&
		    c->no_namespaces == service->restrict_namespaces)
			return c;
	new = arena_alloc(l->arena, sizeof(*new));
	new->calls = calls;
	new->families = families;
	new->no_namespaces = service->restrict_namespaces;
	new->next = l->filters;
	l->filters = new;
	build(l, service, new);
	/* Lists that differ may mean the same. */
	for (c = new->next; c != NULL &&new->filter != NULL; c = c->next)
		if (c->len == new->len &&
		    memcmp(c->filter, new->filter,
			c->len * sizeof(*c->filter)) == 0)
			new->filter = c->filter;
	return new;
}

void
filters_build(struct loader *l, struct service *service)
{
	const struct filter_cache *found;

	service->contained.filter = NULL;
	service->contained.filter_len = 0;
	if ((service->handler & HANDLER_OWN) != 0 ||
	    (used(service->system_call_filter) == NULL &&
		used(service->restrict_address_families) == NULL &&
		!service->restrict_namespaces))
		return;
	if (!service->no_new_privileges &&
	    ORIGIN(l, "no-new-privileges")->file != NULL)
		loader_error_at(l, ORIGIN(l, "no-new-privileges"),
		    "\"no-new-privileges\" must be true in \"%s\", which has "
		    "a system call filter",
		    service->name);
	service->no_new_privileges = true;
	found = find_or_build(l, service);
	service->contained.filter = found->filter;
	service->contained.filter_len = found->len;
}
