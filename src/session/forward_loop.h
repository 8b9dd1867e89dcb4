/*
 * forward_loop.h -- whether a target leads back to its own service.
 *
 * haild-load refuses such a configuration, but a host can get addresses later,
 * and only the daemon knows the addresses of sockets that it has inherited.
 */

#ifndef FORWARD_LOOP_H
#define FORWARD_LOOP_H

#include "session/session.h"

/*
 * Whether a connection to TARGET of S's service arrives at that service, or at
 * another one with "forward" from which one may arrive there, and so on.  An
 * address counts only if the routing table says now that it is this host's, and
 * a Unix socket only if both paths are the same file.
 *
 * Called in a session before it is confined.
 */
bool forward_loop_find(const struct session *s, const struct target *target);

#endif
