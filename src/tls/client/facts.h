/*
 * facts.h -- a server's certificate in words.
 */

#ifndef TLS_CLIENT_FACTS_H
#define TLS_CLIENT_FACTS_H

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <stddef.h>
#include <time.h>

#include "hail/pin.h"

#define FACTS_NAME_MAX 1024
#define FACTS_DATE_MAX 32

/*
 * Returns the server's own certificate, to be freed by the caller; or NULL if
 * it is not an X.509 certificate.
 */
gnutls_x509_crt_t facts_certificate(gnutls_session_t tls);

/* Write the pin of the certificate's key.  Returns 0, or an error of GnuTLS. */
int facts_pin(gnutls_x509_crt_t crt, char pin[PIN_SIZE]);

/* "2026-11-29 14:50:00 UTC".  Returns TEXT. */
const char *facts_date(char text[FACTS_DATE_MAX], time_t when);

/*
 * The names that the certificate is for: "a.example, 192.0.2.1", or "no name".
 * Returns TEXT, which is printable.
 */
const char *facts_names(char text[FACTS_NAME_MAX], gnutls_x509_crt_t crt);

/* Who issued it, as RFC 4514 writes it.  Returns TEXT, which is printable. */
const char *facts_issuer(char text[FACTS_NAME_MAX], gnutls_x509_crt_t crt);

/* Version and cipher: "TLSv1.3, TLS_AES_256_GCM_SHA384". */
void facts_session(char *text, size_t size, gnutls_session_t tls);

/* Several lines for --show-key. */
void facts_show(
    char *text, size_t size, gnutls_session_t tls, gnutls_x509_crt_t crt);

#endif
