/*
 * verify.h -- verify the server, by CA or by pin.
 */

#ifndef TLS_CLIENT_VERIFY_H
#define TLS_CLIENT_VERIFY_H

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "hail/tls_channel.h"
#include "tls/client/arguments.h"

/* Load the CAs into CREDENTIALS.  Reports a failure to hail and exits. */
void client_load_ca(
    gnutls_certificate_credentials_t credentials, const char *ca);

/*
 * Verify the server's certificate CRT in the handshake of TLS.  Returns true;
 * or false with the reason in VERDICT.  VERDICT gets the pin in both cases.
 */
bool client_verify_server(const struct client_arguments *a,
    gnutls_session_t tls, gnutls_x509_crt_t crt, struct tls_report *verdict);

#endif
