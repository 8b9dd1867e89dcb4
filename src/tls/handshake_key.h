/*
 * handshake_key.h -- a private key for GnuTLS that has the signer sign.
 */

#ifndef TLS_HANDSHAKE_KEY_H
#define TLS_HANDSHAKE_KEY_H

#include <gnutls/abstract.h>

#include <stdbool.h>

#include "tls/service.h"
#include "tls/transcript.h"

struct handshake_key {
	int signer; /* the relay's pair with it */
	gnutls_session_t tls;
	const struct tls_certificate
	    *certificate; /* the certificate of this key */
	struct transcript transcript;
	gnutls_privkey_t key;
	bool failed; /* the signer did not sign */
};

/* Whether signatures of ALGORITHM can be requested from the signer. */
bool handshake_key_knows(gnutls_sign_algorithm_t algorithm);

/*
 * Make K->key for K->certificate; replaces an earlier key.  Returns 0, or a
 * negative error of GnuTLS.
 */
int handshake_key_make(struct handshake_key *k);

/* Free the key and the transcript. */
void handshake_key_free(struct handshake_key *k);

#endif
