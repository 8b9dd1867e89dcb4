/*
 * resolve.h -- names to addresses, with a deadline.
 *
 * getaddrinfo(3) can't be given a time limit, so it runs in a child process
 * that is killed when the time is over; a resolver module that hangs, leaks or
 * crashes goes with it.  An address and a port that are numbers need no child.
 */

#ifndef RESOLVE_H
#define RESOLVE_H

#include <stdint.h>

#include "lib/addr.h"

#define RESOLVE_MAX 32 /* addresses of one name; more are left out */

/*
 * Look up HOST (a name or an address) and PORT (a number from 1 to 65535 or a
 * name from services(5)) for FAMILY (AF_UNSPEC is both).  LIST gets each
 * address once, in the order of getaddrinfo (RFC 6724).  Returns how many
 * there are; 0 when DEADLINE (clock_now, -1 is never) came first; -1 with the
 * reason in ERR when there are none.
 */
int resolve(struct addr list[RESOLVE_MAX], const char *host, const char *port,
    int family, int64_t deadline, char *err, size_t size);

#endif
