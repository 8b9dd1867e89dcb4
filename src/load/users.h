/*
 * users.h -- the users and groups of a configuration.
 *
 * ORIGINS is where each setting of the service was written, as settings[].
 */

#ifndef USERS_H
#define USERS_H

#include "load/settings.h"

/* Fill struct config's haild: the user haild, else nobody with a warning. */
void users_resolve_haild(struct loader *l);

/* The same for struct config's speaker, once a service has commands. */
void users_resolve_speaker(struct loader *l);

/*
 * Find the user, group and groups of a service or command, the owner of its
 * Unix sockets, and who may use them.
 */
void users_resolve(
    struct loader *l, struct service *service, const struct origin *origins);

#endif
