/*
 * session_start.h -- fork the process of a session, for a client that was
 * accepted, or over TLS for a client that was verified.
 */

#ifndef SESSION_START_H
#define SESSION_START_H

#include "haild/state.h"

/*
 * Fork the process that serves CLIENT, whose socket is client->fd.  C is its
 * slot: just reserved, or with a finished handshake.  The caller closes the
 * socket.  Returns REFUSED_NOT; or why not, and then only the channel of C has
 * changed.
 */
struct refusal session_start(struct server *s, const struct service *service,
    struct child *c, const struct client *client, int64_t now);

#endif
