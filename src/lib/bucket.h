/*
 * bucket.h -- token buckets: so many in a time, and so many at once.
 *
 * Pure; times are clock_now's.  A bucket is one number: when it will be full
 * again.  That does not change while time passes, so buckets stay in order by
 * it, and a full one, FULL_AT in the past, is the same as none.
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

/* The most that a rate can name, of either number. */
#define RATE_MAX 1000000

/*
 * Read "50/s", "300/m", "1000/h", or with the size of the bucket, "50/s:100";
 * without it that is the number before the slash.  Returns 0, or -1.
 */
int rate_parse(struct rate *r, const char *text);

/* Write it as rate_parse reads it.  Returns BUF. */
const char *rate_print(const struct rate *r, char *buf, size_t size);

/*
 * FULL_AT, but not later than for an empty bucket: a reload may have made the
 * rate a higher one, under which nobody should wait as long as under the old.
 */
int64_t bucket_bound(const struct rate *r, int64_t full_at, int64_t now);

/* When there is a token: NOW or before it if there is one already. */
int64_t bucket_ready(const struct rate *r, int64_t full_at, int64_t now);

/* Take a token.  Returns false, and changes nothing, when there is none. */
bool bucket_take(const struct rate *r, int64_t *full_at, int64_t now);

#endif
