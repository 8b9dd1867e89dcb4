#include "tls/client/verify.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tls/client/facts.h"
#include "tls/client/report.h"

static bool __attribute__((format(printf, 2, 3)))
refuse(struct tls_report *verdict, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(verdict->text, sizeof(verdict->text), fmt, ap);
	va_end(ap);
	verdict->status = HAIL_UNVERIFIED;
	return false;
}

/* --- by CA --- */

void
client_load_ca(gnutls_certificate_credentials_t credentials, const char *ca)
{
	gnutls_datum_t file = { NULL, 0 };
	int n;

	if (strcmp(ca, "system") == 0) {
		n = gnutls_certificate_set_x509_system_trust(credentials);
		if (n > 0)
			return;
		client_fail(HAIL_TLS,
		    "cannot load the system's CAs: %s; is the package "
		    "ca-certificates installed?",
		    n == 0 ? "there are none" : gnutls_strerror(n));
	}
	if (gnutls_load_file(ca, &file) < 0)
		client_fail(
		    HAIL_TLS, "cannot read %s: %s", ca, strerror(errno));
	n = gnutls_certificate_set_x509_trust_mem(
	    credentials, &file, GNUTLS_X509_FMT_PEM);
	gnutls_free(file.data);
	if (n <= 0)
		client_fail(HAIL_TLS, "%s has no certificate of a CA%s%s", ca,
		    n < 0 ? ": " : "", n < 0 ? gnutls_strerror(n) : "");
}

/* GnuTLS's status flags that apply to any certificate of the chain. */
static const struct {
	unsigned int flag;
	const char *text;
} flags[] = {
	{ GNUTLS_CERT_REVOKED, "the server's certificate is revoked" },
	{ GNUTLS_CERT_SIGNATURE_FAILURE,
	    "the signature of the server's certificate is wrong" },
	{ GNUTLS_CERT_INSECURE_ALGORITHM,
	    "the server's certificate uses an algorithm that is not secure" },
	{ GNUTLS_CERT_SIGNER_NOT_CA,
	    "the issuer of the server's certificate is not a CA" },
	{ GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE,
	    "the CA may not issue the server's certificate" },
	{ GNUTLS_CERT_PURPOSE_MISMATCH,
	    "the server's certificate is not one for servers" },
};

static bool
refuse_issuer(gnutls_x509_crt_t crt, const char *ca, struct tls_report *verdict)
{
	char issuer[FACTS_NAME_MAX];

	if (gnutls_x509_crt_check_issuer(crt, crt))
		return refuse(verdict,
		    "unknown CA: the server's certificate is self-signed; its "
		    "pin is %s",
		    verdict->pin);
	return refuse(verdict,
	    "unknown CA: the server's certificate was issued by \"%s\", which "
	    "%s does not have",
	    facts_issuer(issuer, crt),
	    strcmp(ca, "system") == 0 ? "this system" : ca);
}

/*
 * The server's certificate, or another one of the chain, has expired or is not
 * yet valid.
 */
static bool
refuse_date(gnutls_x509_crt_t crt, struct tls_report *verdict)
{
	time_t now = time(NULL);
	char date[FACTS_DATE_MAX];

	if (gnutls_x509_crt_get_expiration_time(crt) < now)
		return refuse(verdict, "the server's certificate expired at %s",
		    facts_date(date, gnutls_x509_crt_get_expiration_time(crt)));
	if (gnutls_x509_crt_get_activation_time(crt) > now)
		return refuse(verdict,
		    "the server's certificate is not valid before %s",
		    facts_date(date, gnutls_x509_crt_get_activation_time(crt)));
	return refuse(verdict,
	    "the certificate of a CA in the server's chain has expired, or is "
	    "not yet valid");
}

static bool
refuse_status(const struct client_arguments *a, gnutls_x509_crt_t crt,
    unsigned int status, struct tls_report *verdict)
{
	char names[FACTS_NAME_MAX];
	size_t i;

	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (status & flags[i].flag)
			return refuse(verdict, "%s", flags[i].text);
	if (status & GNUTLS_CERT_SIGNER_NOT_FOUND)
		return refuse_issuer(crt, a->ca, verdict);
	if (status & (GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED))
		return refuse_date(crt, verdict);
	if (status & GNUTLS_CERT_UNEXPECTED_OWNER)
		return refuse(verdict,
		    "the server's certificate is for %s, not for %s",
		    facts_names(names, crt), a->name);
	return refuse(
	    verdict, "the server's certificate is invalid (0x%x)", status);
}

static bool
verify_by_ca(const struct client_arguments *a, gnutls_session_t tls,
    gnutls_x509_crt_t crt, struct tls_report *verdict)
{
	gnutls_typed_vdata_st data[] = {
		{ GNUTLS_DT_DNS_HOSTNAME, (unsigned char *)(uintptr_t)a->name,
		    0 },
		{ GNUTLS_DT_KEY_PURPOSE_OID,
		    (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_SERVER, 0 },
	};
	unsigned int status = GNUTLS_CERT_INVALID;
	int error = gnutls_certificate_verify_peers(tls, data, 2, &status);

	if (error < 0)
		return refuse(verdict,
		    "cannot verify the server's certificate: %s",
		    gnutls_strerror(error));
	return status == 0 || refuse_status(a, crt, status, verdict);
}

/* --- by pin --- */

static bool
verify_by_pin(const struct client_arguments *a, struct tls_report *verdict)
{
	size_t i;

	for (i = 0; i < a->npins; i++)
		if (strcmp(a->pins[i], verdict->pin) == 0)
			return true;
	verdict->wrong_key = 1;
	return refuse(verdict, "the server has another key");
}

bool
client_verify_server(const struct client_arguments *a, gnutls_session_t tls,
    gnutls_x509_crt_t crt, struct tls_report *verdict)
{
	int error = facts_pin(crt, verdict->pin);

	if (error < 0)
		return refuse(verdict, "cannot read the server's key: %s",
		    gnutls_strerror(error));
	switch (a->verify) {
	case CLIENT_VERIFY_NONE:
	case CLIENT_VERIFY_FIRST:
		return true;
	case CLIENT_VERIFY_CA:
		return verify_by_ca(a, tls, crt, verdict);
	case CLIENT_VERIFY_PINS:
		break;
	}
	return verify_by_pin(a, verdict);
}
