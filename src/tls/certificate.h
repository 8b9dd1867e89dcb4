/*
 * certificate.h -- read the files of certificates and keys.
 *
 * Functions return NULL, or the reason of a failure, which continues "cannot
 * use FILE: ".
 */

#ifndef TLS_CERTIFICATE_H
#define TLS_CERTIFICATE_H

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <stddef.h>
#include <stdint.h>

/* A certificate of tls-certificate.  Its key is only in the signer. */
struct tls_certificate {
	gnutls_pcert_st *chain; /* the server's own first */
	unsigned int nchain;
	gnutls_x509_crt_t leaf;
	gnutls_pk_algorithm_t algorithm;
	unsigned int bits; /* of its key */
	uint32_t key;	   /* its index in tls-key */
	/* DNS names in lower case, or the common name if there are none. */
	char **names;
	size_t nnames;
};

/*
 * Read PATH, a regular file, into FILE.  tls_file_free overwrites it with
 * zeros.
 */
const char *tls_file_read(const char *path, gnutls_datum_t *file);
void tls_file_free(gnutls_datum_t *file);

/*
 * Load the PEM certificates of PATH into C, the server's own first.  C->key is
 * not changed.  A file that contains a private key is refused: the keeper must
 * not read one.
 */
const char *tls_certificate_load(struct tls_certificate *c, const char *path);
void tls_certificate_free(struct tls_certificate *c);

/* Load the private key in PEM of PATH, which must not be encrypted. */
const char *tls_key_load(gnutls_privkey_t *key, const char *path);

/* Returns NULL if KEY is the private key of C. */
const char *tls_key_match(
    const struct tls_certificate *c, gnutls_privkey_t key);

#endif
