/*
 * ranges.h -- sets of user and group IDs that this system uses, or has.
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

/* The users of passwd(5), or the groups of group(5), that are listed. */
void ranges_add_users(struct ranges *r);
void ranges_add_groups(struct ranges *r);

/* What PATH, as subuid(5), gives to users.  No such file: nothing. */
void ranges_add_subordinate(struct ranges *r, const char *path);

/*
 * What is mapped in this process's user namespace by PATH, /proc/self/uid_map
 * or gid_map; all, if it cannot be read.
 */
void ranges_add_mapped(struct ranges *r, const char *path);

/* One that has an ID in FIRST to LAST; or NULL. */
const struct range *ranges_find(
    const struct ranges *r, int64_t first, int64_t last);

/* The lowest ID in FIRST to LAST that none has; or -1. */
int64_t ranges_gap(const struct ranges *r, int64_t first, int64_t last);

#endif
