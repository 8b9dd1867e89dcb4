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

/* When a CRL should be replaced: the library does not look at that later. */
struct tls_crl {
	gnutls_datum_t issuer; /* its name, DER */
	int64_t until;	       /* seconds since the epoch; -1: not said */
};

struct tls_crls {
	struct tls_crl *list;
	size_t n;
};

/*
 * Add the PEM certificates, or CRLs, of PATH to LIST, and the CRLs also to
 * CRLS.  A CRL must be signed by a CA that is in LIST; it may be old, but then
 * tls_crls_are_current is false.  Returns NULL, or why the file cannot be used.
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
 * Whether, at NOW, the CRLs of all that issued one of the N certificates of
 * CHAIN are current, if they have one.
 */
bool tls_crls_are_current(const struct tls_crls *crls, gnutls_x509_crt_t *chain,
    unsigned int n, int64_t now);

#endif
