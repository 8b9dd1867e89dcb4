/*
 * forward_connect.h -- connect to a target of "forward".
 */

#ifndef FORWARD_CONNECT_H
#define FORWARD_CONNECT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/outcome.h"
#include "session/forward_targets.h"

/*
 * Connect to the first of the targets T that accepts; each may take TIMEOUT
 * (ns).  Gives up if the client is gone, whose socket is CLIENT: if it has
 * reset the connection, or both sides are closed and nothing is left to read. A
 * client that has closed only its side still waits for an answer.
 *
 * Returns a descriptor that does not block, with "to TARGET" in TEXT. Otherwise
 * returns -1, with the reason of each failure in TEXT.  OUTCOME is then
 * OUTCOME_NO_TARGET with the errno of the last target (ETIMEDOUT: no answer; 0:
 * it leads back to this service), or OUTCOME_DISCONNECT.
 */
int forward_connect(const struct forward_targets *t, int client,
    int64_t timeout, struct outcome *outcome, char *text, size_t size);

#endif
