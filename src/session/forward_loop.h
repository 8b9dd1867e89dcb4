/*
 * forward_loop.h -- whether a target leads back to its own service.
 *
 * haild-load refuses such a configuration, but a host can get addresses later.
 */

#ifndef FORWARD_LOOP_H
#define FORWARD_LOOP_H

#include "config/config.h"

/*
 * Whether a connection to TARGET of SERVICE arrives at SERVICE, or at another
 * service of CONFIG with "forward" from which one may arrive there, and so on.
 * An address counts only if the routing table says now that it is this host's,
 * and a Unix socket only if both paths are the same file.
 *
 * Called in a session before it is confined.
 */
bool forward_loop_find(const struct config *config,
    const struct service *service, const struct target *target);

#endif
