/*
 * bucket.h -- token buckets: a rate, and a burst above it.
 *
 * Pure; times are clock_now's.  A bucket is one number: the time FULL_AT when
 * it will be full again.  It changes only when a token is taken, so a heap of
 * buckets stays in order, and a full bucket (FULL_AT in the past) need not be
 * stored.
 */

#ifndef BUCKET_H
#define BUCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rate {
	int64_t count;	/* tokens in each PERIOD; 0: no limit */
	int64_t period; /* ns */
	int64_t burst;	/* tokens in a full bucket */
};

/* The largest count and the largest burst. */
#define RATE_MAX 1000000

/*
 * Read "50/s", "300/m", "1000/h", or with a burst "50/s:100"; the default burst
 * is the count.  Returns 0, or -1 if TEXT is not a rate.
 */
int rate_parse(struct rate *r, const char *text);

/* Write it as rate_parse reads it.  Returns BUF. */
const char *rate_print(const struct rate *r, char *buf, size_t size);

/*
 * Returns FULL_AT, but at most the time for an empty bucket.  For a reload that
 * raised the rate: clients must not wait as long as under the old one.
 */
int64_t bucket_bound(const struct rate *r, int64_t full_at, int64_t now);

/*
 * The rate at which one source may take tokens of R: half of it, with half of
 * the burst, at least 1 of each.  Half of "1/s" is "30/m:1".  Half of "1/h"
 * cannot be written; "1/h" is returned.
 */
struct rate rate_half(const struct rate *r);

/* When the next token is available: at or before NOW if there is one. */
int64_t bucket_ready(const struct rate *r, int64_t full_at, int64_t now);

/* Take a token.  Returns false, without a change, if there is none. */
bool bucket_take(const struct rate *r, int64_t *full_at, int64_t now);

/* Put back a token that was taken. */
void bucket_return(const struct rate *r, int64_t *full_at);

#endif
