/*
 * access.h -- who may come in, whatever the limits say.
 */

#ifndef ACCESS_H
#define ACCESS_H

#include "config/client.h"
#include "config/config.h"

/*
 * Whether an address may come in: the longest prefix of ALLOW and DENY that it
 * is in decides; of two that are as long it is DENY's; in none, it may if ALLOW
 * is empty.
 */
bool access_prefixes(const struct prefixes *allow, const struct prefixes *deny,
    const struct addr *a);

/*
 * Whether a client of SERVICE (NULL: one that is configured no more) at A may
 * come in: both the lists of the service and those for all services let it.
 */
bool access_address(const struct config *config, const struct service *service,
    const struct addr *a);

/*
 * Whether the CLIENT of a Unix socket is one of allow-user, or has a group of
 * allow-group; everybody where neither is there.
 */
bool access_user(const struct service *service, const struct client *client);

/* Whether A is where SERVICE expects a proxy. */
bool access_is_proxy(const struct service *service, const struct addr *a);

/* Whether SERVICE expects a proxy, and nobody else, at such an address. */
bool access_wants_proxy(const struct service *service, const struct addr *a);

#endif
