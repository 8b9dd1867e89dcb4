#include "tls/check/chain.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tls/check/file.h"

#define SOON (14 * (time_t)86400)

const char *
chain_print_date(time_t when, char buf[DATE_MAX])
{
	struct tm tm;

	if (when == -1 || gmtime_r(&when, &tm) == NULL ||
	    strftime(buf, DATE_MAX, "%Y-%m-%d %H:%M UTC", &tm) == 0)
		strlcpy(buf, "an invalid date", DATE_MAX);
	return buf;
}

/* --- reading --- */

static int
import(struct report *r, const gnutls_datum_t *data, struct chain *certs)
{
	int error = gnutls_x509_crt_list_import2(
	    &certs->list, &certs->n, data, GNUTLS_X509_FMT_PEM, 0);

	if (error == GNUTLS_E_NO_CERTIFICATE_FOUND ||
	    (error == 0 && certs->n == 0))
		report_error(r,
		    "has no certificate: it must have \"-----BEGIN "
		    "CERTIFICATE-----\" (PEM)");
	else if (error < 0)
		report_error(r, "a certificate is damaged or incomplete: %s",
		    gnutls_strerror(error));
	if (error >= 0 && certs->n > 0)
		return 0;
	*certs = (struct chain) { NULL, 0 };
	return -1;
}

/* GnuTLS ignores what follows the last complete certificate. */
static int
check_end(struct report *r, const gnutls_datum_t *data)
{
	static const char begin[] = "-----BEGIN ", end[] = "-----END ";
	const char *p = (const char *)data->data, *last = NULL;

	for (; (p = strstr(p, begin)) != NULL; p++)
		last = p;
	if (last == NULL || strstr(last, end) != NULL)
		return 0;
	report_error(r, "its last part has no \"-----END\": is it incomplete?");
	return -1;
}

int
chain_read(struct report *r, struct chain *certs)
{
	gnutls_datum_t data = { NULL, 0 };
	struct stat st;
	int result = -1;

	*certs = (struct chain) { NULL, 0 };
	if (check_file_read(r, &data, &st) == -1)
		return -1;
	if (check_file_has_pem(&data, "PRIVATE KEY"))
		report_error(r,
		    "has a private key, which only \"tls-key\" may have: put "
		    "it into a file of its own");
	else if (check_end(r, &data) == 0)
		result = import(r, &data, certs);
	check_file_free(&data);
	return result;
}

void
chain_free(struct chain *certs)
{
	while (certs->n > 0)
		gnutls_x509_crt_deinit(certs->list[--certs->n]);
	gnutls_free(certs->list);
	certs->list = NULL;
}

void
chain_move(struct chain *certs, struct chain *from)
{
	size_t n = (size_t)certs->n + from->n;
	gnutls_x509_crt_t *list =
	    gnutls_realloc(certs->list, n * sizeof(void *));
	unsigned int i;

	if (list == NULL)
		abort(); /* reported by haild-load */
	for (i = 0; i < from->n; i++)
		list[certs->n + i] = from->list[i];
	certs->list = list;
	certs->n = (unsigned int)n;
	from->n = 0;
	chain_free(from);
}

/* --- one certificate --- */

typedef int get_dn(gnutls_x509_crt_t, gnutls_datum_t *, unsigned int);

static const char *
print_dn(gnutls_x509_crt_t cert, get_dn *get, char buf[DN_MAX])
{
	gnutls_datum_t dn = { NULL, 0 };

	strlcpy(buf, "(no name)", DN_MAX);
	if (get(cert, &dn, 0) >= 0 && dn.size > 0)
		strlcpy(buf, (const char *)dn.data, DN_MAX);
	gnutls_free(dn.data);
	return buf;
}

const char *
chain_subject(gnutls_x509_crt_t cert, char buf[DN_MAX])
{
	return print_dn(cert, gnutls_x509_crt_get_dn3, buf);
}

const char *
chain_issuer(gnutls_x509_crt_t cert, char buf[DN_MAX])
{
	return print_dn(cert, gnutls_x509_crt_get_issuer_dn3, buf);
}

void
chain_check_dates(struct report *r, gnutls_x509_crt_t cert)
{
	time_t begin = gnutls_x509_crt_get_activation_time(cert);
	time_t end = gnutls_x509_crt_get_expiration_time(cert);
	time_t now = time(NULL);
	char name[DN_MAX], date[DATE_MAX];

	chain_subject(cert, name);
	if (end != -1 && end <= now)
		report_warning(r, "\"%s\" has expired on %s: renew it", name,
		    chain_print_date(end, date));
	else if (begin != -1 && begin > now)
		report_warning(r,
		    "\"%s\" is not valid before %s: check the clock, or wait",
		    name, chain_print_date(begin, date));
	else if (end != -1 && end - now < SOON)
		report_warning(r, "\"%s\" expires on %s: renew it", name,
		    chain_print_date(end, date));
}

time_t
chain_expiry(const struct chain *certs)
{
	time_t first = -1, end;
	unsigned int i;

	for (i = 0; i < certs->n; i++) {
		end = gnutls_x509_crt_get_expiration_time(certs->list[i]);
		if (end != -1 && (first == -1 || end < first))
			first = end;
	}
	return first;
}

static bool
has_name(gnutls_x509_crt_t cert)
{
	char name[DN_MAX];
	size_t size;
	unsigned int i;
	int type;

	for (i = 0;; i++) {
		size = sizeof(name);
		type = gnutls_x509_crt_get_subject_alt_name(
		    cert, i, name, &size, NULL);
		if (type == GNUTLS_SAN_DNSNAME || type == GNUTLS_SAN_IPADDRESS)
			return true;
		/* Ignore names of other kinds, and names that are too long. */
		if (type < 0 && type != GNUTLS_E_SHORT_MEMORY_BUFFER)
			return false;
	}
}

static void
check_leaf(struct report *r, gnutls_x509_crt_t cert)
{
	char name[DN_MAX];

	chain_subject(cert, name);
	if (!has_name(cert))
		report_advice(r,
		    "\"%s\" has no host name (subjectAltName): clients that "
		    "check it will refuse it",
		    name);
	if (!gnutls_x509_crt_check_key_purpose(
		cert, GNUTLS_KP_TLS_WWW_SERVER, 0))
		report_warning(r,
		    "\"%s\" is not for servers (extendedKeyUsage): clients "
		    "will refuse it",
		    name);
}

/* --- the chain --- */

static bool
is_issued_by(gnutls_x509_crt_t cert, gnutls_x509_crt_t issuer)
{
	unsigned int status = 0;

	/*
	 * Compare names first: gnutls_x509_crt_verify alone checks only the
	 * signature.
	 */
	return gnutls_x509_crt_check_issuer(cert, issuer) != 0 &&
	    gnutls_x509_crt_verify(cert, &issuer, 1,
		GNUTLS_VERIFY_DISABLE_TIME_CHECKS |
		    GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS |
		    GNUTLS_VERIFY_ALLOW_BROKEN,
		&status) == 0 &&
	    (status & GNUTLS_CERT_SIGNATURE_FAILURE) == 0;
}

void
chain_free_known(struct known_cas *known)
{
	chain_free(&known->clients);
	if (known->system != NULL)
		gnutls_x509_trust_list_deinit(known->system, 1);
	known->system = NULL;
}

/* Whether one of KNOWN issued CERT. */
static bool
is_known(gnutls_x509_crt_t cert, struct known_cas *known)
{
	gnutls_x509_crt_t issuer;
	unsigned int i;

	for (i = 0; i < known->clients.n; i++)
		if (is_issued_by(cert, known->clients.list[i]))
			return true;
	if (known->system == NULL) {
		if (gnutls_x509_trust_list_init(&known->system, 0) < 0)
			return false;
		gnutls_x509_trust_list_add_system_trust(known->system, 0, 0);
	}
	return gnutls_x509_trust_list_get_issuer(
		   known->system, cert, &issuer, 0) == 0;
}

static void
check_order(struct report *r, const struct chain *certs)
{
	char name[DN_MAX], next[DN_MAX];
	unsigned int i;

	for (i = 0; i + 1 < certs->n; i++)
		if (!is_issued_by(certs->list[i], certs->list[i + 1])) {
			report_error(r,
			    "\"%s\" is followed by \"%s\", which did not "
			    "issue it: put the server's certificate first, "
			    "and after each one its issuer's",
			    chain_subject(certs->list[i], name),
			    chain_subject(certs->list[i + 1], next));
			return;
		}
}

void
chain_check(
    struct report *r, const struct chain *certs, struct known_cas *known)
{
	gnutls_x509_crt_t last = certs->list[certs->n - 1];
	char name[DN_MAX];
	unsigned int i;

	check_leaf(r, certs->list[0]);
	for (i = 0; i < certs->n; i++)
		chain_check_dates(r, certs->list[i]);
	check_order(r, certs);
	if (!is_issued_by(last, last) && !is_known(last, known))
		report_advice(r,
		    "does not have the certificate of \"%s\", which is not a "
		    "CA of this system: if that is an intermediate CA, clients "
		    "need its certificate: append it",
		    chain_issuer(last, name));
}
