/*
 * handshake_key.h -- a private key for GnuTLS that has the signer sign.
 */

#ifndef TLS_HANDSHAKE_KEY_H
#define TLS_HANDSHAKE_KEY_H

#include "tls/handshake.h"

/*
 * Make H->key for H->certificate, in place of an earlier one.  Returns 0, or a
 * negative error of GnuTLS.
 */
int handshake_key_make(struct handshake *h);

#endif
