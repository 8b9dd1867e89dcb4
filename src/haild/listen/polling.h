/*
 * polling.h -- which listeners are polled, and the log of clients that wait.
 *
 * A listener is not polled while a limit is reached, while no uid of its pool
 * is free yet, while no relay can be made for its clients, while its socket
 * belongs to a child (listener.h), during a pause, and while a wait service
 * with an inherited socket is drained; clients then wait in the kernel's queue.
 */

#ifndef POLLING_H
#define POLLING_H

#include "haild/containment/containment.h"
#include "haild/listen/listener.h"
#include "lib/ratelimit.h"

/*
 * Why the next client of L, which has a service, must wait; REFUSED_NOT if it
 * need not.  LIVE and TLS_BUSY are as for polling_update.
 */
struct refusal polling_limit(const struct listener *l,
    const struct admission *a, const struct containment *contained,
    unsigned int live, int tls_busy, int64_t now);

/*
 * Once a turn: set each listener's POLLED.  Logs, at the rate of LINES, which
 * services make their clients wait, and which have not for a second.  LIVE is
 * the number of all sessions; TLS_BUSY, an errno, why services with TLS can
 * take no client now, or 0.  Returns when it has to be called again even if
 * nothing else happens; -1: never.
 */
int64_t polling_update(struct listeners *all, struct admission *a,
    const struct containment *contained, unsigned int live, int tls_busy,
    struct ratelimit *lines, int64_t now);

#endif
