/*
 * relay.h -- standard input to a socket and the socket to standard output.
 */

#ifndef RELAY_H
#define RELAY_H

#include "hail/connection.h"

/* What the server sent first. */
enum relay_answer {
	RELAY_EMPTY,  /* nothing; there was no input, or not all was sent */
	RELAY_NONE,   /* nothing, but all of a non-empty input was sent */
	RELAY_BYTES,  /* anything */
	RELAY_FRAMES, /* a frame: it may be a command service */
	RELAY_ALERT,  /* a TLS alert */
};

struct relay_end {
	enum relay_answer answer;
	bool cut; /* the server closed before it had read all input */
};

/*
 * Copy in both directions at once until the server ends the session; neither
 * direction waits for the other.
 *
 * When standard input ends and all of it was sent, the connection is
 * half-closed (unless no_shutdown), and the server's answer is still copied.
 * When the server ends, all that arrived is written, and what standard input
 * has ready is sent, but more of it is not waited for.  If the server no longer
 * accepts bytes, that alone is no error: what it sent is still read, and its
 * end decides.
 *
 * The status is HAIL_ENDED if the server ended in order or QUIT was over,
 * HAIL_BROKEN after a reset of TCP (unless the server's end was seen before),
 * HAIL_TIMED_OUT or HAIL_LOCAL.
 */
struct relay_end relay(struct connection *);

#endif
