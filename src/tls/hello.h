/*
 * hello.h -- the cipher suites of a ClientHello, which GnuTLS does not show to
 * who chooses a certificate.
 *
 * With TLS 1.2 a suite names the kind of key, and a client may be able to
 * verify the signatures of a kind (for certificates) without a suite for it.
 */

#ifndef TLS_HELLO_H
#define TLS_HELLO_H

#include <gnutls/gnutls.h>

#include <stdbool.h>
#include <stddef.h>

/* How a key is exchanged, and thereby who signs. */
struct hello_suites {
	bool rsa, ecdsa; /* ECDSA's are for Ed25519, too (RFC 8422, 5.3) */
};

/*
 * Find the suites of TLS 1.2 that are in PRIORITY and in the ClientHello with
 * the LEN bytes at BODY, without the header.  None in one that is cut.
 */
void hello_read(struct hello_suites *suites, gnutls_priority_t priority,
    const void *body, size_t len);

#endif
