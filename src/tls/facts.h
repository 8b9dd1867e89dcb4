/*
 * facts.h -- what a relay reports about its TLS session.
 */

#ifndef TLS_FACTS_H
#define TLS_FACTS_H

#include <gnutls/x509.h>

#include "config/tls.h"
#include "tls/handshake.h"
#include "tls/verify.h"

/* Fill in S; LEAF is the client's certificate, or NULL. */
void facts_collect(struct tls_session *s, const struct addr *local,
    const struct handshake *h, const struct verify *v, gnutls_x509_crt_t leaf);

#endif
