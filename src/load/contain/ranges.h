/*
 * ranges.h -- sets of user or group IDs.  Pure.
 */

#ifndef LOAD_CONTAIN_RANGES_H
#define LOAD_CONTAIN_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct range {
	int64_t first, last;
	char name[64]; /* whose it is */
};

struct ranges {
	struct range *list;
	size_t n;
};

/* Make R empty. */
void ranges_free(struct ranges *r);

/* Add FIRST to LAST, which is NAME's. */
void ranges_add(
    struct ranges *r, const char *name, int64_t first, int64_t last);

/* One that has an ID in FIRST to LAST; or NULL. */
const struct range *ranges_find(
    const struct ranges *r, int64_t first, int64_t last);

/* The lowest ID in FIRST to LAST that none has; or -1. */
int64_t ranges_gap(const struct ranges *r, int64_t first, int64_t last);

#endif
