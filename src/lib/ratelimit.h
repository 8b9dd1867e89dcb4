/*
 * ratelimit.h -- at most N events a second, and a count of the others.
 */

#ifndef RATELIMIT_H
#define RATELIMIT_H

#include <stdbool.h>
#include <stdint.h>

/* Set per_second and zero the rest. */
struct ratelimit {
	unsigned int per_second;
	unsigned int used;	/* in the current second */
	unsigned long left_out; /* since ratelimit_left_out returned them */
	int64_t since;		/* when the current second began, in ns */
	int64_t left_out_since; /* the first of LEFT_OUT, in ns */
};

/* Count an event at NOW (clock_now).  Returns whether it is within the limit.
 */
bool ratelimit_pass(struct ratelimit *r, int64_t now);

/*
 * Returns the number of events above the limit and resets it, once the first of
 * them is a second old; 0 before.
 */
unsigned long ratelimit_left_out(struct ratelimit *r, int64_t now);

#endif
