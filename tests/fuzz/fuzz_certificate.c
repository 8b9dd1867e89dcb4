/*
 * fuzz_certificate.c -- certificates that a client or a server presents: all
 * texts from them are printable, and their names are valid identities.
 */

#include "tests/fuzz/fuzz.h"

#include <gnutls/x509.h>

#include <string.h>

#include "config/tls.h"
#include "tls/client/facts.h"
#include "tls/names.h"

static void
check_printable(const char *text, size_t size)
{
	const char *p;

	MUST(memchr(text, '\0', size) != NULL);
	for (p = text; *p != '\0'; p++)
		MUST(*p >= ' ' && *p <= '~');
}

/* The daemon must accept what a relay reports of it. */
static void
check_client(gnutls_x509_crt_t crt)
{
	static struct tls_session s;
	uint32_t i, j;

	memset(&s, 0, sizeof(s));
	MUST(addr_from_numeric(&s.local, "192.0.2.2", 443) == 0);
	s.nnames = names_of_certificate(s.names, crt);
	MUST(s.nnames <= IDENTITY_NAMES_MAX);
	for (i = 0; i < s.nnames; i++)
		for (j = 0; j < i; j++)
			MUST(strcmp(s.names[i], s.names[j]) != 0);
	MUST(!names_are_common(crt) || s.nnames <= 1);
	names_print_subject(s.texts[TLS_CERT_SUBJECT], crt);
	names_print_dn(s.texts[TLS_CLIENT_DN], crt);
	names_print_common_name(s.texts[TLS_CLIENT_CN], crt);
	MUST(tls_session_check(&s));
}

/* Check what hail shows of it. */
static void
check_server(gnutls_x509_crt_t crt)
{
	char text[FACTS_NAME_MAX], date[FACTS_DATE_MAX], pin[PIN_SIZE];

	memset(text, 'x', sizeof(text));
	check_printable(facts_names(text, crt), sizeof(text));
	memset(text, 'x', sizeof(text));
	check_printable(facts_issuer(text, crt), sizeof(text));
	check_printable(
	    facts_date(date, gnutls_x509_crt_get_expiration_time(crt)),
	    sizeof(date));
	if (facts_pin(crt, pin) == 0)
		MUST(pin_is_valid(pin));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const gnutls_datum_t der = { (unsigned char *)(uintptr_t)data,
		(unsigned int)size };
	gnutls_x509_crt_t crt;

	MUST(gnutls_x509_crt_init(&crt) == 0);
	if (gnutls_x509_crt_import(crt, &der, GNUTLS_X509_FMT_DER) == 0) {
		check_client(crt);
		check_server(crt);
	}
	gnutls_x509_crt_deinit(crt);
	return 0;
}
