/*
 * relay.h -- standard input to a socket and the socket to standard output.
 */

#ifndef RELAY_H
#define RELAY_H

#include <stdbool.h>
#include <stddef.h>

#include "hail/hail.h"
#include "hail/deadlines.h"

/*
 * Copy both ways at once until the server ends the session; neither way waits
 * for the other.
 *
 * When standard input ends, the server is told so (a half-close, once all was
 * sent) and what it answers is still copied.  When the server ends, what came
 * is written and what standard input has ready is sent, but nobody waits for
 * more of it.  When the server no longer takes what we send, that alone is no
 * error: what it said is still read, and how that ends decides.
 *
 * Returns HAIL_ENDED when the server ended in order or QUIT_AFTER was over;
 * else, with the reason in ERR, HAIL_BROKEN (a reset, before the server's end
 * was seen), HAIL_TIMED_OUT (END, IDLE) or HAIL_LOCAL.
 *
 * HAIL_ENDED leaves ERR empty, unless what came began as the answer to a
 * command does, or nothing came and SILENCE says that this is remarkable: then
 * it tells that the service may be one for commands.
 *
 * BROKEN is the errno of what broke the connection before this was called, or
 * 0.  SOCK stays open and the caller's.  SIGPIPE must be ignored.  No
 * descriptor's O_NONBLOCK is changed: that of 0, 1 and 2 is shared with other
 * processes.
 */
enum hail_status relay(int sock, int broken, bool silence,
    struct deadlines *deadlines, char *err, size_t size);

#endif
