#include "tls/server/signer_keys.h"

#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "tls/certificate.h"
#include "tls/service.h"

/* --- loading --- */

static const char *
load_key(const struct service *s, size_t i, struct signer_key *key)
{
	struct tls_certificate c = { .key = (uint32_t)i };
	const char *why;

	if ((why = tls_certificate_load(&c, s->tls_certificate[i])) != NULL)
		return why;
	if ((why = tls_key_load(&key->key, s->tls_key[i])) == NULL)
		why = tls_key_match(&c, key->key);
	key->algorithm = c.algorithm;
	if (why == NULL && c.algorithm == GNUTLS_PK_ECDSA &&
	    gnutls_x509_crt_get_pk_ecc_raw(c.leaf, &key->curve, NULL, NULL) < 0)
		why = "its curve is not known";
	tls_certificate_free(&c);
	return why;
}

static int
load_service(const struct service *s, struct signer_service *to)
{
	const char *why;
	size_t n = 0, i;

	while (s->tls_key != NULL && s->tls_key[n] != NULL &&
	    s->tls_certificate != NULL && s->tls_certificate[n] != NULL)
		n++;
	if ((to->keys = calloc(n + 1, sizeof(*to->keys))) == NULL) {
		log_err("%s: cannot load keys", s->name);
		return -1;
	}
	to->nkeys = (uint32_t)n;
	to->tls12 = s->tls_minimum == TLS_MINIMUM_1_2;
	for (i = 0; i < n; i++)
		if ((why = load_key(s, i, &to->keys[i])) != NULL) {
			log_errx(
			    "%s:%d: %s: cannot use tls-key \"%s\" for "
			    "\"%s\": %s",
			    s->file, s->line, s->name, s->tls_key[i],
			    s->tls_certificate[i], why);
			return -1;
		}
	return 0;
}

static void
free_keys(struct signer_service *all, size_t n)
{
	uint32_t i;

	while (n-- > 0) {
		for (i = 0; i < all[n].nkeys; i++)
			gnutls_privkey_deinit(all[n].keys[i].key);
		free(all[n].keys);
	}
	free(all);
}

struct signer_service *
signer_keys_load(const struct config *config)
{
	struct signer_service *all =
	    calloc(config->nservices + 1, sizeof(*all));
	size_t i;

	if (all == NULL) {
		log_err("cannot load keys");
		return NULL;
	}
	for (i = 0; i < config->nservices; i++)
		if (tls_service_is_served(&config->services[i]) &&
		    load_service(&config->services[i], &all[i]) == -1) {
			free_keys(all, i + 1);
			return NULL;
		}
	return all;
}

/* --- signing --- */

/* RFC 8446, 4.2.3; for TLS 1.2 also RFC 5246, 7.4.1.4.1. */
static const struct scheme {
	uint32_t number;
	gnutls_pk_algorithm_t key;
	gnutls_ecc_curve_t curve; /* of a key of TLS 1.3 */
	uint32_t hash; /* bytes; 0: signs the message, not its hash */
	gnutls_sign_algorithm_t tls12, tls13; /* UNKNOWN: not allowed */
} schemes[] = {
	{ 0x0401, GNUTLS_PK_RSA, GNUTLS_ECC_CURVE_INVALID, 32,
	    GNUTLS_SIGN_RSA_SHA256, GNUTLS_SIGN_UNKNOWN },
	{ 0x0501, GNUTLS_PK_RSA, GNUTLS_ECC_CURVE_INVALID, 48,
	    GNUTLS_SIGN_RSA_SHA384, GNUTLS_SIGN_UNKNOWN },
	{ 0x0601, GNUTLS_PK_RSA, GNUTLS_ECC_CURVE_INVALID, 64,
	    GNUTLS_SIGN_RSA_SHA512, GNUTLS_SIGN_UNKNOWN },
	{ 0x0804, GNUTLS_PK_RSA, GNUTLS_ECC_CURVE_INVALID, 32,
	    GNUTLS_SIGN_RSA_PSS_RSAE_SHA256, GNUTLS_SIGN_RSA_PSS_RSAE_SHA256 },
	{ 0x0805, GNUTLS_PK_RSA, GNUTLS_ECC_CURVE_INVALID, 48,
	    GNUTLS_SIGN_RSA_PSS_RSAE_SHA384, GNUTLS_SIGN_RSA_PSS_RSAE_SHA384 },
	{ 0x0806, GNUTLS_PK_RSA, GNUTLS_ECC_CURVE_INVALID, 64,
	    GNUTLS_SIGN_RSA_PSS_RSAE_SHA512, GNUTLS_SIGN_RSA_PSS_RSAE_SHA512 },
	{ 0x0403, GNUTLS_PK_ECDSA, GNUTLS_ECC_CURVE_SECP256R1, 32,
	    GNUTLS_SIGN_ECDSA_SHA256, GNUTLS_SIGN_ECDSA_SECP256R1_SHA256 },
	{ 0x0503, GNUTLS_PK_ECDSA, GNUTLS_ECC_CURVE_SECP384R1, 48,
	    GNUTLS_SIGN_ECDSA_SHA384, GNUTLS_SIGN_ECDSA_SECP384R1_SHA384 },
	{ 0x0603, GNUTLS_PK_ECDSA, GNUTLS_ECC_CURVE_SECP521R1, 64,
	    GNUTLS_SIGN_ECDSA_SHA512, GNUTLS_SIGN_ECDSA_SECP521R1_SHA512 },
	{ 0x0807, GNUTLS_PK_EDDSA_ED25519, GNUTLS_ECC_CURVE_INVALID, 0,
	    GNUTLS_SIGN_EDDSA_ED25519, GNUTLS_SIGN_EDDSA_ED25519 },
};

static const struct scheme *
find_scheme(uint32_t number)
{
	size_t i;

	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (schemes[i].number == number)
			return &schemes[i];
	return NULL;
}

#define PADDING 64
#define CONTEXT "TLS 1.3, server CertificateVerify" /* with its NUL */
#define TRANSCRIPT_MAX 48			    /* SHA-384 */

/* RFC 8446, 4.4.3.  The hash is that of the cipher suite. */
static int
sign_transcript(const struct signer_key *key, const struct scheme *scheme,
    const struct signer_sign *r, gnutls_datum_t *out)
{
	unsigned char text[PADDING + sizeof(CONTEXT) + TRANSCRIPT_MAX];
	const gnutls_datum_t data = { text,
		(unsigned int)(PADDING + sizeof(CONTEXT)) + r->length };

	if ((r->length != 32 && r->length != TRANSCRIPT_MAX) ||
	    scheme->tls13 == GNUTLS_SIGN_UNKNOWN || scheme->curve != key->curve)
		return -1;
	memset(text, ' ', PADDING);
	memcpy(text + PADDING, CONTEXT, sizeof(CONTEXT));
	memcpy(text + PADDING + sizeof(CONTEXT), r->data, r->length);
	return gnutls_privkey_sign_data2(
	    key->key, scheme->tls13, 0, &data, out);
}

#define RANDOMS 64
#define NAMED_CURVE 3

/*
 * Whether DATA is the text that a ServerKeyExchange signs: two randoms, then
 * parameters that begin with a kind of curve (RFC 8422, 5.4).
 */
static bool
is_key_exchange(const struct signer_sign *r)
{
	return r->length > RANDOMS && r->data[RANDOMS] == NAMED_CURVE;
}

static int
sign_key_exchange(const struct signer_key *key, const struct scheme *scheme,
    const struct signer_sign *r, gnutls_datum_t *out)
{
	unsigned char copy[SIGNER_DATA_MAX];
	const gnutls_datum_t data = { copy, r->length };

	memcpy(copy, r->data, r->length);
	if (scheme->hash == 0)
		return is_key_exchange(r) ? gnutls_privkey_sign_data2(key->key,
						scheme->tls12, 0, &data, out)
					  : -1;
	return r->length == scheme->hash
	    ? gnutls_privkey_sign_hash2(key->key, scheme->tls12, 0, &data, out)
	    : -1;
}

int
signer_keys_sign(const struct signer_service *service,
    const struct signer_sign *request,
    unsigned char signature[SIGNER_SIGNATURE_MAX])
{
	const struct scheme *scheme = find_scheme(request->scheme);
	gnutls_datum_t out = { NULL, 0 };
	const struct signer_key *key;
	int result = -1, length = -1;

	if (request->key >= service->nkeys || scheme == NULL)
		return -1;
	key = &service->keys[request->key];
	if (scheme->key != key->algorithm)
		return -1;
	if (request->version == 0x0304)
		result = sign_transcript(key, scheme, request, &out);
	else if (request->version == 0x0303 && service->tls12)
		result = sign_key_exchange(key, scheme, request, &out);
	if (result >= 0 && out.size <= SIGNER_SIGNATURE_MAX) {
		memcpy(signature, out.data, out.size);
		length = (int)out.size;
	}
	gnutls_free(out.data);
	return length;
}
