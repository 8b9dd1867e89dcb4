/*
 * resolve.h -- names to addresses, with a deadline.
 *
 * getaddrinfo(3) has no time limit.  So it runs in a child process, which is
 * killed at the deadline; the caller survives an NSS module that hangs, leaks
 * or crashes.  A numeric address with a numeric port needs no child.
 */

#ifndef RESOLVE_H
#define RESOLVE_H

#include <stdint.h>

#include "lib/addr.h"

#define RESOLVE_MAX 32 /* addresses of one name; the rest is ignored */

/*
 * Look up HOST (a name or an address) and PORT (a number from 1 to 65535 or a
 * name from services(5)) for FAMILY (AF_UNSPEC: both).  LIST gets each address
 * once, in the order of getaddrinfo (RFC 6724).  Returns the number of
 * addresses; 0 if DEADLINE (clock_now; -1 is never) came first; -1 with the
 * reason in ERR if there are none.
 */
int resolve(struct addr list[RESOLVE_MAX], const char *host, const char *port,
    int family, int64_t deadline, char *err, size_t size);

#endif
