/*
 * ids.h -- the user and group IDs that this system uses, or has at all.
 */

#ifndef LOAD_CONTAIN_IDS_H
#define LOAD_CONTAIN_IDS_H

#include "load/contain/ranges.h"

/* The users of passwd(5), or the groups of group(5), that NSS lists. */
void ids_add_users(struct ranges *r);
void ids_add_groups(struct ranges *r);

/* What PATH, as subuid(5), gives to users.  No such file: nothing. */
void ids_add_subordinate(struct ranges *r, const char *path);

/*
 * What is mapped in this process's user namespace by PATH, /proc/self/uid_map
 * or gid_map; all, if it cannot be read.
 */
void ids_add_mapped(struct ranges *r, const char *path);

#endif
