/*
 * ratelimit.c -- so many things a second, and a count of what was left out.
 */

#include "ratelimit.h"

#include "io.h"

bool
ratelimit_pass(struct ratelimit *r, int64_t now)
{
	if (r->since == 0 || now - r->since >= SECOND) {
		r->since = now;
		r->used = 0;
	}
	if (r->used >= r->per_second) {
		r->left_out++;
		return false;
	}
	r->used++;
	return true;
}

unsigned long
ratelimit_left_out(struct ratelimit *r, int64_t now)
{
	unsigned long n = r->left_out;

	if (n == 0 || now - r->since < SECOND)
		return 0;
	r->left_out = 0;
	return n;
}
