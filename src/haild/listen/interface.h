/*
 * interface.h -- listening sockets that are bound to a network interface.
 *
 * The kernel binds a socket to the number of an interface, which it gives to no
 * other: if the interface is removed and created again, the socket gets no more
 * clients.  So the number is compared with the one that the name has now.
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

/* Whether haild binds L to an interface, be it by the scope of its address. */
bool interface_is_bound(const struct listener *l);

/* Whether an interface to which a listener of ALL is bound was removed. */
bool interface_is_lost(const struct listeners *all);

#endif
