/*
 * transcript.h -- the hash of the handshake's messages, RFC 8446, 4.4.1, which
 * a server's CertificateVerify signs.
 *
 * GnuTLS has no function for it; for RSA and ECDSA its callback gets only a
 * hash of a text that contains it.
 */

#ifndef TLS_TRANSCRIPT_H
#define TLS_TRANSCRIPT_H

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <stddef.h>

#define TRANSCRIPT_MAX 48 /* bytes of SHA-384 */
#define TRANSCRIPT_HASHES 2

/* All hashes, until a cipher suite is chosen. */
struct transcript {
	gnutls_hash_hd_t hashes[TRANSCRIPT_HASHES]; /* NULL: not chosen */
};

/* Returns 0, or a negative error of GnuTLS. */
int transcript_init(struct transcript *t);
void transcript_free(struct transcript *t);

/*
 * Add the message TYPE with its LEN bytes, without the header.  A ServerHello
 * and a HelloRetryRequest choose the hash.  Returns 0, or a negative error.
 */
int transcript_add(
    struct transcript *t, unsigned int type, const void *body, size_t len);

/*
 * Write the hash of all messages so far.  Returns its length; 0 if there is
 * none, because the version is not TLS 1.3, or for lack of memory.
 */
size_t transcript_hash(
    const struct transcript *t, unsigned char hash[TRANSCRIPT_MAX]);

#endif
