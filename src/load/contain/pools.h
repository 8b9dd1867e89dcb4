/*
 * pools.h -- "user = "pool:FIRST-LAST"": user IDs of which each session has one
 * of its own.
 *
 * The group ID of such a session is its user ID.  Neither may be that of a user
 * or group of the system, and both must exist in haild's user namespace.
 */

#ifndef LOAD_CONTAIN_POOLS_H
#define LOAD_CONTAIN_POOLS_H

#include "load/service.h"

/*
 * Write to BUF which pool of N user IDs is free, on this system and in the
 * configuration so far ("POOL is free"); or that there is none.  Returns BUF.
 */
#define POOLS_PROPOSAL_MAX 128
const char *pools_propose(struct loader *l, int64_t n, char *buf, size_t size);

/*
 * For "haild -t": warn of what a session of SERVICE can leave to a later one
 * with the same user ID; once for each pool.
 */
void pools_advise(struct loader *l, const struct service *service);

#endif
