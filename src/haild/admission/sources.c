#include "haild/admission/sources.h"

#include <sys/random.h>

#include <string.h>

#include "lib/io.h"
#include "lib/pages.h"

#define NCHAINS ((size_t)2 * SOURCES_MAX) /* a power of two */

int
sources_create(struct sources *all)
{
	const size_t n = SOURCES_MAX + 1;

	memset(all, 0, sizeof(*all));
	if ((all->entries = pages_map_table(n * sizeof(*all->entries))) ==
		NULL ||
	    (all->chains = pages_map_table(NCHAINS * sizeof(*all->chains))) ==
		NULL ||
	    (all->heap = pages_map_table(n * sizeof(*all->heap))) == NULL ||
	    (all->key = pages_map_table(sizeof(*all->key))) == NULL ||
	    getrandom(all->key, sizeof(*all->key), 0) !=
		(ssize_t)sizeof(*all->key))
		return -1;
	return 0;
}

uint64_t
sources_service(const struct sources *all, const char *name)
{
	return siphash(all->key, name, strlen(name)) | 1;
}

static uint32_t *
chain(const struct sources *all, const struct source *source)
{
	/* The members, without padding. */
	struct __attribute__((packed)) {
		uint64_t service;
		struct prefix prefix;
		uint32_t scope;
	} bytes = { source->service, source->prefix, source->scope };

	return &all->chains[siphash(all->key, &bytes, sizeof(bytes)) % NCHAINS];
}

/* --- the heap of sources without sessions, by full_at --- */

static void
put(struct sources *all, uint32_t place, uint32_t number)
{
	all->heap[place] = number;
	all->entries[number].place = place;
}

static int64_t
full_at(const struct sources *all, uint32_t place)
{
	return all->entries[all->heap[place]].full_at;
}

/* Put NUMBER at PLACE or above it. */
static void
sift_up(struct sources *all, uint32_t place, uint32_t number)
{
	for (; place > 1 &&
	     full_at(all, place / 2) > all->entries[number].full_at;
	     place /= 2)
		put(all, place, all->heap[place / 2]);
	put(all, place, number);
}

/* Put NUMBER at PLACE or below it. */
static void
sift_down(struct sources *all, uint32_t place, uint32_t number)
{
	uint32_t child;

	for (; (child = place * 2) <= all->idle; place = child) {
		if (child < all->idle &&
		    full_at(all, child + 1) < full_at(all, child))
			child++;
		if (full_at(all, child) >= all->entries[number].full_at)
			break;
		put(all, place, all->heap[child]);
	}
	put(all, place, number);
}

static void
heap_remove(struct sources *all, uint32_t number)
{
	uint32_t place = all->entries[number].place;
	uint32_t last = all->heap[all->idle--];

	if (last == number)
		return;
	/* The last entry may come from another subtree: it may be smaller. */
	sift_down(all, place, last);
	sift_up(all, all->entries[last].place, last);
}

/* --- entries --- */

static uint32_t
find(const struct sources *all, const struct source *source)
{
	const struct source *has;
	uint32_t n;

	for (n = *chain(all, source); n != 0; n = all->entries[n].next) {
		has = &all->entries[n].source;
		if (has->service == source->service &&
		    has->scope == source->scope &&
		    memcmp(&has->prefix, &source->prefix,
			sizeof(has->prefix)) == 0)
			break;
	}
	return n;
}

/* Remove an entry without sessions. */
static void
drop(struct sources *all, uint32_t number)
{
	struct entry *e = &all->entries[number];
	uint32_t *at = chain(all, &e->source);

	heap_remove(all, number);
	while (*at != number)
		at = &all->entries[*at].next;
	*at = e->next;
	e->place = 0;
	e->next = all->free;
	all->free = number;
	all->count--;
}

/* Remove those with full buckets.  Each was added once: amortized O(1). */
static void
drop_full(struct sources *all, int64_t now)
{
	while (all->idle > 0 && full_at(all, 1) <= now)
		drop(all, all->heap[1]);
}

/* A new entry, without sessions and not in the heap; 0: the table is full. */
static uint32_t
add(struct sources *all, const struct source *source, int64_t now)
{
	uint32_t number, *first;
	struct entry *e;

	drop_full(all, now);
	if (all->count == SOURCES_MAX && all->idle > 0)
		drop(all, all->heap[1]);
	if (all->count == SOURCES_MAX)
		return 0;
	if ((number = all->free) != 0)
		all->free = all->entries[number].next;
	else
		number = ++all->used;
	all->count++;
	all->added++;
	first = chain(all, source);
	e = &all->entries[number];
	memset(e, 0, sizeof(*e));
	e->source = *source;
	e->next = *first;
	*first = number;
	return number;
}

uint32_t
sources_live(struct sources *all, const struct source *source,
    const struct rate *rate, int64_t now, int64_t *full)
{
	uint32_t number = find(all, source);
	struct entry *e = &all->entries[number];

	if (number == 0) {
		*full = 0;
		return 0;
	}
	*full = rate == NULL ? e->full_at : bucket_bound(rate, e->full_at, now);
	if (*full != e->full_at) {
		e->full_at = *full; /* which is sooner */
		if (e->live == 0)
			sift_up(all, e->place, number);
	}
	return e->live;
}

uint32_t
sources_enter(
    struct sources *all, const struct source *source, int64_t full, int64_t now)
{
	uint32_t number = find(all, source);

	if (number == 0)
		number = add(all, source, now);
	else if (all->entries[number].live == 0)
		heap_remove(all, number);
	if (number == 0)
		return 0;
	all->entries[number].full_at = full;
	all->entries[number].live++;
	return number;
}

void
sources_return_token(
    struct sources *all, uint32_t number, const struct rate *rate)
{
	/*
	 * A source with a session is not in the heap, so the heap's order does
	 * not change.
	 */
	if (number != 0)
		bucket_return(rate, &all->entries[number].full_at);
}

void
sources_leave(struct sources *all, uint32_t number, int64_t now)
{
	if (number == 0 || --all->entries[number].live > 0)
		return;
	sift_up(all, ++all->idle, number);
	drop_full(all, now);
}

static int64_t
trim(struct sources *all, int64_t now)
{
	const size_t n = (size_t)all->used + 1;
	int64_t due;

	if (all->count > 0 || all->used == 0)
		return -1;
	if ((due = pages_rest(&all->rest, all->added, now)) > now)
		return due;
	pages_release(all->entries, n * sizeof(*all->entries));
	pages_release(all->heap, n * sizeof(*all->heap));
	pages_release(all->chains, NCHAINS * sizeof(*all->chains));
	all->used = all->free = 0;
	return -1;
}

int64_t
sources_expire(struct sources *all, int64_t now)
{
	int64_t earliest = all->expired + SECOND;

	if (now >= earliest && all->idle > 0 && full_at(all, 1) <= now) {
		drop_full(all, now);
		all->expired = now;
		earliest = now + SECOND;
	}
	if (all->idle == 0)
		return trim(all, now);
	return full_at(all, 1) > earliest ? full_at(all, 1) : earliest;
}

const struct entry *
sources_next(const struct sources *all, uint32_t *at)
{
	const struct entry *e;

	while (*at < all->used) {
		e = &all->entries[++*at];
		if (e->live > 0 || e->place != 0)
			return e;
	}
	return NULL;
}

void
sources_restore(
    struct sources *all, const struct source *source, int64_t full, int64_t now)
{
	uint32_t number;

	if (full <= now || find(all, source) != 0 ||
	    (number = add(all, source, now)) == 0)
		return;
	all->entries[number].full_at = full;
	sift_up(all, ++all->idle, number);
}
