#include "config/access.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>

struct access_rule
access_prefixes_rule(const struct prefixes *allow, const struct prefixes *deny,
    const struct addr *a)
{
	const struct prefix_node *allowed = prefixes_find(allow, a),
				 *denied = prefixes_find(deny, a);
	struct access_rule rule = { .accepted = allow->n == 0,
		.by = allow->n == 0 ? ACCESS_OPEN : ACCESS_UNLISTED };

	if (allowed == NULL && denied == NULL)
		return rule;
	rule.accepted = denied == NULL ||
	    (allowed != NULL && allowed->prefix.bits > denied->prefix.bits);
	rule.by = rule.accepted ? ACCESS_ALLOW : ACCESS_DENY;
	rule.prefix = rule.accepted ? allowed : denied;
	return rule;
}

bool
access_prefixes(const struct prefixes *allow, const struct prefixes *deny,
    const struct addr *a)
{
	return access_prefixes_rule(allow, deny, a).accepted;
}

struct access_rule
access_address_rule(const struct config *config, const struct service *service,
    const struct addr *a)
{
	struct access_rule all, own = { .by = ACCESS_OPEN };

	all = access_prefixes_rule(&config->allow, &config->deny, a);
	all.of_all = true;
	if (service == NULL || !all.accepted)
		return all;
	own = access_prefixes_rule(&service->allow, &service->deny, a);
	return own.accepted && own.by == ACCESS_OPEN ? all : own;
}

bool
access_address(const struct config *config, const struct service *service,
    const struct addr *a)
{
	return access_address_rule(config, service, a).accepted;
}

/* The index of GID in allow-group, or nallow_gids. */
static size_t
find_gid(const struct service *service, gid_t gid)
{
	size_t i;

	for (i = 0; i < service->nallow_gids; i++)
		if (service->allow_gids[i] == gid)
			break;
	return i;
}

static size_t
find_one_of(const struct service *service, const gid_t *gids, size_t n)
{
	size_t i, found = service->nallow_gids;

	for (i = 0; i < n && found == service->nallow_gids; i++)
		found = find_gid(service, gids[i]);
	return found;
}

/*
 * The same for the groups of FD's peer.  There can be 65536, but not on the
 * stack: the daemon would keep 256 kB after the first such client, and each
 * fork would copy their page tables.
 */
static size_t
find_peer_group(const struct service *service, int fd)
{
	gid_t few[64], *list = few;
	socklen_t len = sizeof(few);
	size_t found = service->nallow_gids;
	int result;

	result = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, list, &len);
	/* With ERANGE the kernel has set LEN to the size of all groups. */
	if (result == -1 && errno == ERANGE && (list = malloc(len)) != NULL)
		result = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, list, &len);
	if (result == 0)
		found = find_one_of(service, list, len / sizeof(*list));
	if (list != few)
		free(list);
	return found;
}

/* The same for the groups of CLIENT, as they were when it connected. */
static size_t
find_group(const struct service *service, const struct client *client)
{
	size_t found = find_gid(service, client->cred.gid);

	if (found < service->nallow_gids || service->nallow_gids == 0)
		return found;
	return client->groups != NULL
	    ? find_one_of(service, client->groups, client->ngroups)
	    : find_peer_group(service, client->fd);
}

struct access_rule
access_user_rule(const struct service *service, const struct client *client)
{
	struct access_rule rule = { .by = ACCESS_UNLISTED };

	if (service->nallow_uids == 0 && service->nallow_gids == 0)
		return (struct access_rule) { true, .by = ACCESS_OPEN };
	if (client->cred.uid == (uid_t)-1)
		return rule; /* SO_PEERCRED failed */
	for (; rule.index < service->nallow_uids; rule.index++)
		if (service->allow_uids[rule.index] == client->cred.uid) {
			rule.accepted = true;
			rule.by = ACCESS_USER;
			return rule;
		}
	rule.index = find_group(service, client);
	rule.accepted = rule.index < service->nallow_gids;
	if (rule.accepted)
		rule.by = ACCESS_GROUP;
	return rule;
}

bool
access_user(const struct service *service, const struct client *client)
{
	return access_user_rule(service, client).accepted;
}
