#include "tls/client/make.h"

#include <gnutls/x509.h>

#include <stddef.h>
#include <string.h>

#include "tls/make.h"

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
	const char *const none[] = { NULL };
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
	int error;

	*pem = (gnutls_datum_t) { NULL, 0 };
	if ((error = tls_make_key(&key)) < 0)
		return error;
	/* A server knows the key by its pin, so the certificate has no name. */
	if ((error = tls_make_certificate(&crt, key, none, true)) >= 0) {
		error = export_pair(pem, crt, key);
		gnutls_x509_crt_deinit(crt);
	}
	gnutls_x509_privkey_deinit(key);
	return error;
}
