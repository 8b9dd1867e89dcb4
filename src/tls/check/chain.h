/*
 * chain.h -- whether a file of certificates can be used.
 */

#ifndef TLS_CHECK_CHAIN_H
#define TLS_CHECK_CHAIN_H

#include <gnutls/x509.h>

#include <time.h>

#include "tls/check/report.h"

#define DN_MAX 256

/* Certificates in the order of their file. */
struct chain {
	gnutls_x509_crt_t *list;
	unsigned int n;
};

/*
 * Read the file of R into CERTS, to be freed with chain_free.  Returns 0 with
 * at least one certificate, or -1 (reported).
 */
int chain_read(struct report *r, struct chain *certs);
void chain_free(struct chain *certs);

/* Move the certificates of FROM to CERTS. */
void chain_move(struct chain *certs, struct chain *from);

/* The subject of CERT, or its issuer, in BUF, cut where it is too long. */
const char *chain_subject(gnutls_x509_crt_t cert, char buf[DN_MAX]);
const char *chain_issuer(gnutls_x509_crt_t cert, char buf[DN_MAX]);

/* Warn if CERT has expired, will expire soon, or is not valid yet. */
void chain_check_dates(struct report *r, gnutls_x509_crt_t cert);

/* When the first of CERTS expires, in seconds since 1970; -1: not known. */
time_t chain_expiry(const struct chain *certs);

/* CAs whose certificates a chain may leave out. */
struct known_cas {
	struct chain clients;		 /* of tls-client-ca */
	gnutls_x509_trust_list_t system; /* NULL: not loaded yet */
};

void chain_free_known(struct known_cas *known);

/*
 * Check CERTS, the chain of a server: order, missing CAs, dates and names.
 * Loads the system's CAs, which takes 20 ms, only if they matter.
 */
void chain_check(
    struct report *r, const struct chain *certs, struct known_cas *known);

/* TIME as "2027-01-31 12:00 UTC". */
#define DATE_MAX 64
const char *chain_print_date(time_t when, char buf[DATE_MAX]);

#endif
