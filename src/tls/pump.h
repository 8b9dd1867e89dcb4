/*
 * pump.h -- copy both ways between a TLS session and a stream socket: for
 * relays, and for hail-tls.
 *
 * Half-close maps both ways: close_notify to shutdown(2) and back.  What one
 * side cannot take is not read from the other.
 */

#ifndef TLS_PUMP_H
#define TLS_PUMP_H

#include <gnutls/gnutls.h>

#include <stdbool.h>
#include <stdint.h>

/* How the client's, or for hail-tls the server's, direction ended. */
enum pump_notice {
	PUMP_CLOSED = 1, /* close_notify */
	PUMP_TRUNCATED,	 /* end of file without close_notify */
	PUMP_RESET,	 /* ECONNRESET and the like */
	PUMP_ALERT,	 /* a fatal alert: *ALERT */
	PUMP_BROKEN,	 /* a violation of the protocol */
};

struct pump {
	gnutls_session_t tls;
	int net;       /* its socket */
	int stream;    /* the plain side */
	int control;   /* when it is readable or at its end, finish; or -1 */
	int64_t grace; /* how long that may take, ns */
	/*
	 * How long the stream does not show an end that is none of PUMP_CLOSED,
	 * ns: the daemon, which is told, may end the program that reads it.
	 */
	int64_t hold;
	/*
	 * Then data that the stream does not take ends it, once all was sent:
	 * the kernel answers with a reset, as for a program without TLS.
	 */
	bool reset;
	/* Called at most once, when the TLS side has ended. */
	void (*notice)(void *arg, enum pump_notice what, int alert);
	void *arg;
};

/* Copy until both directions have ended, or the grace is over. */
void pump_run(struct pump *p);

#endif
