/*
 * sources.h -- the table of sources: sessions and token bucket of each.
 *
 * At most SOURCES_MAX have an entry: those that have sessions and those whose
 * bucket is not full.  When the table is full, the source without sessions
 * whose bucket is nearest to full loses its entry.  A source with a full bucket
 * and no sessions needs none.
 *
 * The hash has a random key, so that a client cannot choose addresses that
 * share one chain.
 *
 * The table is MADV_DONTFORK: a fork neither copies nor marks its pages, and it
 * IS NOT MAPPED in a child.  Nothing that runs in a child may call any of this;
 * see admit.h.
 */

#ifndef SOURCES_H
#define SOURCES_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "haild/admission/source.h"
#include "lib/bucket.h"
#include "lib/pages.h"
#include "lib/siphash.h"

/* The entries that count a session, for its service and for all; 0: none. */
struct source_refs {
	uint32_t entries[2];
};

/* Two for each of SESSIONS_MAX sessions: one of its service, one of all. */
#define SOURCES_MAX 131072

struct entry {
	struct source source;
	int64_t full_at; /* its bucket; 0: full */
	uint32_t live;	 /* sessions */
	uint32_t next;	 /* in its chain or in the free list; 0: the last */
	uint32_t place;	 /* in the heap, if without sessions; 0: none */
};

struct sources {
	struct entry *entries; /* numbered from 1; 0: none */
	uint32_t *chains;
	uint32_t *heap;	 /* those without sessions, by full_at, from 1 */
	uint32_t idle;	 /* entries in the heap */
	uint32_t count;	 /* entries in use */
	uint32_t used;	 /* entries used so far */
	uint32_t free;	 /* the first of the free list */
	uint32_t added;	 /* sources added so far */
	int64_t expired; /* when sources_expire last ran */
	struct pages_rest rest;
	struct siphash_key *key; /* not mapped in a child */
};

/* Returns 0, or -1 with errno. */
int sources_create(struct sources *all);

/* The key of a service by its name; a reload does not change it. */
uint64_t sources_service(const struct sources *all, const char *name);

/*
 * The sessions of a source, and its bucket in *FULL_AT: 0 and a full bucket (0)
 * without an entry.  RATE is the bucket's, which bounds it; NULL: none.
 */
uint32_t sources_live(struct sources *all, const struct source *source,
    const struct rate *rate, int64_t now, int64_t *full_at);

/* Count a session, set the bucket.  Returns the entry, 0: the table is full. */
uint32_t sources_enter(struct sources *all, const struct source *source,
    int64_t full_at, int64_t now);

/* Put back a token of an entry that counts a session; nothing if it is 0. */
void sources_return_token(
    struct sources *all, uint32_t number, const struct rate *rate);

/* Count one session less; nothing if NUMBER is 0. */
void sources_leave(struct sources *all, uint32_t number, int64_t now);

/*
 * Remove idle sources, once a second, and give back the pages of an empty
 * table.  Returns the next time, or -1.
 */
int64_t sources_expire(struct sources *all, int64_t now);

/* Iterate over the entries: *AT is 0 at first; NULL comes after the last. */
const struct entry *sources_next(const struct sources *all, uint32_t *at);

/* Restore a bucket after an upgrade, unless it or the table is full. */
void sources_restore(struct sources *all, const struct source *source,
    int64_t full_at, int64_t now);

#endif
