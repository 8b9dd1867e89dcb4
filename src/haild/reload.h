/*
 * reload.h -- a configuration takes the place of another, or of none.
 *
 * All or nothing: until the new one is complete and its listeners are open,
 * the old one serves.
 */

#ifndef RELOAD_H
#define RELOAD_H

#include <signal.h>

#include "haild/state.h"

#define RETRY_INTERVAL (30 * SECOND)

/*
 * Make CONFIG, which SERVER has none before, what is served: listeners, pipes,
 * logger.  What cannot be opened puts its service out of service, unless the
 * configuration is strict.  Returns 0, or -1 (logged).
 *
 * If RESUMED, there is no way back to the image that served until now: what
 * can be served is, and -1 is for a want of memory alone.
 */
int reload_first(struct server *s, const struct config *config,
    struct arena *arena, bool resumed);

/*
 * Whether CONFIG could be served in place of what SERVER was handed over: new
 * listeners are opened, and closed again.  Returns 0, or -1 (logged).
 */
int reload_prove(struct server *s, const struct config *config);

/* SIGHUP: run haild-load, or remember to. */
void reload_request(struct server *s, int64_t now);

/* haild-load has ended, as INFO (waitid(2)) says. */
void reload_loaded(struct server *s, const siginfo_t *info, int64_t now);

/* Kill a haild-load that takes too long; retry what is out of service. */
void reload_expire(struct server *s, int64_t now);

/* When reload_expire has something to do; -1 for never. */
int64_t reload_next(const struct server *s);

#endif
