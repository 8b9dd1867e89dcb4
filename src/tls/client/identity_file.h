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
 * Load or make the file that A names.  If it cannot be read, other users can
 * read it, or key and certificate do not match, reports this to hail and exits.
 */
void client_key_load(struct client_key *k, const struct client_arguments *a);

#endif
