/*
 * verify.h -- verify a client, by its certificate or its key.
 */

#ifndef TLS_VERIFY_H
#define TLS_VERIFY_H

#include <gnutls/x509.h>

#include <time.h>

#include "config/tls.h"
#include "tls/service.h"

#define VERIFY_CHAIN_MAX 10

struct verify {
	const struct tls_service *service;
	const int *identities; /* as in struct relay_start */
	unsigned int nidentities;
	time_t now;

	/* results */
	char pin[IDENTITY_PIN_SIZE];
	enum tls_fault why; /* why there are no names, or TLS_FINE */
	bool by_ca;	    /* the names are of the certificate, not of a pin */
	uint32_t nnames;
	char names[IDENTITY_NAMES_MAX][IDENTITY_SIZE];
};

/*
 * Decide about a client that has proved to have the key of CHAIN[0], N
 * certificates; N 0: it has none.  Returns TLS_FINE if it may have a session,
 * with or without names, or why not.
 *
 * A known pin suffices, and so does a certificate of the service's CA; the pin
 * is tried first.  A pin's certificate only carries the key: its dates, purpose
 * and names do not matter, as with ssh.  With TLS_CLIENT_ANY a key that is
 * neither has a session without names.
 */
enum tls_fault verify_client(
    struct verify *v, gnutls_x509_crt_t *chain, unsigned int n);

/* Verify the client of TLS; *LEAF gets its certificate, or NULL. */
enum tls_fault verify_session(
    struct verify *v, gnutls_session_t tls, gnutls_x509_crt_t *leaf);

#endif
