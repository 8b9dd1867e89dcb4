/*
 * blank.h -- the parts of a daemon that an upgrade hands over, made empty again
 * and again: mapping their tables takes long, so that is done once.
 *
 * Without libcheck, which a fuzz target does not have.
 */

#ifndef BLANK_H
#define BLANK_H

#include <sys/mman.h>

#include <stdlib.h>
#include <string.h>

#include "haild/admission/sources.h"
#include "haild/children/children.h"
#include "haild/children/leftovers.h"
#include "haild/children/service_stats.h"
#include "haild/children/linger.h"
#include "haild/containment/uids.h"
#include "haild/containment/leaves.h"
#include "haild/control/control.h"
#include "haild/listen/listener.h"
#include "haild/relays/relays.h"
#include "haild/takeover/state.h"
#include "lib/log.h"

struct parts {
	struct service_stats_list all_stats;
	struct listeners listeners;
	struct children children;
	struct sources sources;
	struct leftovers leftovers;
	struct log_lost lost;
	int hangups;
	pid_t logger;
	int64_t logger_started;
	struct linger_process linger[LINGER_PROCESSES];
	struct relays relays;
	struct uids uids;
	struct leaves leaves; /* there are none */
	bool drained;
	struct control control;
	struct control_history history;
	struct takeover takeover; /* points to all of them */
};

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

/* As server_init leaves them. */
static void
blank_parts(struct parts *p)
{
	struct children table = p->children;
	struct sources sources = p->sources;
	struct leftovers leftovers = p->leftovers;
	struct relays relays = p->relays;
	size_t i;

	if (table.slots == NULL) {
		TAILQ_INIT(&p->all_stats);
		if (children_create(&table) == -1 ||
		    sources_create(&sources) == -1 ||
		    leftovers_create(&leftovers) == -1 ||
		    relays_create(&relays) == -1)
			abort();
	}
	for (i = 0; i < p->listeners.n; i++)
		free(p->listeners.list[i].passed);
	free(p->listeners.list);
	blank_stats(&p->all_stats);
	free(p->uids.marks);
	memset(p, 0, sizeof(*p));
	TAILQ_INIT(&p->all_stats);
	p->hangups = -1;
	p->linger[LINGER_NOW].fd = p->linger[LINGER_BEFORE].fd = -1;
	p->children.slots = table.slots;
	p->children.buckets = table.buckets;
	p->children.identities = table.identities;
	p->relays.table = relays.table;
	p->relays.buckets = relays.buckets;
	p->relays.epoll = relays.epoll;
	TAILQ_INIT(&p->relays.starting);
	TAILQ_INIT(&p->relays.ending);
	TAILQ_INIT(&p->relays.free);
	p->sources = sources;
	p->leftovers.sids = leftovers.sids;
	control_init(&p->control);
	p->takeover = (struct takeover) { &p->all_stats, &p->listeners,
		&p->children, &p->sources, &p->leftovers, &p->lost, &p->hangups,
		&p->logger, &p->logger_started, p->linger, &p->relays, &p->uids,
		&p->leaves, &p->drained, &p->control, &p->history };
	blank_sources(&p->sources);
	BLANK(table.slots, (size_t)SESSIONS_MAX);
	BLANK(table.buckets, (size_t)CHILDREN_BUCKETS);
	BLANK(relays.table, (size_t)RELAYS_MAX);
	BLANK(relays.buckets, RELAYS_BUCKETS);
}

#endif
