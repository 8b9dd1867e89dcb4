/*
 * forward_header.h -- the PROXY header that a target gets first
 * ("forward-proxy").
 */

#ifndef FORWARD_HEADER_H
#define FORWARD_HEADER_H

#include "lib/outcome.h"
#include "lib/proxy/write.h"
#include "session/session.h"

struct forward_header {
	size_t len; /* 0: none */
	char text[PROXY_WRITE_MAX];
};

/*
 * Make the header that SERVICE wants, for CLIENT, as a proxy announced it, and
 * the address LOCAL to which it connected.  KIND tells whether these are known.
 * ID is the session's; with the time it becomes the unique ID of version 2:
 * "ID-SECONDS.MICROSECONDS".
 *
 * A target may believe what it gets: the common name is sent only if a CA of
 * tls-client-ca has verified the certificate, and the identity is that of the
 * log.  The texts have no control characters (config/tls.h).
 */
void forward_header_make(struct forward_header *h,
    const struct service *service, enum proxy_kind kind,
    const struct client *client, const struct addr *local, uint32_t id);

/*
 * Send it within TIMEOUT (ns, -1: no limit).  Returns 0, or -1 with errno, and
 * OUTCOME: there is no target if this one did not read in time; else it has
 * reset the connection.
 */
int forward_header_send(const struct forward_header *h, int fd, int64_t timeout,
    struct outcome *outcome);

#endif
