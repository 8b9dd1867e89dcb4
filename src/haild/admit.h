/*
 * admit.h -- the decision, before fork, whether a client may come in.
 */

#ifndef ADMIT_H
#define ADMIT_H

#include "state.h"

/*
 * Whether LISTENER should be polled: not while a limit is reached at which its
 * clients are to wait in the kernel's queue, nor while a child has it.
 */
bool admit_open(const struct server *server, const struct listener *listener);

/*
 * Whether CLIENT, just accepted from LISTENER, may come in.  If not, REASON
 * gets the fixed words for the log: "total limit 1024", "service limit 50".
 */
bool admit(const struct server *server, const struct listener *listener,
    const struct client *client, char *reason, size_t size);

#endif
