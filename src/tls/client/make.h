/*
 * make.h -- a new key for a client, and a certificate for it.
 */

#ifndef TLS_CLIENT_MAKE_H
#define TLS_CLIENT_MAKE_H

#include <gnutls/gnutls.h>

/*
 * Make a key and a certificate that it signs itself (tls/make.h).  PEM gets
 * both, to be zeroed and freed with gnutls_free by the caller.  Returns 0, or
 * an error of GnuTLS.
 */
int client_make_identity(gnutls_datum_t *pem);

#endif
