/*
 * polling.h -- which listeners are polled, and the log of clients that wait.
 *
 * A listener is not polled while a limit is reached, while no uid of its pool
 * is free yet, while no relay can be made for its clients, while its socket
 * belongs to a child (listener.h), during a pause, and while a wait service
 * with an inherited socket is drained; clients then wait in the kernel's queue.
 *
 * epoll(7) watches the listeners that are polled, since ppoll(2) takes time for
 * each descriptor in each turn.
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
 * Set each listener's POLLED.  Logs, at the rate of LINES, which services make
 * their clients wait, and which have not for a second.  LIVE is the number of
 * all sessions; TLS_BUSY, an errno, why services with TLS can take no client
 * now, or 0.  Returns when it has to be called again even if nothing else
 * happens; -1: never.
 */
int64_t polling_update(struct listeners *all, struct admission *a,
    const struct containment *contained, unsigned int live, int tls_busy,
    struct ratelimit *lines, int64_t now);

/*
 * Once a turn: call polling_update, and let EPOLL watch the listeners that are
 * polled, and no others.  A listener that it cannot watch is paused; the rate
 * of LINES limits the log lines about that.  Returns as polling_update.
 *
 * While all listeners are polled, polling_update would decide the same again.
 * So this calls it only after the time that it returned, if TLS_BUSY changes,
 * or if ALL->settled is false.  The caller sets that to false when a listener
 * must not be polled any more, a client is refused or the load is too high.
 * Other listeners that the same reason concerns, such as the limit of all
 * sessions, are found by the same call, or when they have a client.
 */
int64_t polling_turn(struct listeners *all, int epoll, struct admission *a,
    const struct containment *contained, unsigned int live, int tls_busy,
    struct ratelimit *lines, int64_t now);

/* After ALL has been replaced: EPOLL watches nothing until polling_turn. */
void polling_restart(struct listeners *all, int epoll);

/* Set READY of each listener that has clients. */
void polling_ready(struct listeners *all, int epoll);

#endif
