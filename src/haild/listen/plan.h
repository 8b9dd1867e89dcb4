/*
 * plan.h -- the listeners that a configuration wants.
 *
 * They come in two steps, so that a configuration can be refused without harm:
 * a plan opens new sockets and marks the present ones that can stay; then it is
 * either committed or cancelled.
 */

#ifndef PLAN_H
#define PLAN_H

#include "haild/listen/listener.h"

/*
 * Make in PLAN the listeners of all enabled services of CONFIG.  Those of HAVE
 * that are bound to a wanted address are taken over, but still belong to HAVE;
 * the others are opened.  Failures are logged at LEVEL (syslog(3)).  If ALONE,
 * a failure puts its service out of service (stats->out); otherwise it fails
 * the plan.
 *
 * Returns 0, or -1 when nothing has changed.
 */
int listeners_plan(struct listeners *plan, const struct config *config,
    struct listeners *have, struct service_stats_list *all_stats, bool alone,
    int level);

/*
 * Commit PLAN: listeners that are taken over leave HAVE and get the owner, mode
 * and backlog of the configuration; new ones are logged.  Inherited sockets
 * that no service wants move to PLAN too, without a service.  HAVE then holds
 * those to be drained and closed.
 */
void listeners_commit(struct listeners *plan, struct listeners *have);

/* Cancel PLAN: close the sockets that were opened for it. */
void listeners_cancel(struct listeners *plan, struct listeners *have);

/*
 * After listeners_commit: sockets of OLD that a child has (listener.h) move to
 * ALL, without a service: their address is in use until the child ends.
 */
void listeners_park(struct listeners *all, struct listeners *old);

/* Warn of inherited sockets that no service wants. */
void listeners_log_unwanted(const struct listeners *all);

#endif
