#include "tls/check/authority.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "tls/check/file.h"

void
authority_check_ca(struct report *r, struct chain *cas)
{
	struct chain certs;
	unsigned int i, authorities = 0;
	char name[DN_MAX];

	if (chain_read(r, &certs) == -1)
		return;
	for (i = 0; i < certs.n; i++) {
		if (gnutls_x509_crt_get_ca_status(certs.list[i], NULL) > 0) {
			authorities++;
			chain_check_dates(r, certs.list[i]);
		} else
			report_warning(r,
			    "\"%s\" is not a CA (basicConstraints): it "
			    "verifies no client",
			    chain_subject(certs.list[i], name));
	}
	if (authorities == 0)
		report_error(r, "has no CA: no client could be verified");
	chain_move(cas, &certs);
}

/* --- revocation lists --- */

/* GnuTLS takes a list into account only if a CA of the service signed it. */
static bool
is_signed(gnutls_x509_crl_t crl, const struct chain *cas)
{
	unsigned int status = 0;

	return gnutls_x509_crl_verify(crl, cas->list, cas->n, 0, &status) ==
	    0 &&
	    (status &
		(GNUTLS_CERT_SIGNER_NOT_FOUND | GNUTLS_CERT_SIGNATURE_FAILURE |
		    GNUTLS_CERT_SIGNER_NOT_CA)) == 0;
}

static void
check_crl_dates(struct report *r, gnutls_x509_crl_t crl, const char *issuer)
{
	time_t begin = gnutls_x509_crl_get_this_update(crl);
	time_t end = gnutls_x509_crl_get_next_update(crl);
	time_t now = time(NULL);
	char date[DATE_MAX];

	if (end != -1 && end <= now)
		report_warning(r,
		    "the revocation list of \"%s\" expired on %s: clients of "
		    "this CA are refused until you renew it",
		    issuer, chain_print_date(end, date));
	else if (begin != -1 && begin > now)
		report_warning(r,
		    "the revocation list of \"%s\" is not valid before %s: "
		    "clients of this CA are refused until then",
		    issuer, chain_print_date(begin, date));
}

static void
check_crl(struct report *r, gnutls_x509_crl_t crl, const struct chain *cas)
{
	char issuer[DN_MAX] = "(no name)";
	gnutls_datum_t dn;

	if (gnutls_x509_crl_get_issuer_dn3(crl, &dn, 0) >= 0) {
		strlcpy(issuer, (const char *)dn.data, sizeof(issuer));
		gnutls_free(dn.data);
	}
	if (!is_signed(crl, cas))
		report_error(r,
		    "the revocation list of \"%s\" is not signed by a CA of "
		    "\"tls-client-ca\"",
		    issuer);
	check_crl_dates(r, crl, issuer);
}

void
authority_check_crl(struct report *r, const struct chain *cas)
{
	gnutls_datum_t data = { NULL, 0 };
	gnutls_x509_crl_t *crls = NULL;
	unsigned int i, n = 0;
	struct stat st;
	int error;

	if (check_file_read(r, &data, &st) == -1)
		return;
	error = gnutls_x509_crl_list_import2(
	    &crls, &n, &data, GNUTLS_X509_FMT_PEM, 0);
	if (error < 0 || n == 0)
		report_error(r,
		    "has no complete revocation list: it must have "
		    "\"-----BEGIN X509 CRL-----\" (PEM): %s",
		    gnutls_strerror(error));
	for (i = 0; error >= 0 && i < n; i++) {
		check_crl(r, crls[i], cas);
		gnutls_x509_crl_deinit(crls[i]);
	}
	gnutls_free(crls);
	check_file_free(&data);
}
