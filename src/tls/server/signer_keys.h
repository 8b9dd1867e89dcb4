/*
 * signer_keys.h -- load the signer's keys, and sign.
 */

#ifndef TLS_SIGNER_KEYS_H
#define TLS_SIGNER_KEYS_H

#include <gnutls/abstract.h>

#include <stdbool.h>

#include "config/config.h"
#include "tls/signer_channel.h"

struct signer_key {
	gnutls_privkey_t key;
	gnutls_pk_algorithm_t algorithm;
	gnutls_ecc_curve_t curve; /* of ECDSA */
};

struct signer_service {
	struct signer_key *keys; /* in the order of tls-key */
	uint32_t nkeys;		 /* 0: a service without TLS */
	bool tls12;		 /* bare hashes may be signed */
};

/*
 * Load the keys of all services of CONFIG, at their index, and check that each
 * matches its certificate.  Returns NULL after the reason was logged.
 */
struct signer_service *signer_keys_load(const struct config *config);

/*
 * Sign what REQUEST asks for, if SERVICE allows it.  Returns the length of the
 * signature, or -1.
 */
int signer_keys_sign(const struct signer_service *service,
    const struct signer_sign *request,
    unsigned char signature[SIGNER_SIGNATURE_MAX]);

#endif
