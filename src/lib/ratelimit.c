#include "lib/ratelimit.h"

#include "lib/io.h"

bool
ratelimit_pass(struct ratelimit *r, int64_t now)
{
	if (r->since == 0 || now - r->since >= SECOND) {
		r->since = now;
		r->used = 0;
	}
	if (r->used >= r->per_second) {
		if (r->left_out++ == 0)
			r->left_out_since = now;
		return false;
	}
	r->used++;
	return true;
}

unsigned long
ratelimit_left_out(struct ratelimit *r, int64_t now)
{
	unsigned long n = r->left_out;

	/* SINCE is too young for this as long as events keep coming. */
	if (n == 0 || now - r->left_out_since < SECOND)
		return 0;
	r->left_out = 0;
	return n;
}
