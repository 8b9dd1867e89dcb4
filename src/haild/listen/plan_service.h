/*
 * plan_service.h -- plan the listeners of one service (plan.h).
 */

#ifndef PLAN_SERVICE_H
#define PLAN_SERVICE_H

#include "haild/listen/planning.h"

/*
 * Append the listeners of all endpoints of SERVICE to PLAN, which has room, or
 * none of them.  Returns 0, or -1 (logged).
 */
int plan_service(const struct planning *p, struct listeners *plan,
    struct service_stats *stats, const struct service *service);

/*
 * Append those that SERVICE keeps while it is drained: the present ones that a
 * supervisor has, too.
 */
void plan_drained(const struct planning *p, struct listeners *plan,
    struct service_stats *stats, const struct service *service);

/*
 * Remove the listeners of PLAN from the one with the index FIRST on: close
 * those that were opened, and leave the others to HAVE.
 */
void plan_undo(struct listeners *plan, size_t first, struct listeners *have);

#endif
