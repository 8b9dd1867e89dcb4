/*
 * preamble.h -- what stands between the client's socket and the service.
 */

#ifndef PREAMBLE_H
#define PREAMBLE_H

#include "session/session.h"

/* A proxy must have sent its header so long after it was accepted. */
#define PROXY_TIME (5 * SECOND)

/*
 * In a session's process, which has no privileges any more, default signals,
 * and the client on descriptor 0: read what comes before the service's own
 * bytes, and not one byte more; have the daemon decide; say that the start is
 * over.  CLIENT is then who is served, and LOCAL, which was the socket's own
 * address, where that client connected to.
 *
 * Exits if nobody is to be served: the daemon has the reason.
 */
void preamble_pass(
    const struct session *s, struct client *client, struct addr *local);

/* The same, but the start is not over: a command must be named first. */
void preamble_announce(
    const struct session *s, struct client *client, struct addr *local);

#endif
