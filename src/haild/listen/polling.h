/*
 * polling.h -- which listeners are polled, and the log of clients that wait.
 *
 * A listener is not polled while a limit is reached, while its socket belongs
 * to a child (listener.h), and during a pause; clients then wait in the
 * kernel's queue.
 */

#ifndef POLLING_H
#define POLLING_H

#include "haild/listen/listener.h"
#include "lib/ratelimit.h"

/*
 * Once a turn: set each listener's POLLED.  Logs, at the rate of LINES, which
 * services make their clients wait, and which have not for a second.  LIVE is
 * the number of all sessions.  Returns when it has to be called again even if
 * nothing else happens; -1: never.
 */
int64_t polling_update(struct listeners *all, struct admission *a,
    unsigned int live, struct ratelimit *lines, int64_t now);

#endif
