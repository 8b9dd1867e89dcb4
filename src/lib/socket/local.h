/*
 * local.h -- which addresses are this host's.
 */

#ifndef LOCAL_H
#define LOCAL_H

#include <stdbool.h>

#include "lib/addr.h"

/*
 * Whether A, of IPv4 or IPv6, is a loopback address or, by the routing table,
 * one of this host.  A local route can make it one that getifaddrs(3) does not
 * list.
 */
bool local_is_own(const struct addr *a);

#endif
