/*
 * ratelimit.h -- so many things a second, and a count of what was left out.
 */

#ifndef RATELIMIT_H
#define RATELIMIT_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroed but for per_second, it is ready for use. */
struct ratelimit {
	unsigned int per_second;
	unsigned int used;	/* in the current second */
	unsigned long left_out; /* since ratelimit_left_out was last asked */
	int64_t since;		/* when the current second began, in ns */
	int64_t left_out_since; /* the first of LEFT_OUT, in ns */
};

/* Whether one more may pass at NOW (clock_now); counts it either way. */
bool ratelimit_pass(struct ratelimit *r, int64_t now);

/*
 * How many were left out, once the first of them is a second ago; 0 before. The
 * count starts anew.
 */
unsigned long ratelimit_left_out(struct ratelimit *r, int64_t now);

#endif
