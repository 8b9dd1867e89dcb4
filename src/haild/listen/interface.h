/*
 * interface.h -- listening sockets that are bound to a network interface.
 *
 * The kernel binds a socket to the number of an interface.  An interface that
 * is removed and created again has another number, and the socket gets no
 * clients any more.  So haild compares the number with the present one of the
 * name.
 */

#ifndef INTERFACE_H
#define INTERFACE_H

#include <stdbool.h>

#include "haild/listen/listener.h"

/*
 * Whether H's socket, which has the address that L wants, is bound to the
 * interface that L wants, or to none.  An inherited one may be bound to any if
 * L's service has no "interface".
 */
bool interface_is_wanted(const struct listener *h, const struct listener *l);

/* Whether haild binds L to an interface, by "interface" or by a scope. */
bool interface_is_bound(const struct listener *l);

/* Whether an interface to which a listener of ALL is bound was removed. */
bool interface_is_lost(const struct listeners *all);

#endif
