/*
 * refusals.h -- which refusals get a line, and how many of each kind did not.
 *
 * Pure.
 */

#ifndef REFUSALS_H
#define REFUSALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/ratelimit.h"

/*
 * The fixed words that a reason begins with: access, total limit, service
 * limit, source limit, service rate, source rate, load, proxy, fork, table
 * full; and all others.
 */
#define NREASONS 11

struct refusals {
	struct ratelimit lines; /* set per_second before the first use */
	unsigned long left_out[NREASONS];
};

/* Whether a refusal for REASON may have its line; counts it if not. */
bool refusals_pass(struct refusals *r, const char *reason, int64_t now);

/*
 * How many had none, once that second is over, and of which kinds, the most
 * frequent first, in BUF: "100 source limit, 20 access".  The counts start
 * anew.  0 when there is nothing to say.
 */
unsigned long refusals_left_out(
    struct refusals *r, int64_t now, char *buf, size_t size);

#endif
