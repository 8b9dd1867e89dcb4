/*
 * plan_passed.h -- plan the sockets that a supervisor passes with one name
 * (listen = ["fd:NAME"]).
 */

#ifndef PLAN_PASSED_H
#define PLAN_PASSED_H

#include "haild/listen/planning.h"

/*
 * Append to PLAN, which has room, a listener of SERVICE for each inherited
 * socket NAME.  Fails if there is none, if another service has one, or if
 * SERVICE cannot serve one of that kind.  Returns 0, or -1 (logged).
 */
int plan_passed(const struct planning *p, struct listeners *plan,
    struct service_stats *stats, const struct service *service,
    const char *name);

/* Append those of the sockets that SERVICE can keep while it is drained. */
void plan_passed_drained(const struct planning *p, struct listeners *plan,
    struct service_stats *stats, const struct service *service,
    const char *name);

#endif
