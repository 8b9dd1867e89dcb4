/*
 * answers.c -- the answers of lookups, copied into the arena.
 */

#include "load/names.h"

#include <stdio.h>
#include <string.h>

#include "load/memory.h"
#include "load/names/entries.h"
#include "load/service.h"

/* Copy what was found into the arena. */
static struct known_name *
keep(struct loader *l, enum name_kind kind, const char *text,
    const struct result *r)
{
	struct known_name *name = arena_alloc(l->arena, sizeof(*name));
	struct addr *addrs =
	    arena_alloc(l->arena, (r->naddrs + 1) * sizeof(*addrs));

	if (r->naddrs > 0)
		memcpy(addrs, r->addrs, r->naddrs * sizeof(*addrs));
	*name = (struct known_name) { .kind = kind,
		.text = arena_strdup(l->arena, text),
		.addrs = addrs,
		.naddrs = r->naddrs,
		.number = r->number };
	if (kind == NAME_USER || kind == NAME_SELF)
		users_fill(l, &name->user, &r->user, r->groups, r->ngroups);
	return name;
}

const struct known_name *
names_find(const struct config *old, enum name_kind kind, const char *text)
{
	const struct known_name *name;
	size_t i;

	for (i = 0; old != NULL && i < old->nnames; i++) {
		name = &old->names[i];
		/* A target without addresses is listed, too. */
		if (name->kind == kind && strcmp(name->text, text) == 0)
			return kind == NAME_TARGET && name->naddrs == 0 ? NULL
									: name;
	}
	return NULL;
}

/* What the previous configuration found, copied into this one; or NULL. */
static struct known_name *
keep_previous(struct loader *l, enum name_kind kind, const char *text)
{
	const struct known_name *old =
	    names_find(l->source->previous, kind, text);
	struct result r = { 0 };

	if (old == NULL)
		return NULL;
	r.addrs = (struct addr *)old->addrs;
	r.naddrs = old->naddrs;
	r.number = old->number;
	r.user.name = old->user.name;
	r.user.home = old->user.home;
	r.user.shell = old->user.shell;
	r.user.uid = old->user.uid;
	r.user.gid = old->user.gid;
	r.groups = (gid_t *)old->user.groups;
	r.ngroups = old->user.ngroups;
	return keep(l, kind, text, &r);
}

/* There is no answer: explain that, or use an old one. */
static void
do_without(struct loader *l, struct entry *e, bool done)
{
	struct answer *a = e->answer;
	char why[128];

	a->found = -1;
	if (done)
		strlcpy(why, e->result.why, sizeof(why));
	else
		snprintf(why, sizeof(why), "no answer within %g s",
		    (double)names_time_for(l->names, e) / (double)SECOND);
	if (!done && l->names->wait < NAMES_LATE && !l->source->patient)
		l->config->unanswered = true;
	a->why = arena_strdup(l->arena, why);
	if ((a->name = keep_previous(l, e->kind, e->text)) == NULL)
		return;
	a->found = 1;
	if (e->kind == NAME_TARGET)
		a->name->stale = a->why;
	loader_warn(l, "cannot look up \"%s\": %s; using the last answer",
	    e->text, why);
}

const struct answer *
names_ask(struct loader *l, enum name_kind kind, const char *text)
{
	struct entry *e = names_entry(l->names, kind, text);
	bool keeps = kind == NAME_TARGET && l->source->again != NULL, done;

	if (e->answer != NULL)
		return e->answer;
	done = names_wait_for(l->names, e);
	e->answer = memory_resize(NULL, 1, sizeof(*e->answer));
	*e->answer = (struct answer) { 0 };
	if (e->reused) {
		e->answer->found = 1;
		e->answer->name = keep_previous(l, kind, text);
	} else if (!done || e->result.found == -1 ||
	    (keeps && e->result.found == 0))
		do_without(l, e, done);
	else if (e->result.found == 0)
		e->answer->why = e->result.why;
	else {
		e->answer->found = 1;
		e->answer->name = keep(l, kind, text, &e->result);
	}
	return e->answer;
}

/* List a target that has no address, so that it is resolved again. */
static void
add_unknown(struct loader *l, const struct entry *e, struct known_name *name)
{
	name->kind = e->kind;
	name->text = arena_strdup(l->arena, e->text);
	name->stale = arena_strdup(l->arena, e->answer->why);
}

void
names_end(struct loader *l)
{
	struct names *names = l->names;
	const struct entry *e;
	struct known_name *list;
	size_t n = 0;

	TAILQ_FOREACH(e, &names->entries, next)
		n++;
	list = arena_alloc(l->arena, (n + 1) * sizeof(*list));
	l->config->names = list;
	TAILQ_FOREACH(e, &names->entries, next)
		if (e->answer != NULL && e->answer->name != NULL)
			list[l->config->nnames++] = *e->answer->name;
		else if (e->answer != NULL && e->kind == NAME_TARGET)
			add_unknown(l, e, &list[l->config->nnames++]);
	l->names = NULL;
	names_finish(names);
}
