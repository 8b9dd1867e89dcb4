#include "tls/client/make.h"

#include <gnutls/crypto.h>
#include <gnutls/x509.h>

#include <string.h>
#include <time.h>

#define DAY (24 * 60 * 60)

/* A server knows the key by its pin, so the name says only what made it. */
#define COMMON_NAME "hail"

/* RFC 5280, 4.1.2.5: "no well-defined expiration date". */
#define FOREVER ((time_t)-1)

/* A positive number, RFC 5280, 4.1.2.2. */
static int
set_serial(gnutls_x509_crt_t crt)
{
	unsigned char serial[16];
	int error = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial));

	serial[0] = (unsigned char)((serial[0] & 0x3f) | 0x40);
	return error < 0
	    ? error
	    : gnutls_x509_crt_set_serial(crt, serial, sizeof(serial));
}

/* The server's clock may be behind, so it is valid since yesterday. */
static int
set_fields(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
	int error;

	if ((error = gnutls_x509_crt_set_version(crt, 3)) < 0 ||
	    (error = set_serial(crt)) < 0 ||
	    (error = gnutls_x509_crt_set_dn_by_oid(crt,
		 GNUTLS_OID_X520_COMMON_NAME, 0, COMMON_NAME,
		 strlen(COMMON_NAME))) < 0 ||
	    (error = gnutls_x509_crt_set_activation_time(
		 crt, time(NULL) - DAY)) < 0 ||
	    (error = gnutls_x509_crt_set_expiration_time(crt, FOREVER)) < 0 ||
	    (error = gnutls_x509_crt_set_basic_constraints(crt, 0, -1)) < 0 ||
	    (error = gnutls_x509_crt_set_key_usage(
		 crt, GNUTLS_KEY_DIGITAL_SIGNATURE)) < 0 ||
	    (error = gnutls_x509_crt_set_key_purpose_oid(
		 crt, GNUTLS_KP_TLS_WWW_CLIENT, 0)) < 0)
		return error;
	return gnutls_x509_crt_set_key(crt, key);
}

static int
make_pair(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
	const unsigned int curve =
	    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1);
	int error;

	if ((error = gnutls_x509_privkey_generate(
		 key, GNUTLS_PK_ECDSA, curve, 0)) < 0 ||
	    (error = set_fields(crt, key)) < 0)
		return error;
	return gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0);
}

static int
append(gnutls_datum_t *pem, gnutls_datum_t *part)
{
	unsigned char *data = gnutls_malloc(pem->size + part->size);

	if (data == NULL)
		return GNUTLS_E_MEMORY_ERROR;
	memcpy(data, pem->data, pem->size);
	memcpy(data + pem->size, part->data, part->size);
	explicit_bzero(pem->data, pem->size);
	gnutls_free(pem->data);
	*pem = (gnutls_datum_t) { data, pem->size + part->size };
	return 0;
}

static int
export_pair(
    gnutls_datum_t *pem, gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
	gnutls_datum_t part = { NULL, 0 };
	int error;

	error = gnutls_x509_privkey_export2_pkcs8(
	    key, GNUTLS_X509_FMT_PEM, NULL, 0, pem);
	if (error == 0)
		error =
		    gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &part);
	if (error == 0)
		error = append(pem, &part);
	gnutls_free(part.data);
	return error;
}

int
client_make_identity(gnutls_datum_t *pem)
{
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
	int error;

	*pem = (gnutls_datum_t) { NULL, 0 };
	if ((error = gnutls_x509_privkey_init(&key)) < 0)
		return error;
	if ((error = gnutls_x509_crt_init(&crt)) == 0) {
		error = make_pair(crt, key);
		if (error == 0)
			error = export_pair(pem, crt, key);
		gnutls_x509_crt_deinit(crt);
	}
	gnutls_x509_privkey_deinit(key);
	return error;
}
