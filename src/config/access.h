/*
 * access.h -- which clients a service accepts, apart from limits.
 */

#ifndef ACCESS_H
#define ACCESS_H

#include "config/client.h"
#include "config/config.h"

/* What decides about a client. */
enum access_by {
	ACCESS_OPEN, /* no rule: the lists are empty, or only "deny" is set */
	ACCESS_UNLISTED, /* there is an "allow", but none for the client */
	ACCESS_ALLOW,	 /* PREFIX */
	ACCESS_DENY,	 /* PREFIX */
	ACCESS_USER,	 /* the INDEX-th of allow-user */
	ACCESS_GROUP,	 /* the INDEX-th of allow-group, as resolved */
};
struct access_rule {
	bool accepted;
	bool of_all; /* a rule of the top level */
	enum access_by by;
	const struct prefix_node *prefix;
	size_t index;
};

/*
 * Whether A is accepted: the longest prefix of ALLOW and DENY that contains it
 * decides, and DENY's if both have the same length.  An address in no prefix is
 * accepted if ALLOW is empty.
 */
bool access_prefixes(const struct prefixes *allow, const struct prefixes *deny,
    const struct addr *a);

/* The same, with the rule that decides. */
struct access_rule access_prefixes_rule(const struct prefixes *allow,
    const struct prefixes *deny, const struct addr *a);

/*
 * Whether SERVICE (NULL: one that is no longer configured) accepts a client at
 * A: the lists of the service and those for all services must accept it.
 */
bool access_address(const struct config *config, const struct service *service,
    const struct addr *a);
struct access_rule access_address_rule(const struct config *config,
    const struct service *service, const struct addr *a);

/*
 * Whether the CLIENT of a Unix socket is in allow-user, or has a group of
 * allow-group; any client is accepted if both are empty.
 */
bool access_user(const struct service *service, const struct client *client);
struct access_rule access_user_rule(
    const struct service *service, const struct client *client);

#endif
