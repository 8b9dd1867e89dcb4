#include "tls/authorities.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tls/certificate.h"

/* The file has text, or PEM blocks of another kind. */
static bool
is_not_there(int error)
{
	return error == 0 || error == GNUTLS_E_NO_CERTIFICATE_FOUND ||
	    error == GNUTLS_E_BASE64_UNEXPECTED_HEADER_ERROR ||
	    error == GNUTLS_E_BASE64_DECODING_ERROR;
}

const char *
tls_authorities_add(gnutls_x509_trust_list_t list, const char *path)
{
	gnutls_datum_t file;
	const char *why;
	int n;

	if ((why = tls_file_read(path, &file)) != NULL)
		return why;
	n = gnutls_x509_trust_list_add_trust_mem(
	    list, &file, NULL, GNUTLS_X509_FMT_PEM, 0, 0);
	tls_file_free(&file);
	if (is_not_there(n))
		return "no certificate (PEM) in it";
	return n < 0 ? gnutls_strerror(n) : NULL;
}

bool
tls_authority_limits_names(gnutls_x509_crt_t ca)
{
	unsigned char none[1];
	size_t size = 0;

	return gnutls_x509_crt_get_extension_by_oid(ca, "2.5.29.30", 0, none,
		   &size, NULL) != GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
}

bool
tls_authorities_limit_names(gnutls_x509_trust_list_t list)
{
	gnutls_x509_trust_list_iter_t at = NULL;
	gnutls_x509_crt_t ca;
	bool limit = false;

	while (
	    !limit && gnutls_x509_trust_list_iter_get_ca(list, &at, &ca) >= 0) {
		limit = tls_authority_limits_names(ca);
		gnutls_x509_crt_deinit(ca);
	}
	gnutls_x509_trust_list_iter_deinit(at);
	return limit;
}

/* Returns 0, or -1 without memory. */
static int
note(struct tls_crls *crls, gnutls_x509_crl_t crl)
{
	struct tls_crl *more =
	    reallocarray(crls->list, crls->n + 1, sizeof(*more));

	if (more == NULL)
		return -1;
	crls->list = more;
	if (gnutls_x509_crl_get_raw_issuer_dn(crl, &more[crls->n].issuer) < 0)
		return -1;
	more[crls->n++].until = gnutls_x509_crl_get_next_update(crl);
	return 0;
}

/* Only these count: the status of an expired list has another bit. */
#define NOT_SIGNED                                                      \
	(GNUTLS_CERT_SIGNER_NOT_FOUND | GNUTLS_CERT_SIGNATURE_FAILURE | \
	    GNUTLS_CERT_SIGNER_NOT_CA)

static bool
is_signed(gnutls_x509_trust_list_t list, gnutls_x509_crl_t crl)
{
	gnutls_x509_trust_list_iter_t at = NULL;
	gnutls_x509_crt_t ca;
	unsigned int status;
	bool is = false;

	while (!is && gnutls_x509_trust_list_iter_get_ca(list, &at, &ca) >= 0) {
		is = gnutls_x509_crl_verify(crl, &ca, 1, 0, &status) >= 0 &&
		    (status & NOT_SIGNED) == 0;
		gnutls_x509_crt_deinit(ca);
	}
	gnutls_x509_trust_list_iter_deinit(at);
	return is;
}

static const char *
add_crl(
    gnutls_x509_trust_list_t list, struct tls_crls *crls, gnutls_x509_crl_t crl)
{
	int added;

	if (!is_signed(list, crl))
		return "it is not signed by a CA of tls-client-ca";
	if (note(crls, crl) == -1)
		return strerror(ENOMEM);
	/*
	 * Expired lists are added too: the certificates in them stay revoked.
	 */
	added = gnutls_x509_trust_list_add_crls(list, &crl, 1, 0, 0);
	return added < 0 ? gnutls_strerror(added) : NULL;
}

const char *
tls_authorities_add_crls(
    gnutls_x509_trust_list_t list, struct tls_crls *crls, const char *path)
{
	gnutls_x509_crl_t *all = NULL;
	gnutls_datum_t file;
	unsigned int n = 0, i;
	const char *why;
	int result;

	if ((why = tls_file_read(path, &file)) != NULL)
		return why;
	result = gnutls_x509_crl_list_import2(
	    &all, &n, &file, GNUTLS_X509_FMT_PEM, 0);
	tls_file_free(&file);
	if (result < 0 || n == 0)
		return is_not_there(result)
		    ? "no list of revoked certificates (PEM) in it"
		    : gnutls_strerror(result);
	/* The trust list owns the CRLs that were added. */
	for (i = 0; i < n; i++)
		if (why != NULL || (why = add_crl(list, crls, all[i])) != NULL)
			gnutls_x509_crl_deinit(all[i]);
	gnutls_free(all);
	return why;
}

void
tls_crls_free(struct tls_crls *crls)
{
	size_t i;

	for (i = 0; i < crls->n; i++)
		gnutls_free(crls->list[i].issuer.data);
	free(crls->list);
	*crls = (struct tls_crls) { NULL, 0 };
}

static bool
is_by(gnutls_x509_crt_t certificate, const gnutls_datum_t *issuer)
{
	gnutls_datum_t name = { NULL, 0 };
	bool is;

	if (gnutls_x509_crt_get_raw_issuer_dn(certificate, &name) < 0)
		return true; /* assume it */
	is = name.size == issuer->size &&
	    memcmp(name.data, issuer->data, name.size) == 0;
	gnutls_free(name.data);
	return is;
}

bool
tls_crls_are_current(const struct tls_crls *crls, gnutls_x509_crt_t *chain,
    unsigned int n, int64_t now)
{
	const struct tls_crl *crl;
	unsigned int i;
	size_t j;

	for (j = 0; j < crls->n; j++) {
		crl = &crls->list[j];
		if (crl->until == -1 || now < crl->until)
			continue;
		for (i = 0; i < n; i++)
			if (is_by(chain[i], &crl->issuer))
				return false;
	}
	return true;
}
