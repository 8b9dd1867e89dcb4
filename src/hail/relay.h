/*
 * relay.h -- standard input to a socket and the socket to standard output.
 */

#ifndef RELAY_H
#define RELAY_H

#include "hail/deadlines.h"
#include "hail/status.h"

/* The first bytes that the server sent. */
enum relay_answer {
	RELAY_NONE,   /* it sent nothing */
	RELAY_BYTES,  /* anything */
	RELAY_FRAMES, /* a frame: it may be a command service */
};

/* How a session without a command ended. */
struct relay_end {
	enum hail_status status;
	enum relay_answer answer;
	char error[256]; /* unless HAIL_ENDED: the reason */
};

/*
 * Copy in both directions at once until the server ends the session; neither
 * direction waits for the other.
 *
 * When standard input ends and all of it was sent, the connection is
 * half-closed, and the server's answer is still copied.  When the server ends,
 * all that arrived is written, and what standard input has ready is sent, but
 * more of it is not waited for.  If the server no longer accepts bytes, that
 * alone is no error: what it sent is still read, and its end decides.
 *
 * Sets the status to HAIL_ENDED if the server ended in order or QUIT_AFTER was
 * over, HAIL_BROKEN after a reset (unless the server's end was seen before),
 * HAIL_TIMED_OUT (END, IDLE) or HAIL_LOCAL.
 *
 * BROKEN is errno of an error that the connection already had, or 0.  SOCK
 * stays open.  SIGPIPE must be ignored.  O_NONBLOCK of 0, 1 and 2 is not
 * changed, since their open files are shared with other processes.
 */
void relay(
    struct relay_end *end, int sock, int broken, struct deadlines *deadlines);

#endif
