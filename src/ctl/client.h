/*
 * client.h -- send a request to haild, and receive the answer.
 */

#ifndef CTL_CLIENT_H
#define CTL_CLIENT_H

#include "control/answer.h"
#include "control/protocol.h"
#include "control/request.h"

/*
 * Send R to the haild whose control socket is PATH, and give each record of the
 * answer to TAKE (answer_read), until TIMEOUT (ns; -1: never) is over.  The
 * strings of a record are good during the call only.
 *
 * Returns the answer's status; or CONTROL_ABSENT, CONTROL_DENIED, CONTROL_LATE,
 * CONTROL_FAILED, with a sentence in ERROR (else empty).
 */
enum control_status client_ask(const char *path,
    const struct control_request *r, int64_t timeout, answer_fn *take,
    void *arg, char *error, size_t size);

#endif
