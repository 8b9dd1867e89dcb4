#include "load/contain/ranges.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "lib/log.h"

void
ranges_add(struct ranges *r, const char *name, int64_t first, int64_t last)
{
	/* The capacity doubles at each power of two. */
	if ((r->n & (r->n - 1)) == 0) {
		r->list = reallocarray(
		    r->list, r->n > 0 ? 2 * r->n : 1, sizeof(*r->list));
		if (r->list == NULL)
			fatal(EX_OSERR, "cannot read users");
	}
	r->list[r->n] = (struct range) { .first = first, .last = last };
	strlcpy(r->list[r->n].name, name, sizeof(r->list[r->n].name));
	r->n++;
}

void
ranges_free(struct ranges *r)
{
	free(r->list);
	*r = (struct ranges) { 0 };
}

const struct range *
ranges_find(const struct ranges *r, int64_t first, int64_t last)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (r->list[i].first <= last && first <= r->list[i].last)
			return &r->list[i];
	return NULL;
}

int64_t
ranges_gap(const struct ranges *r, int64_t first, int64_t last)
{
	const struct range *found;

	while (first <= last) {
		if ((found = ranges_find(r, first, first)) == NULL)
			return first;
		first = found->last + 1;
	}
	return -1;
}
