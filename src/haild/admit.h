/*
 * admit.h -- the decision, before fork, whether a client may come in.
 */

#ifndef ADMIT_H
#define ADMIT_H

#include "state.h"

/*
 * Whether LISTENER should be polled: not while a limit is reached at which its
 * clients are to wait in the kernel's queue.
 */
bool admit_open(const struct server *server, const struct listener *listener);

/*
 * Whether CLIENT, just accepted from LISTENER, may come in.  If not, REASON
 * gets the fixed words for the log: "total limit 1024", "service limit 50".
 */
bool admit(const struct server *server, const struct listener *listener,
    const struct client *client, char *reason, size_t size);

/*
 * The session of CHILD, which came through a proxy, is for CLIENT: whether that
 * one may come in.  Then it counts as that one's; if not, REASON gets the words.
 */
bool admit_announced(struct server *server, struct child *child,
    const struct addr *client, char *reason, size_t size);

#endif
