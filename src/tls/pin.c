#include "tls/pin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "tls/certificate.h"

#define PREFIX "sha256:"
#define HASH_SIZE 32

int
tls_pin_key(gnutls_pubkey_t key, char pin[IDENTITY_PIN_SIZE])
{
	unsigned char hash[HASH_SIZE];
	gnutls_datum_t in = { hash, sizeof(hash) }, out;
	size_t size = sizeof(hash);
	int result;

	result =
	    gnutls_pubkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, hash, &size);
	if (result < 0 || (result = gnutls_base64_encode2(&in, &out)) < 0)
		return result;
	snprintf(pin, IDENTITY_PIN_SIZE, PREFIX "%.*s", (int)out.size,
	    (const char *)out.data);
	gnutls_free(out.data);
	return 0;
}

static int
import_certificate(gnutls_pubkey_t key, const gnutls_datum_t *file)
{
	gnutls_x509_crt_t certificate;
	int result = gnutls_x509_crt_init(&certificate);

	if (result < 0)
		return result;
	result = gnutls_x509_crt_import(certificate, file, GNUTLS_X509_FMT_PEM);
	if (result >= 0)
		result = gnutls_pubkey_import_x509(key, certificate, 0);
	gnutls_x509_crt_deinit(certificate);
	return result;
}

static int
import_private(gnutls_pubkey_t key, const gnutls_datum_t *file)
{
	gnutls_privkey_t from;
	int result = gnutls_privkey_init(&from);

	if (result < 0)
		return result;
	result = gnutls_privkey_import_x509_raw(
	    from, file, GNUTLS_X509_FMT_PEM, NULL, 0);
	if (result >= 0)
		result = gnutls_pubkey_import_privkey(key, from, 0, 0);
	gnutls_privkey_deinit(from);
	return result;
}

static int
import_public(gnutls_pubkey_t key, const gnutls_datum_t *file)
{
	return gnutls_pubkey_import(key, file, GNUTLS_X509_FMT_PEM);
}

/* Find the kind by the PEM header.  If a file has both, the pin is the same. */
static const struct form {
	const char *mark;
	int (*import)(gnutls_pubkey_t key, const gnutls_datum_t *file);
} forms[] = {
	{ "CERTIFICATE-----", import_certificate },
	{ "PRIVATE KEY-----", import_private },
	{ "PUBLIC KEY-----", import_public },
};

static const char *
make_pin(const gnutls_datum_t *file, char pin[IDENTITY_PIN_SIZE])
{
	gnutls_pubkey_t key;
	int result = GNUTLS_E_SUCCESS;
	size_t i, n = sizeof(forms) / sizeof(forms[0]);

	for (i = 0; i < n; i++)
		if (memmem(file->data, file->size, forms[i].mark,
			strlen(forms[i].mark)) != NULL)
			break;
	if (i == n)
		return "neither a certificate nor a key in PEM";
	if ((result = gnutls_pubkey_init(&key)) < 0)
		return gnutls_strerror(result);
	result = forms[i].import(key, file);
	if (result >= 0)
		result = tls_pin_key(key, pin);
	gnutls_pubkey_deinit(key);
	return result < 0 ? gnutls_strerror(result) : NULL;
}

int
tls_pin_file(const char *path)
{
	char pin[IDENTITY_PIN_SIZE];
	gnutls_datum_t file;
	const char *why;

	if ((why = tls_file_read(path, &file)) == NULL)
		why = make_pin(&file, pin);
	tls_file_free(&file);
	if (why != NULL) {
		fprintf(stderr, "haild-tls: cannot read %s: %s\n", path, why);
		return EX_NOINPUT;
	}
	puts(pin);
	return fflush(stdout) == EOF ? EX_IOERR : EX_OK;
}
