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
 * the others are opened, if necessary while a listener of HAVE that is removed
 * still has the address (handover.h), and then without listening yet.  Failures
 * are logged at LEVEL (syslog(3)). If ALONE, a failure puts its service out of
 * service (stats->out); otherwise it fails the plan.  Of a service that is
 * drained (stats->drained), inherited listeners alone are in the plan.
 *
 * Returns 0, or -1 when nothing has changed.
 */
int listeners_plan(struct listeners *plan, const struct config *config,
    struct listeners *have, struct service_stats_list *all_stats, bool alone,
    int level);

/*
 * Make in PLAN the listeners that CONFIG, which is served, wants, after drained
 * has changed in the stats that have replan: the others keep theirs.  A service
 * that is not drained any more, but of which an address cannot be bound
 * (logged), is drained again, with the error in the line that is appended to
 * ERROR.
 *
 * Returns 0, or -1 (no memory) when nothing has changed.
 */
int listeners_replan(struct listeners *plan, const struct config *config,
    struct listeners *have, struct service_stats_list *all_stats, char *error,
    size_t size);

/*
 * After listeners_plan: whether no service that has listeners in HAVE is out of
 * service by the plan (logged).
 */
bool listeners_keep_all(
    const struct listeners *have, const struct service_stats_list *all_stats);

/*
 * Commit PLAN: listeners that are taken over leave HAVE and get the owner, mode
 * and backlog of the configuration; new ones listen and are logged.  Inherited
 * sockets that no service wants move to PLAN too, without a service.  HAVE then
 * holds those to be drained and closed.
 */
void listeners_commit(struct listeners *plan, struct listeners *have);

/*
 * Cancel PLAN: close the sockets that were opened for it.  The services of HAVE
 * are in service again.
 */
void listeners_cancel(struct listeners *plan, struct listeners *have);

/*
 * After listeners_commit: move the sockets of OLD that are still needed to ALL.
 * These are sockets that a child has (listener.h), without a service, because
 * their address is in use until the child ends; and hidden TCP sockets
 * (handover.h) of services that CONFIG has, to be closed at closing_at.
 */
void listeners_park(struct listeners *all, struct listeners *old,
    const struct config *config, int64_t now);

/*
 * The service of CONFIG that takes the clients of L while L is hidden; NULL: L
 * is closed at once.
 */
const struct service *listeners_heir(
    const struct listener *l, const struct config *config, int64_t now);

/* When the first hidden socket has to be closed, or -1. */
int64_t listeners_next_close(const struct listeners *all);

/*
 * No service uses L, an inherited socket, any more (logged).  It stays open,
 * for a later configuration.
 */
void listener_release(struct listener *l);

/* Warn of inherited sockets that no service wants. */
void listeners_log_unwanted(const struct listeners *all);

#endif
