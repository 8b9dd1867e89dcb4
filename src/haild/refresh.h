/*
 * refresh.h -- when haild-load builds the configuration again from the same
 * texts: to retry services that are out of service, and to resolve the names of
 * targets.
 *
 * Only haild-load resolves names; the daemon serves clients meanwhile.
 */

#ifndef REFRESH_H
#define REFRESH_H

#include "haild/state.h"

/* How often services out of service and targets without address are retried. */
#define RETRY_INTERVAL (30 * SECOND)

/* A configuration has been put into effect: set when to resolve its names. */
void refresh_schedule(struct server *s, int64_t now);

/*
 * What to run haild-load for now: LOAD_RETRY, LOAD_RESOLVE or LOAD_NONE.
 * LOAD_NONE while haild-load runs, haild stops, or an upgrade would have to
 * wait.
 */
enum load_kind refresh_due(struct server *s, int64_t now);

/* When to call refresh_due next, or -1. */
int64_t refresh_next(const struct server *s);

/*
 * haild-load, run for KIND, ended without a new configuration.  WHY is NULL if
 * no target has changed.
 */
void refresh_failed(
    struct server *s, enum load_kind kind, const char *why, int64_t now);

/* NEW replaces OLD, of the same texts: log the services with new targets. */
void refresh_log_targets(const struct config *old, const struct config *new);

/* Kill the haild-load of a retry or of LOAD_RESOLVE, and forget it. */
void refresh_abandon(struct server *s, int64_t now);

#endif
