/*
 * forward.h -- a session that connects its client to another server.
 *
 * It runs in the session's process, which has no privileges, an empty root and
 * no copy of the configuration.  In this order it
 *
 *	opens the directories of Unix sockets among its targets, as its user
 *	   (forward_targets.h)
 *	gives up privileges (confine.h), and closes all but the client, the
 *	   channel and these directories
 *	with proxy-from: forbids all system calls but those of the next steps,
 *	   and reads the preamble
 *	connects to a target (forward_connect.h), and closes the directories
 *	forbids all system calls but those that copy (confine_forwarding)
 *	sends a PROXY header (forward_header.h)
 *	copies until both directions have ended (forward_pump.h)
 *	reports the outcome (CHANNEL_REPORT) and the bytes (CHANNEL_BYTES)
 *
 * If no target accepts, it half-closes the client's connection and discards
 *what the client sends, under the filter of built-in services
 *(confine_serving).
 */

#ifndef FORWARD_H
#define FORWARD_H

#include "session/session.h"

/* Serve S, whose service has "forward", in its process; and exit. */
void forward_serve(const struct session *s) __attribute__((noreturn));

#endif
