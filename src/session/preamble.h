/*
 * preamble.h -- the PROXY header that precedes a client's own bytes.
 */

#ifndef PREAMBLE_H
#define PREAMBLE_H

#include "config/client.h"
#include "config/config.h"
#include "lib/proxy.h"

/* A header must be complete this long after the proxy was accepted. */
#define PREAMBLE_TIME (5 * SECOND)

/* How long a refused client has to read its busy-message. */
#define PREAMBLE_BUSY_TIME SECOND

/* When it must be complete, with a start-timeout or -1. */
int64_t preamble_deadline(int64_t accepted, int64_t start_timeout);

/*
 * Read a header from FD, and not one byte more, until DEADLINE.  Calls only
 * ppoll(2), read(2) and clock_gettime(2).
 */
enum proxy_fault preamble_read(int fd, struct proxy *p, int64_t deadline);

/*
 * In a session's process without privileges, with default signals and the
 * client on descriptor 0: if it is a proxy, read the header and have the daemon
 * decide; then report on CHANNEL that the start is over.  CLIENT, which was
 * accepted at ACCEPTED, becomes the client that the proxy announced, and LOCAL
 * the address that it connected to.
 *
 * Returns what the header describes; PROXY_TCP if the client is no proxy.
 * Exits if the client is refused: the daemon has logged why.
 */
enum proxy_kind preamble_pass(int channel, const struct service *service,
    int64_t accepted, struct client *client, struct addr *local);

#endif
