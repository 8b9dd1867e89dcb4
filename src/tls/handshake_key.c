#include "tls/handshake_key.h"

#include <string.h>

#include "tls/signer_channel.h"

#define VERSION_1_2 0x0303
#define VERSION_1_3 0x0304

/*
 * SignatureScheme, RFC 8446, 4.2.3.  A scheme has one name for TLS 1.2 and one
 * for 1.3.
 */
static const struct {
	gnutls_sign_algorithm_t algorithm;
	uint32_t scheme;
} schemes[] = {
	{ GNUTLS_SIGN_RSA_SHA256, 0x0401 },
	{ GNUTLS_SIGN_RSA_SHA384, 0x0501 },
	{ GNUTLS_SIGN_RSA_SHA512, 0x0601 },
	{ GNUTLS_SIGN_ECDSA_SHA256, 0x0403 },
	{ GNUTLS_SIGN_ECDSA_SECP256R1_SHA256, 0x0403 },
	{ GNUTLS_SIGN_ECDSA_SHA384, 0x0503 },
	{ GNUTLS_SIGN_ECDSA_SECP384R1_SHA384, 0x0503 },
	{ GNUTLS_SIGN_ECDSA_SHA512, 0x0603 },
	{ GNUTLS_SIGN_ECDSA_SECP521R1_SHA512, 0x0603 },
	{ GNUTLS_SIGN_RSA_PSS_RSAE_SHA256, 0x0804 },
	{ GNUTLS_SIGN_RSA_PSS_RSAE_SHA384, 0x0805 },
	{ GNUTLS_SIGN_RSA_PSS_RSAE_SHA512, 0x0806 },
	{ GNUTLS_SIGN_EDDSA_ED25519, 0x0807 },
};

static uint32_t
scheme_of(gnutls_sign_algorithm_t algorithm)
{
	size_t i;

	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (schemes[i].algorithm == algorithm)
			return schemes[i].scheme;
	return 0;
}

bool
handshake_key_knows(gnutls_sign_algorithm_t algorithm)
{
	return scheme_of(algorithm) != 0;
}

/*
 * The hash to be signed in TLS 1.2.  For RSA with PKCS #1, GnuTLS passes a
 * DigestInfo that ends with the hash (RFC 8017, 9.2).
 */
static bool
set_data(struct signer_sign *s, const gnutls_datum_t *data,
    gnutls_sign_algorithm_t algorithm)
{
	size_t len = data->size, hash;

	hash = gnutls_hash_get_len(gnutls_sign_get_hash_algorithm(algorithm));
	if (algorithm != GNUTLS_SIGN_EDDSA_ED25519 && hash < len)
		len = hash;
	if (len > sizeof(s->data))
		return false;
	memcpy(s->data, data->data + (data->size - len), len);
	s->length = (uint32_t)len;
	return true;
}

static bool
make_request(const struct handshake_key *k, struct signer_sign *s,
    const gnutls_datum_t *data)
{
	gnutls_sign_algorithm_t algorithm =
	    (gnutls_sign_algorithm_t)gnutls_sign_algorithm_get(k->tls);

	s->key = k->certificate->key;
	s->scheme = scheme_of(algorithm);
	if (gnutls_protocol_get_version(k->tls) == GNUTLS_TLS1_3) {
		s->version = VERSION_1_3;
		s->length = (uint32_t)transcript_hash(&k->transcript, s->data);
		return s->length > 0;
	}
	s->version = VERSION_1_2;
	return set_data(s, data, algorithm);
}

/* For both of GnuTLS's callbacks; with Ed25519 DATA is the whole text. */
static int
sign(gnutls_privkey_t key, gnutls_sign_algorithm_t algorithm, void *arg,
    unsigned int flags, const gnutls_datum_t *data, gnutls_datum_t *signature)
{
	unsigned char answer[SIGNER_SIGNATURE_MAX];
	struct handshake_key *k = arg;
	struct signer_sign s;
	int len;

	(void)key, (void)algorithm, (void)flags;
	memset(&s, 0, sizeof(s));
	/* No fault of the signer, which would be replaced for it. */
	if (!make_request(k, &s, data))
		return GNUTLS_E_INTERNAL_ERROR;
	len = signer_request(k->signer, &s, answer);
	if (len <= 0 ||
	    (signature->data = gnutls_malloc((size_t)len)) == NULL) {
		k->failed = true;
		return GNUTLS_E_PK_SIGN_FAILED;
	}
	memcpy(signature->data, answer, (size_t)len);
	signature->size = (unsigned int)len;
	return 0;
}

static int
describe(gnutls_privkey_t key, unsigned int flags, void *arg)
{
	const struct tls_certificate *c =
	    ((const struct handshake_key *)arg)->certificate;

	(void)key;
	if (flags & GNUTLS_PRIVKEY_INFO_PK_ALGO)
		return (int)c->algorithm;
	if (flags & GNUTLS_PRIVKEY_INFO_PK_ALGO_BITS)
		return (int)c->bits;
	if (flags & GNUTLS_PRIVKEY_INFO_HAVE_SIGN_ALGO) {
		gnutls_sign_algorithm_t algorithm =
		    GNUTLS_FLAGS_TO_SIGN_ALGO(flags);

		return handshake_key_knows(algorithm) &&
		    gnutls_sign_supports_pk_algorithm(algorithm, c->algorithm);
	}
	return -1;
}

static void
free_key(struct handshake_key *k)
{
	if (k->key != NULL)
		gnutls_privkey_deinit(k->key);
	k->key = NULL;
}

int
handshake_key_make(struct handshake_key *k)
{
	int result;

	free_key(k);
	if ((result = gnutls_privkey_init(&k->key)) < 0)
		return result;
	return gnutls_privkey_import_ext4(
	    k->key, k, sign, sign, NULL, NULL, describe, 0);
}

void
handshake_key_free(struct handshake_key *k)
{
	free_key(k);
	transcript_free(&k->transcript);
}
