/*
 * switch.h -- put a configuration into effect, whose listeners are planned.
 */

#ifndef SWITCH_H
#define SWITCH_H

#include "haild/state.h"

/* When services out of service are tried again. */
#define RETRY_INTERVAL (30 * SECOND)

/*
 * Serve CONFIG, which is in ARENA, from now on, with the listeners of PLAN, the
 * namespaces that S->load has, and the keeper that was prepared for it
 * (relays/keeper.h).
 */
void switch_to(struct server *s, const struct config *config,
    struct arena *arena, struct listeners *plan, int64_t now);

/*
 * No service of CONFIG can be served.  Returns 0 if that is allowed, otherwise
 * -1 (logged).
 */
int switch_nothing(const struct config *config);

/* Close the hidden listeners that are due (handover.h). */
void switch_close_hidden(struct server *s, int64_t now);

#endif
