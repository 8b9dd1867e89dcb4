/*
 * pump.h -- copy both ways between a TLS session and a stream socket: for
 * relays, and for hail-tls.
 *
 * A half-close is passed on in both directions, as close_notify or by
 * shutdown(2).  While one side is full, nothing is read from the other.
 */

#ifndef TLS_PUMP_H
#define TLS_PUMP_H

#include <gnutls/gnutls.h>

#include <stdbool.h>
#include <stdint.h>

#include "lib/io.h"

/* How the peer ended its direction. */
enum pump_notice {
	PUMP_CLOSED = 1, /* close_notify */
	PUMP_TRUNCATED,	 /* end of file without close_notify */
	PUMP_RESET,	 /* ECONNRESET and the like */
	PUMP_ALERT,	 /* a fatal alert, ALERT */
	PUMP_BROKEN,	 /* a violation of the protocol */
};

#define PUMP_COUNT_TIME (5 * SECOND)

struct pump {
	gnutls_session_t tls;
	int net;       /* its socket */
	int stream;    /* the decrypted side */
	int control;   /* finish when it is readable or closed; or -1 */
	int64_t grace; /* how long finishing may take, ns */
	/*
	 * How long the stream hides an end, ns, PUMP_TRUNCATED, and any other
	 * but PUMP_CLOSED: the daemon gets a notice, and may end the program
	 * that reads the stream.
	 */
	int64_t hold_truncated, hold_failed;
	/*
	 * Called when CONTROL is readable: whether the other end of the stream
	 * was cut.  Then the stream is copied up to what can be read at once,
	 * without close_notify.  NULL: it never is.
	 */
	bool (*cut)(void *arg);
	/*
	 * After the grace has begun, end TLS when the stream refuses data and
	 * all data was sent: the kernel resets the connection, as without TLS.
	 */
	bool reset;
	/* Called at most once, when the peer has ended its direction. */
	void (*notice)(void *arg, enum pump_notice what, int alert);
	/*
	 * Called with the bytes of plain text so far, from the peer and to it:
	 * at most every PUMP_COUNT_TIME while they grow; and for the last time
	 * when finishing begins, with those that then wait in the stream.
	 * NULL: not wanted.
	 */
	void (*count)(void *arg, uint64_t in, uint64_t out, bool last);
	void *arg;
};

/* Copy until both directions have ended, or the grace is over. */
void pump_run(struct pump *p);

#endif
