/*
 * key.h -- whether a private key can be used with its certificate.
 */

#ifndef TLS_CHECK_KEY_H
#define TLS_CHECK_KEY_H

#include <gnutls/x509.h>

#include "tls/check/report.h"

/*
 * Check that the file of R has the key of CERT (NULL: not known), which was
 * read from the file CERTIFICATE, and that no other user can read it.
 */
void check_key(
    struct report *r, gnutls_x509_crt_t cert, const char *certificate);

#endif
