/*
 * handover.h -- move an address from one listening socket to another, without
 * refusing or resetting clients that connect meanwhile.
 *
 * The kernel refuses to bind *:P while 127.0.0.1:P listens, and the reverse.
 * So both sockets are shared (SO_REUSEPORT) until the new one listens.  Then
 * the old one is hidden: it gets no new clients, but those whose handshake has
 * begun are still put into its queue.  The old socket stays shared until it is
 * closed, since a session that was just forked may have it longer than the
 * daemon.
 */

#ifndef HANDOVER_H
#define HANDOVER_H

#include <stdbool.h>

#include "haild/listen/listener.h"

/* How long a hidden TCP socket is kept for handshakes that have begun. */
#define HANDOVER_TIME (1 * SECOND)

/* Whether the sockets of A and B, TCP or UDP, have the same port. */
bool handover_concerns(const struct listener *a, const struct listener *b);

/*
 * Whether L's port may be bound by other shared sockets of this user.  Returns
 * 0, or -1 with errno.
 */
int handover_share(const struct listener *l, bool on);

/* End the sharing of the listeners of ALL, except hidden ones. */
void handover_end(struct listeners *all);

/*
 * L, which is not a supervisor's, gets no new clients from now on: they go to
 * another socket or are refused.  A Unix socket's file is removed.  An abstract
 * socket is not hidden, but finished and closed at once.
 */
void handover_hide(const struct listener *l);

/*
 * L is closed next, after its queue has been served: on a Unix socket that
 * haild made, clients are refused from now on.
 */
void handover_finish(const struct listener *l);

/* A UDP socket that was hidden works again. */
void handover_show(const struct listener *l);

#endif
