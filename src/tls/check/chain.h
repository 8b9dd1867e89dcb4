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
 * Read the file of R into CERTS, which chain_free frees; it has at least
 * one certificate then.  Returns 0, or -1 (reported).
 */
int chain_read(struct report *r, struct chain *certs);
void chain_free(struct chain *certs);

/* Add those of FROM to CERTS; FROM is empty then. */
void chain_move(struct chain *certs, struct chain *from);

/* The subject of CERT, or its issuer, in BUF, cut where it is too long. */
const char *chain_subject(gnutls_x509_crt_t cert, char buf[DN_MAX]);
const char *chain_issuer(gnutls_x509_crt_t cert, char buf[DN_MAX]);

/* Warn if CERT has expired or soon will, or is not valid yet. */
void chain_check_dates(struct report *r, gnutls_x509_crt_t cert);

/* CAs that a chain need not end with. */
struct known_cas {
	struct chain clients;		 /* of tls-client-ca */
	gnutls_x509_trust_list_t system; /* NULL: not loaded yet */
};

void chain_free_known(struct known_cas *known);

/*
 * CERTS are the chain of a server: in order, complete as far as that can be
 * known, valid, and with names.  Loads the system's CAs, which takes 20 ms, if
 * they matter.
 */
void chain_check(
    struct report *r, const struct chain *certs, struct known_cas *known);

/* TIME as "2027-01-31 12:00 UTC". */
#define DATE_MAX 64
const char *chain_print_date(time_t when, char buf[DATE_MAX]);

#endif
