/*
 * users.h -- the users and groups of a configuration.
 *
 * ORIGINS is where each setting of the service was written, as settings[].
 */

#ifndef USERS_H
#define USERS_H

#include "load/settings.h"

/* Fill config->haild: the user haild, or with a warning nobody. */
void users_resolve_haild(struct loader *l);

/* The same for config->speaker, if a service has commands. */
void users_resolve_speaker(struct loader *l);

/*
 * Find the user, group and groups of a service or command, the owner of its
 * Unix sockets, and the users and groups that may use them.
 */
void users_resolve(
    struct loader *l, struct service *service, const struct origin *origins);

#endif
