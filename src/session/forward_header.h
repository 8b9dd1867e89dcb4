/*
 * forward_header.h -- the PROXY header that a session sends to its target
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
 * Make the header that SERVICE wants.  CLIENT is the client, as the proxy in
 * front of haild announced it if there is one, and LOCAL the address to which
 * it connected.  KIND tells whether these are known.  ID is that of the
 * session; with the time it becomes the unique ID of version 2.
 *
 * A target can rely on the common name, which is sent only if a CA of
 * tls-client-ca has verified the certificate, and on the identity, which is
 * that in the log.  The texts have no control characters (config/tls.h).
 */
void forward_header_make(struct forward_header *h,
    const struct service *service, enum proxy_kind kind,
    const struct client *client, const struct addr *local, uint32_t id);

/*
 * Send H to FD within TIMEOUT (ns, -1: none).  Returns 0, or -1 with errno, and
 * OUTCOME: no target if this one did not read in time; otherwise it has reset
 * the connection.
 */
int forward_header_send(const struct forward_header *h, int fd, int64_t timeout,
    struct outcome *outcome);

#endif
