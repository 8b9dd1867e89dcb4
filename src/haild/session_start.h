/*
 * session_start.h -- fork the process of a session: for a client that was just
 * accepted, and for one whose relay has proved it.
 */

#ifndef SESSION_START_H
#define SESSION_START_H

#include "haild/state.h"

/*
 * Fork the process that serves CLIENT, whose socket is client->fd, for C: a
 * slot that was reserved, or whose handshake is over.  The caller closes the
 * socket.  Returns 0, or errno: C is as it was, but for its channel.
 */
int session_start(struct server *s, const struct service *service,
    struct child *c, const struct client *client, int64_t now);

#endif
