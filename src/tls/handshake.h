/*
 * handshake.h -- the server's handshake with one client.  The signer makes its
 * signature.
 */

#ifndef TLS_HANDSHAKE_H
#define TLS_HANDSHAKE_H

#include <gnutls/gnutls.h>

#include <stdint.h>

#include "config/tls.h"
#include "tls/handshake_key.h"
#include "tls/hello.h"
#include "tls/link.h"
#include "tls/service.h"

#define SERVER_NAME_SIZE 256 /* with the NUL */

struct handshake {
	const struct tls_service *service;
	int channel; /* the handshake ends if this is closed; or -1 */

	gnutls_session_t tls;
	struct handshake_key key;   /* its signer is set by the caller */
	struct tls_link *link;	    /* set by the caller, and zero */
	struct hello_suites suites; /* of the client */
	char server_name[SERVER_NAME_SIZE]; /* for which it asks, or "" */
};

/*
 * Do the handshake over the socket FD, until DEADLINE (clock_now; -1: never).
 * SERVICE, KEY.SIGNER, CHANNEL and LINK are set, the rest is zero.  Returns
 * TLS_FINE, or why it failed, after the alert for that was sent.
 */
enum tls_fault handshake_run(struct handshake *h, int fd, int64_t deadline);

/*
 * Refuse the client with the alert for FAULT, which was found after the
 * handshake.
 */
void handshake_refuse(struct handshake *h, enum tls_fault fault);

/* Send buffered data, until DEADLINE at most. */
void handshake_flush(struct handshake *h, int64_t deadline);

/* Free what only the handshake needs. */
void handshake_free(struct handshake *h);

#endif
