/*
 * reload.h -- put a configuration into effect, at the start and at a reload.
 *
 * The old configuration stays in effect until the new one is complete, its
 * keeper is ready if a service has TLS, and its listeners are open.  At a
 * reload as at a start, a service whose listener cannot be opened is out of
 * service, unless the configuration has strict-start; at least one service must
 * be in service.
 */

#ifndef RELOAD_H
#define RELOAD_H

#include <signal.h>

#include "haild/state.h"

/*
 * Put the first configuration into effect: listeners and pipes.  Returns 0, or
 * -1 (logged).
 *
 * If RESUMED, after an upgrade, there is no way back: as much as possible is
 * served, and only a lack of memory returns -1.
 */
int reload_first(struct server *s, const struct config *config,
    struct arena *arena, bool resumed);

/*
 * Whether CONFIG can be served with these listeners, and no service that has
 * one would be out of service: 0, or -1 (logged).
 */
int reload_prove(struct server *s, const struct config *config);

/*
 * SIGHUP, haildctl reload: run haild-load now or after the present reload; end
 * one that runs for a retry or to resolve names.  The result is logged, and
 * answered to the control clients that asked for it until the reload began.
 */
void reload_request(struct server *s, int64_t now);

/*
 * An upgrade is requested, which retries services out of service and resolves
 * all names: end a haild-load that runs for these.  Returns false if a reload
 * is in progress.
 */
bool reload_make_way(struct server *s, int64_t now);

/* haild-load has ended, as INFO (waitid(2)) says. */
void reload_loaded(struct server *s, const siginfo_t *info, int64_t now);

/*
 * To be called once a turn: the keeper of a new configuration may be ready, or
 * lost.
 */
void reload_prepared(struct server *s, int64_t now);

/* Kill a slow haild-load; retry.  Returns the next time, or -1. */
int64_t reload_expire(struct server *s, int64_t now);

#endif
