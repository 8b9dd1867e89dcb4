/*
 * make.h -- make a key and a self-signed certificate, valid for ten years.
 *
 * Peers verify such a key by its pin.
 */

#ifndef TLS_MAKE_H
#define TLS_MAKE_H

#include <gnutls/x509.h>

#include <stdbool.h>

/* Make an ECDSA key on P-256.  Returns 0 or GnuTLS's error. */
int tls_make_key(gnutls_x509_privkey_t *key);

/*
 * Make a certificate for KEY with NAMES, which NULL ends: host names or IP
 * addresses, the first also as common name.  With CLIENT it is for TLS clients,
 * otherwise for servers.  Returns 0 or GnuTLS's error.
 */
int tls_make_certificate(gnutls_x509_crt_t *certificate,
    gnutls_x509_privkey_t key, const char *const *names, bool client);

/*
 * "haild-tls --make-key KEY CERTIFICATE [NAME ...]": make both files, with the
 * host's name and "localhost" if there is no name.  If KEY exists already, only
 * the certificate is made, so that the pin stays.  CERTIFICATE must not exist.
 * Returns an exit status after a message.
 */
int tls_make_run(char *const *argv);

#endif
