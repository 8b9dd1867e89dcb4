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
 * (ns).  Stops early if CLIENT, a socket, is gone: if it was reset, or closed
 * by both sides with nothing left to read.  A client that has closed only its
 * side still waits for an answer.
 *
 * Returns a descriptor that does not block, and TEXT is "to TARGET".  Or
 * returns -1: then OUTCOME is OUTCOME_NO_TARGET with the errno of the last
 * target (ETIMEDOUT: no answer; 0: it leads back to this service), or
 * OUTCOME_DISCONNECT; and TEXT tells why each target failed.
 */
int forward_connect(const struct forward_targets *t, int client,
    int64_t timeout, struct outcome *outcome, char *text, size_t size);

#endif
