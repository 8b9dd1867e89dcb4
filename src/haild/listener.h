/*
 * listener.h -- listening sockets: opened, accepted from, closed.
 */

#ifndef LISTENER_H
#define LISTENER_H

#include "state.h"

/*
 * Open all sockets of all services that are not disabled.  What cannot be
 * opened is logged, with its address, and counted.  Returns that count; the
 * listeners are the server's then.
 */
unsigned int listeners_open(struct server *server);

/*
 * Accept one client.  Returns its socket (blocking, close-on-exec); -1 when
 * there is none now.  The address is accept4's, since getpeername(2) fails for
 * a client that is gone already.  When the host is out of descriptors or
 * memory the listener is paused for LISTENER_PAUSE and *TROUBLE is errno,
 * otherwise 0.
 */
int listener_accept(
    struct listener *l, struct client *client, int64_t now, int *trouble);

#define LISTENER_PAUSE (SECOND / 10)

/* Close them all; a Unix socket's file goes if it is still the one we made. */
void listeners_close(struct server *server);

#endif
