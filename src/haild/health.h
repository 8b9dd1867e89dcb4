/*
 * health.h -- what health checks (builtin = "health") are told.
 */

#ifndef HEALTH_H
#define HEALTH_H

#include "haild/state.h"

/*
 * How many percent of the sessions that the top-level max-sessions allows are
 * free, without the session of the check itself: 1 to 100.  0 while S should
 * get no clients: it stops, will stop after drain-delay, or all of its services
 * are drained.
 */
int health_percent(const struct server *s);

#endif
