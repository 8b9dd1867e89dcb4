#include "config/access.h"

#include <limits.h>

bool
access_prefixes(const struct prefixes *allow, const struct prefixes *deny,
    const struct addr *a)
{
	int allowed = prefixes_match(allow, a),
	    denied = prefixes_match(deny, a);

	if (allowed == -1 && denied == -1)
		return allow->n == 0;
	return allowed > denied;
}

bool
access_address(const struct config *config, const struct service *service,
    const struct addr *a)
{
	return access_prefixes(&config->allow, &config->deny, a) &&
	    (service == NULL ||
		access_prefixes(&service->allow, &service->deny, a));
}

static bool
has_gid(const struct service *service, gid_t gid)
{
	size_t i;

	for (i = 0; i < service->nallow_gids; i++)
		if (service->allow_gids[i] == gid)
			return true;
	return false;
}

/* Its groups as they were when it connected. */
static bool
has_group(const struct service *service, const struct client *client)
{
	gid_t groups[NGROUPS_MAX];
	socklen_t len = sizeof(groups);
	size_t i;

	if (service->nallow_gids == 0)
		return false;
	if (has_gid(service, client->cred.gid))
		return true;
	if (getsockopt(client->fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) ==
	    -1)
		return false;
	for (i = 0; i < len / sizeof(groups[0]); i++)
		if (has_gid(service, groups[i]))
			return true;
	return false;
}

bool
access_user(const struct service *service, const struct client *client)
{
	size_t i;

	if (service->nallow_uids == 0 && service->nallow_gids == 0)
		return true;
	if (client->cred.uid == (uid_t)-1)
		return false; /* SO_PEERCRED failed */
	for (i = 0; i < service->nallow_uids; i++)
		if (service->allow_uids[i] == client->cred.uid)
			return true;
	return has_group(service, client);
}
