/*
 * pool.h -- the identity of a session whose user is of a pool.
 */

#ifndef POOL_H
#define POOL_H

#include "config/config.h"

struct pool_identity {
	struct identity identity;
	char name[24], user[32], logname[32];
};

/*
 * FROM with UID as its user and group, no other groups, and the name
 * "haild-UID", in POOL; FROM itself if UID is NO_UID.
 */
const struct identity *pool_identity(
    struct pool_identity *pool, const struct identity *from, uid_t uid);

#endif
