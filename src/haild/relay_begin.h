/*
 * relay_begin.h -- send clients of services with TLS to the keeper, and read
 * the pids of their relays.
 */

#ifndef RELAY_BEGIN_H
#define RELAY_BEGIN_H

#include "haild/state.h"

/*
 * The limit of preamble and handshake if start-timeout is "none": each of them
 * occupies a process.
 */
#define HANDSHAKE_TIME (60 * SECOND)

/*
 * Send CLIENT of SERVICE, which has TLS, to the keeper; C is its slot.  The
 * caller closes the socket.  Returns 0, or errno.
 */
int relay_begin(struct server *s, const struct service *service,
    struct child *c, const struct client *client, int64_t now);

/* The errno for which clients of services with TLS must wait now, or 0. */
int relay_busy(const struct server *s);

/* Handle the answers of keepers.  Never waits. */
void relay_keepers(struct server *s);

/*
 * Replace keepers and end relays whose time is over.  Returns the next time, or
 * -1.
 */
int64_t relay_expire(struct server *s, int64_t now);

/* The arguments to start a keeper for CONFIG. */
struct keeper_setup relay_setup(const struct server *s,
    const struct config *config, const struct arena *arena);

#endif
