/*
 * accept.h -- from a connection in a listener's queue to a session's process.
 */

#ifndef ACCEPT_H
#define ACCEPT_H

#include "haild/state.h"

/*
 * Accept, admit and fork until L's queue is empty, a limit is reached, or other
 * listeners should have their turn.  A wait service gets L's socket instead.
 */
void accept_clients(struct server *s, struct listener *l);

/* Whether clients in L's queue wait until a limit is not reached any longer. */
bool accept_waits(
    const struct server *s, const struct listener *l, int64_t now);

/* Before L is closed: accept its queue, at most its backlog, or refuse. */
void accept_drain(struct server *s, struct listener *l);

#endif
