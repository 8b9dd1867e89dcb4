/*
 * fuzz_signer.c -- requests of a relay to the signer.  The signer signs a
 * transcript only in the text that TLS 1.3 defines for it, and a hash only
 * where TLS 1.2 is allowed.
 *
 * The input: a byte that says whether TLS 1.2 is allowed, and the request.
 */

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_random.h"

#include <gnutls/abstract.h>

#include <string.h>

#include "tls/server/signer_keys.h"

enum { ECDSA, ED25519, NKEYS };

static gnutls_pubkey_t publics[NKEYS];

static struct signer_key *
make_keys(void)
{
	static struct signer_key keys[NKEYS] = {
		{ .algorithm = GNUTLS_PK_ECDSA,
		    .curve = GNUTLS_ECC_CURVE_SECP256R1 },
		{ .algorithm = GNUTLS_PK_EDDSA_ED25519 },
	};
	size_t i;

	fuzz_random = 1;
	for (i = 0; i < NKEYS; i++) {
		MUST(gnutls_privkey_init(&keys[i].key) == 0);
		MUST(gnutls_privkey_generate(keys[i].key, keys[i].algorithm,
			 i == ECDSA ? (unsigned int)GNUTLS_CURVE_TO_BITS(
					  GNUTLS_ECC_CURVE_SECP256R1)
				    : 0,
			 0) == 0);
		MUST(gnutls_pubkey_init(&publics[i]) == 0);
		MUST(gnutls_pubkey_import_privkey(
			 publics[i], keys[i].key, 0, 0) == 0);
	}
	return keys;
}

/* RFC 8446, 4.4.3. */
static void
check_transcript(const struct signer_sign *r, gnutls_datum_t signature)
{
	static const char context[] = "TLS 1.3, server CertificateVerify";
	unsigned char text[64 + sizeof(context) + 48];
	const gnutls_datum_t data = { text,
		(unsigned int)(64 + sizeof(context) + r->length) };

	MUST(r->length == 32 || r->length == 48);
	memset(text, ' ', 64);
	memcpy(text + 64, context, sizeof(context));
	memcpy(text + 64 + sizeof(context), r->data, r->length);
	MUST(gnutls_pubkey_verify_data2(publics[r->key],
		 r->key == ECDSA ? GNUTLS_SIGN_ECDSA_SECP256R1_SHA256
				 : GNUTLS_SIGN_EDDSA_ED25519,
		 0, &data, &signature) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct signer_key *keys;
	struct signer_service service = { .nkeys = NKEYS };
	unsigned char signature[SIGNER_SIGNATURE_MAX];
	struct signer_sign r;
	int n;

	if (keys == NULL)
		keys = make_keys();
	if (size < 1 + offsetof(struct signer_sign, data) ||
	    size > 1 + sizeof(r))
		return 0;
	fuzz_random = 2;
	service.keys = keys;
	service.tls12 = data[0] & 1;
	memset(&r, 0, sizeof(r));
	memcpy(&r, data + 1, size - 1);
	/* The signer has compared it with that of the message. */
	r.length = (uint32_t)(size - 1 - offsetof(struct signer_sign, data));
	n = signer_keys_sign(&service, &r, signature);
	MUST(n == -1 || (n > 0 && n <= SIGNER_SIGNATURE_MAX));
	if (n == -1)
		return 0;
	MUST(r.key < NKEYS);
	MUST(r.version == 0x0304 || (r.version == 0x0303 && service.tls12));
	if (r.version == 0x0304)
		check_transcript(
		    &r, (gnutls_datum_t) { signature, (unsigned int)n });
	return 0;
}
