/*
 * authority.h -- whether the CAs and revocation lists for clients can be used.
 */

#ifndef TLS_CHECK_AUTHORITY_H
#define TLS_CHECK_AUTHORITY_H

#include "tls/check/chain.h"

/* Check that the file of R has CAs, and add them to CAS. */
void authority_check_ca(struct report *r, struct chain *cas);

/* Check that the file of R has revocation lists of CAS. */
void authority_check_crl(struct report *r, const struct chain *cas);

#endif
