/*
 * pin.h -- the pin of a public key: "sha256:" and the base64 of the SHA-256 of
 * its SubjectPublicKeyInfo (as in RFC 7469).
 */

#ifndef TLS_PIN_H
#define TLS_PIN_H

#include <gnutls/abstract.h>

#include "config/identity.h"

/* Write the pin of KEY.  Returns 0, or a negative error of GnuTLS. */
int tls_pin_key(gnutls_pubkey_t key, char pin[IDENTITY_PIN_SIZE]);

/*
 * "haild-tls --pin FILE": print the pin of the first certificate, the private
 * or the public key in FILE (PEM).  Returns an exit status of sysexits.h.
 */
int tls_pin_file(const char *path);

#endif
