/*
 * sources.h -- the table of sources: how many sessions each has, and a bucket.
 *
 * A source is a client's address cut to a prefix, or the uid on a Unix socket,
 * of one service or of all.  At most SOURCES_MAX have an entry: those that have
 * sessions, and those whose bucket is not full.  Where there is no room, the
 * one without sessions that is nearest to full goes; one that is full goes
 * anyway, since it says no more than no entry.
 *
 * The hash has a random key, so that nobody can choose addresses that fall into
 * one place.
 *
 * The table is MADV_DONTFORK: a fork neither copies nor marks its pages, and in
 * a child IT IS NOT THERE.  Nothing that runs in a child may call any of this;
 * see admit.h.
 */

#ifndef SOURCES_H
#define SOURCES_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "lib/bucket.h"
#include "lib/prefix.h"
#include "lib/siphash.h"

/*
 * Which entries of the table of sources (sources.h) count a session, for its
 * service and for all; 0: none.
 */
struct source_refs {
	uint32_t entries[2];
};

#define SOURCES_MAX 65536

/* What an entry is found by. */
struct source {
	uint64_t service;     /* sources_service; 0: of all services */
	struct prefix prefix; /* family AF_UNIX: a uid, as its first bytes */
};

struct entry {
	struct source source;
	int64_t full_at; /* its bucket; 0: full */
	uint32_t live;	 /* sessions */
	uint32_t next;	 /* in its chain, or of the free ones; 0: the last */
	uint32_t place;	 /* in the heap, without sessions; 0: free */
};

struct sources {
	struct entry *entries; /* numbers begin with 1: 0 is none */
	uint32_t *chains;
	uint32_t *heap;	 /* those without sessions, by full_at; from 1 on */
	uint32_t idle;	 /* how many are in the heap */
	uint32_t count;	 /* entries in use */
	uint32_t used;	 /* entries that were ever used */
	uint32_t free;	 /* the first of those that are so again */
	int64_t expired; /* when it was last looked for those at rest */
	struct siphash_key *key; /* where no child can read it */
};

/* Returns 0, or -1 with errno. */
int sources_create(struct sources *all);

/* What stands for the service of that name, here and over a reload. */
uint64_t sources_service(const struct sources *all, const char *name);

/* The source of a client: V4 and V6 are how many bits of its address count. */
void source_make(struct source *source, uint64_t service,
    const struct addr *addr, uid_t uid, unsigned int v4, unsigned int v6);

/*
 * Write its prefix, or "uid:1000", into BUF, and read that.  source_print
 * returns BUF; source_parse 0, or -1 when TEXT is something else.
 */
#define SOURCE_TEXT_MAX PREFIX_TEXT_MAX
const char *source_print(const struct source *source, char *buf, size_t size);
int source_parse(struct source *source, const char *text);

/*
 * Its sessions and its bucket; 0 and a full one (*FULL_AT is 0) when it has no
 * entry.  RATE is that of the bucket, which is bound by it; NULL: it has none.
 */
uint32_t sources_live(struct sources *all, const struct source *source,
    const struct rate *rate, int64_t now, int64_t *full_at);

/*
 * One session more, with FULL_AT as its bucket.  Returns the number to give to
 * sources_leave, or 0 when all entries have sessions.
 */
uint32_t sources_enter(struct sources *all, const struct source *source,
    int64_t full_at, int64_t now);

/* One less; 0 is none. */
void sources_leave(struct sources *all, uint32_t number, int64_t now);

/*
 * Forget those that are at rest: once a second while there may be any; and when
 * that is, -1 for never.
 */
void sources_expire(struct sources *all, int64_t now);
int64_t sources_next_expiry(const struct sources *all);

/*
 * The entries, one after the other: *AT is 0 at first, and NULL comes after the
 * last.
 */
const struct entry *sources_next(const struct sources *all, uint32_t *at);

/*
 * A bucket that another image handed over.  Forgotten if it is full at NOW, or
 * if there is no room.
 */
void sources_restore(struct sources *all, const struct source *source,
    int64_t full_at, int64_t now);

#endif
