/*
 * blank.h -- a server that knows nothing, again and again: its tables are
 * mapped once, which takes long, and emptied after that.
 *
 * Without libcheck, since a fuzz target has none.
 */

#ifndef BLANK_H
#define BLANK_H

#include <sys/mman.h>

#include <stdlib.h>
#include <string.h>

#include "haild/state.h"

/* Make N zeros of what lies at START. */
#define BLANK(start, n)                                                        \
	do {                                                                   \
		if (madvise((start), (n) * sizeof(*(start)), MADV_DONTNEED) == \
		    -1)                                                        \
			abort();                                               \
	} while (0)

static void
blank_sources(struct sources *all)
{
	BLANK(all->entries, (size_t)SOURCES_MAX + 1);
	BLANK(all->heap, (size_t)SOURCES_MAX + 1);
	BLANK(all->chains, (size_t)2 * SOURCES_MAX);
	all->idle = all->count = all->used = all->free = 0;
}

static void
blank_stats(struct service_stats_list *all)
{
	struct command_count *next;
	struct service_stats *t;

	while ((t = TAILQ_FIRST(all)) != NULL) {
		TAILQ_REMOVE(all, t, entry);
		for (; t->commands != NULL; t->commands = next) {
			next = t->commands->next;
			free(t->commands);
		}
		free(t->name);
		free(t);
	}
}

/* As server_init leaves it. */
static void
blank_server(struct server *s)
{
	struct children table = s->children;
	struct sources sources = s->admission.sources;
	struct leftovers leftovers = s->leftovers;

	if (table.slots == NULL) {
		TAILQ_INIT(&s->all_stats);
		if (children_create(&table) == -1 ||
		    sources_create(&sources) == -1 ||
		    leftovers_create(&leftovers) == -1)
			abort();
	}
	free(s->listeners.list);
	blank_stats(&s->all_stats);
	memset(s, 0, sizeof(*s));
	TAILQ_INIT(&s->all_stats);
	s->hangups = -1;
	s->children.slots = table.slots;
	s->children.buckets = table.buckets;
	s->admission.sources = sources;
	s->leftovers.sids = leftovers.sids;
	blank_sources(&s->admission.sources);
	BLANK(table.slots, (size_t)SESSIONS_MAX);
	BLANK(table.buckets, (size_t)CHILDREN_BUCKETS);
}

#endif
