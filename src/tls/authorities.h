/*
 * authorities.h -- CAs of clients, and their lists of revoked certificates
 * (CRL, RFC 5280).
 */

#ifndef TLS_AUTHORITIES_H
#define TLS_AUTHORITIES_H

#include <gnutls/x509.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The date by which a CRL must be replaced.  The library checks it only when
 * the CRL is added.
 */
struct tls_crl {
	gnutls_datum_t issuer; /* name of the CA, DER */
	int64_t until;	       /* seconds since the epoch; -1: no date */
};

struct tls_crls {
	struct tls_crl *list;
	size_t n;
};

/*
 * Add the PEM certificates, or CRLs, of PATH to LIST, and the CRLs also to
 * CRLS.  A CRL must be signed by a CA that is in LIST.  It may have expired;
 * tls_crls_are_current is then false.  Returns NULL, or why the file cannot be
 * used.
 */
const char *tls_authorities_add(
    gnutls_x509_trust_list_t list, const char *path);
const char *tls_authorities_add_crls(
    gnutls_x509_trust_list_t list, struct tls_crls *crls, const char *path);

/* Whether CA has name constraints (RFC 5280, 4.2.1.10), or one in LIST has. */
bool tls_authority_limits_names(gnutls_x509_crt_t ca);
bool tls_authorities_limit_names(gnutls_x509_trust_list_t list);

void tls_crls_free(struct tls_crls *crls);

/*
 * Whether the CRLs of all issuers of the N certificates of CHAIN are current at
 * NOW.  An issuer without a CRL does not matter.
 */
bool tls_crls_are_current(const struct tls_crls *crls, gnutls_x509_crt_t *chain,
    unsigned int n, int64_t now);

#endif
