/*
 * check.h -- what goes together in a service, and between services.
 *
 * OWN is what the service itself has, in the order of settings[].
 */

#ifndef CHECK_H
#define CHECK_H

#include "load/settings.h"

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

/* Whether SETTING has a meaning in SERVICE: "haild -T" prints only those. */
bool check_applies(
    const struct service *service, const struct setting *setting);

#endif
