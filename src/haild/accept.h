/*
 * accept.h -- the way of one client into its session.
 */

#ifndef ACCEPT_H
#define ACCEPT_H

#include "haild/state.h"

/*
 * Accept from L, admit, fork: until nobody waits there, a limit is reached, or
 * others should have their turn.  With "wait": fork one child, who gets L.
 */
void accept_clients(struct server *s, struct listener *l);

/*
 * L is about to be closed: let in all who wait there, as many as its backlog at
 * most.  Those over a limit are refused, since nobody will be there later.
 */
void accept_drain(struct server *s, struct listener *l);

#endif
