#include "tls/client/facts.h"

#include <arpa/inet.h>

#include <stdio.h>
#include <string.h>

#include "lib/escape.h"
#include "tls/pin.h"

_Static_assert(PIN_SIZE == IDENTITY_PIN_SIZE, "a pin is the same for all");

#define NAMES_MAX 20 /* a certificate may have hundreds */

gnutls_x509_crt_t
facts_certificate(gnutls_session_t tls)
{
	const gnutls_datum_t *list;
	gnutls_x509_crt_t crt;
	unsigned int n;

	if (gnutls_certificate_type_get(tls) != GNUTLS_CRT_X509 ||
	    (list = gnutls_certificate_get_peers(tls, &n)) == NULL || n == 0 ||
	    gnutls_x509_crt_init(&crt) < 0)
		return NULL;
	if (gnutls_x509_crt_import(crt, &list[0], GNUTLS_X509_FMT_DER) == 0)
		return crt;
	gnutls_x509_crt_deinit(crt);
	return NULL;
}

int
facts_pin(gnutls_x509_crt_t crt, char pin[PIN_SIZE])
{
	gnutls_pubkey_t key;
	int result = gnutls_pubkey_init(&key);

	if (result < 0)
		return result;
	if ((result = gnutls_pubkey_import_x509(key, crt, 0)) == 0)
		result = tls_pin_key(key, pin);
	gnutls_pubkey_deinit(key);
	return result;
}

const char *
facts_date(char text[FACTS_DATE_MAX], time_t when)
{
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL ||
	    strftime(text, FACTS_DATE_MAX, "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
		strlcpy(text, "an unknown time", FACTS_DATE_MAX);
	return text;
}

/* --- names --- */

/* Append one name to TEXT, which has LEN bytes.  Returns the new length. */
static size_t
append(char *text, size_t len, const char *data, size_t n)
{
	if (len > 0)
		len = escape_append(text, len, FACTS_NAME_MAX, ", ", 2);
	return escape_append(text, len, FACTS_NAME_MAX, data, n);
}

/* The Nth alternative name.  Returns false after the last one. */
static bool
append_alternative(
    char *text, size_t *len, gnutls_x509_crt_t crt, unsigned int n)
{
	char name[256], address[INET6_ADDRSTRLEN];
	size_t size = sizeof(name);
	int type;

	type = gnutls_x509_crt_get_subject_alt_name(crt, n, name, &size, NULL);
	if (type == GNUTLS_E_SHORT_MEMORY_BUFFER)
		return true;
	if (type < 0)
		return false;
	if (type == GNUTLS_SAN_DNSNAME)
		*len = append(text, *len, name, strnlen(name, size));
	else if (type == GNUTLS_SAN_IPADDRESS && (size == 4 || size == 16) &&
	    inet_ntop(size == 4 ? AF_INET : AF_INET6, name, address,
		sizeof(address)) != NULL)
		*len = append(text, *len, address, strlen(address));
	return true;
}

const char *
facts_names(char text[FACTS_NAME_MAX], gnutls_x509_crt_t crt)
{
	char name[256];
	size_t len = 0, size = sizeof(name);
	unsigned int n = 0;

	text[0] = '\0';
	while (n < NAMES_MAX && append_alternative(text, &len, crt, n))
		n++;
	if (n == NAMES_MAX)
		append(text, len, "...", 3);
	/* The common name counts only if there is no alternative name. */
	if (n == 0 &&
	    gnutls_x509_crt_get_dn_by_oid(
		crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &size) == 0)
		append(text, 0, name, strnlen(name, size));
	if (text[0] == '\0')
		strlcpy(text, "no name", FACTS_NAME_MAX);
	return text;
}

static const char *
print_dn(char text[FACTS_NAME_MAX], int error, gnutls_datum_t *dn)
{
	text[0] = '\0';
	if (error == 0 && dn->data != NULL) {
		append(text, 0, (const char *)dn->data, dn->size);
		gnutls_free(dn->data);
	}
	return text;
}

const char *
facts_issuer(char text[FACTS_NAME_MAX], gnutls_x509_crt_t crt)
{
	gnutls_datum_t dn = { NULL, 0 };

	return print_dn(text, gnutls_x509_crt_get_issuer_dn3(crt, &dn, 0), &dn);
}

static const char *
subject(char text[FACTS_NAME_MAX], gnutls_x509_crt_t crt)
{
	gnutls_datum_t dn = { NULL, 0 };

	return print_dn(text, gnutls_x509_crt_get_dn3(crt, &dn, 0), &dn);
}

/* --- texts --- */

void
facts_session(char *text, size_t size, gnutls_session_t tls)
{
	const char *version =
	    gnutls_protocol_get_name(gnutls_protocol_get_version(tls));
	const char *suite = gnutls_ciphersuite_get(tls);

	/* GnuTLS writes "TLS1.3", other programs "TLSv1.3". */
	snprintf(text, size, "TLSv%s, %s",
	    strncmp(version, "TLS", 3) == 0 ? version + 3 : version,
	    suite != NULL ? suite : "unknown cipher");
}

void
facts_show(char *text, size_t size, gnutls_session_t tls, gnutls_x509_crt_t crt)
{
	char owner[FACTS_NAME_MAX], issuer[FACTS_NAME_MAX],
	    names[FACTS_NAME_MAX], from[FACTS_DATE_MAX], to[FACTS_DATE_MAX],
	    session[128], pin[PIN_SIZE] = "";
	unsigned int bits = 0;
	const char *kind;

	facts_pin(crt, pin);
	facts_session(session, sizeof(session), tls);
	kind = gnutls_pk_get_name((
	    gnutls_pk_algorithm_t)gnutls_x509_crt_get_pk_algorithm(crt, &bits));
	snprintf(text, size,
	    "pin:     %s\n"
	    "key:     %s, %u bits\n"
	    "subject: %s\n"
	    "issuer:  %s\n"
	    "names:   %s\n"
	    "valid:   %s\n"
	    "until:   %s\n"
	    "session: %s\n",
	    pin, kind != NULL ? kind : "unknown", bits, subject(owner, crt),
	    facts_issuer(issuer, crt), facts_names(names, crt),
	    facts_date(from, gnutls_x509_crt_get_activation_time(crt)),
	    facts_date(to, gnutls_x509_crt_get_expiration_time(crt)), session);
}
