/*
 * switch.h -- put a configuration into effect, whose listeners are planned.
 */

#ifndef SWITCH_H
#define SWITCH_H

#include "haild/state.h"

/*
 * Serve CONFIG, which is in ARENA, from now on, with the listeners of PLAN, the
 * namespaces that S->load has, and the keeper that was prepared for it
 * (relays/keeper.h).
 */
void switch_to(struct server *s, const struct config *config,
    struct arena *arena, struct listeners *plan, int64_t now);

/*
 * Use the listeners of PLAN from now on, of the configuration that is served
 * (listeners_replan).
 */
void switch_listeners(struct server *s, struct listeners *plan, int64_t now);

/*
 * No service of CONFIG has a listener.  Returns 0 if that is allowed, since one
 * is drained or there may be none, otherwise -1 (logged).
 */
int switch_nothing(
    const struct config *config, const struct service_stats_list *all_stats);

/*
 * To be called once a turn: if an interface to which a listener is bound was
 * removed, retry at once, as for a service that is out of service.  Returns
 * when to call next, or -1.
 */
int64_t switch_check_interfaces(struct server *s, int64_t now);

/* Close the hidden listeners that are due (handover.h). */
void switch_close_hidden(struct server *s, int64_t now);

#endif
