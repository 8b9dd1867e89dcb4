/*
 * identity_file.h -- the client's key and certificate: one file in PEM.
 */

#ifndef TLS_CLIENT_IDENTITY_FILE_H
#define TLS_CLIENT_IDENTITY_FILE_H

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

#include "tls/client/arguments.h"

#define CLIENT_CHAIN_MAX 16

struct client_key {
	gnutls_pcert_st chain[CLIENT_CHAIN_MAX];
	unsigned int nchain; /* 0: the client has no identity */
	gnutls_privkey_t key;
};

/*
 * Load, or make, the file that A asks for.  Reports a failure to hail, and
 * exits: it cannot be read, others can read it, or the parts do not match.
 */
void client_key_load(struct client_key *k, const struct client_arguments *a);

#endif
