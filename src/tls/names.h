/*
 * names.h -- the names in a certificate, as identities and as text.
 */

#ifndef TLS_NAMES_H
#define TLS_NAMES_H

#include <gnutls/x509.h>

#include "config/tls.h"

/*
 * Write the identities in CRT to NAMES, each once and IDENTITY_NAMES_MAX at
 * most: its alternative names of DNS, URI and e-mail, in their order; the
 * common name only if there are no alternative names of any kind (RFC 6125,
 * 6.4.4).  Returns how many there are.
 */
uint32_t names_of_certificate(
    char (*names)[IDENTITY_SIZE], gnutls_x509_crt_t crt);

/* Whether that is the common name: CRT cannot have others. */
bool names_are_common(gnutls_x509_crt_t crt);

/* "/C=DE/CN=web1": a slash or backslash in a value is escaped. */
void names_print_subject(char text[TLS_TEXT_MAX], gnutls_x509_crt_t crt);

/*
 * The first common name; "" if there is none, or if it is too long or has
 * control characters: a changed name might be another client's.
 */
void names_print_common_name(char text[TLS_TEXT_MAX], gnutls_x509_crt_t crt);

/* "CN=web1,C=DE" (RFC 4514). */
void names_print_dn(char text[TLS_TEXT_MAX], gnutls_x509_crt_t crt);

#endif
