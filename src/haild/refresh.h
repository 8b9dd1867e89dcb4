/*
 * again.h -- when haild-load reads the same texts again: to retry services
 * that are out of service, and to resolve the names of targets.
 *
 * haild-load alone asks the resolver, in a process that nothing waits for.
 */

#ifndef AGAIN_H
#define AGAIN_H

#include "haild/state.h"

/* When services out of service, and targets without an address, are tried. */
#define RETRY_INTERVAL (30 * SECOND)

/* A configuration has been put into effect: set when its names are asked. */
void again_schedule(struct server *s, int64_t now);

/*
 * What haild-load is to be run for now: LOAD_RETRY, LOAD_RESOLVE or LOAD_NONE.
 * Not while it runs, haild stops, or an upgrade would have to wait for it.
 */
enum load_kind again_due(struct server *s, int64_t now);

/* The next time at which it may be; or -1. */
int64_t again_next(const struct server *s);

/*
 * haild-load ended without a new configuration: WHY, or NULL if it had none to
 * make.
 */
void again_failed(
    struct server *s, enum load_kind kind, const char *why, int64_t now);

/*
 * The configuration NEW takes the place of OLD, of the same texts: log the
 * targets that are new.
 */
void again_log_targets(const struct config *old, const struct config *new);

/* Kill a haild-load that runs for a retry or for names, and forget it. */
void again_abandon(struct server *s, int64_t now);

#endif
