/*
 * service.h -- the steps from the settings of a service to what haild serves.
 *
 * build.c takes them for each service, and command.c for each command.  OWN is
 * where the service itself has each setting, in the order of settings[], and
 * ORIGINS the same with the defaults that apply to it.
 */

#ifndef SERVICE_H
#define SERVICE_H

#include "load/settings.h"

/* --- check.c: what goes together --- */

/* There is one handler; sets service->handler. */
void check_handler(struct loader *l, struct service *service);

/* Everything in OWN applies to the service. */
void check_own(
    struct loader *l, const struct service *service, const struct origin *own);

/*
 * The service has "wait" if it must, and only what goes with it; sets what
 * follows from that.  After its endpoints are known.
 */
void check_wait(
    struct loader *l, struct service *service, const struct origin *own);

/* No service before the one at AT listens where it does. */
void check_claims(struct loader *l, size_t at, const struct origin *origin);

/* The program and the directories exist. */
void check_paths(
    struct loader *l, struct service *service, const struct origin *origins);

/* Whether SETTING has a meaning in SERVICE: "haild -T" prints only those. */
bool check_applies(
    const struct service *service, const struct setting *setting);

/* --- endpoints.c --- */

/* Make endpoints of "listen", which was written at ORIGIN. */
void endpoints_resolve(
    struct loader *l, struct service *service, const struct origin *origin);

/* --- users.c --- */

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

/* "no-new-privileges" by default: unless the program runs as root. */
void users_default_privileges(
    struct service *service, const struct origin *origins);

/* --- command.c --- */

/* Read the commands of SERVICE from GROUP, after its own settings. */
void command_read(struct loader *l, struct service *service,
    const struct origin *origins, const config_setting_t *group);

#endif
