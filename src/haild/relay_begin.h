/*
 * relay_begin.h -- clients of services with TLS go to the keeper, which answers
 * with the pids of their relays.
 */

#ifndef RELAY_BEGIN_H
#define RELAY_BEGIN_H

#include "haild/state.h"

/*
 * The bound of preamble and handshake without "start-timeout", since each costs
 * a process.
 */
#define HANDSHAKE_TIME (60 * SECOND)

/*
 * Pass CLIENT of SERVICE, which has TLS, to the keeper; C is its slot.  The
 * caller closes the socket.  Returns 0, or errno.
 */
int relay_begin(struct server *s, const struct service *service,
    struct child *c, const struct client *client, int64_t now);

/* Why clients of services with TLS have to wait now, errno; 0: they do not. */
int relay_busy(const struct server *s);

/* Handle what keepers have sent.  Never waits. */
void relay_keepers(struct server *s);

/* Replace keepers, end relays.  Returns the next time, or -1. */
int64_t relay_expire(struct server *s, int64_t now);

/* What a keeper for CONFIG is started with. */
struct keeper_setup relay_setup(const struct server *s,
    const struct config *config, const struct arena *arena);

#endif
