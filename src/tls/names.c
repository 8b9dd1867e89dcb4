#include "tls/names.h"

#include <stdio.h>
#include <string.h>

/* The number of alternative names that are examined. */
#define ALTERNATIVES_MAX 64

static const struct {
	unsigned int type;
	enum identity_kind kind;
} kinds[] = {
	{ GNUTLS_SAN_DNSNAME, IDENTITY_DNS },
	{ GNUTLS_SAN_URI, IDENTITY_URI },
	{ GNUTLS_SAN_RFC822NAME, IDENTITY_EMAIL },
};

/*
 * Make another name after N names, if TEXT is a valid and new one.  Returns the
 * new number of names.
 */
static uint32_t
add(char (*names)[IDENTITY_SIZE], uint32_t n, enum identity_kind kind,
    const void *text, size_t len)
{
	uint32_t i;

	if (n == IDENTITY_NAMES_MAX ||
	    !identity_make(names[n], kind, text, len))
		return n;
	for (i = 0; i < n; i++)
		if (strcmp(names[i], names[n]) == 0)
			return n;
	return n + 1;
}

static uint32_t
add_of_type(char (*names)[IDENTITY_SIZE], uint32_t n, unsigned int type,
    const void *text, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].type == type)
			return add(names, n, kinds[i].kind, text, len);
	return n;
}

/* The first common name is the most specific one. */
static uint32_t
add_common_name(char (*names)[IDENTITY_SIZE], gnutls_x509_crt_t crt)
{
	char text[IDENTITY_SIZE];
	size_t size = sizeof(text);

	if (gnutls_x509_crt_get_dn_by_oid(
		crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, text, &size) < 0)
		return 0;
	return add(names, 0, IDENTITY_COMMON_NAME, text, size);
}

bool
names_are_common(gnutls_x509_crt_t crt)
{
	unsigned char none[1];
	size_t size = 0;

	/* An empty list of alternative names is one, too. */
	return gnutls_x509_crt_get_extension_by_oid(crt, "2.5.29.17", 0, none,
		   &size, NULL) == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
}

uint32_t
names_of_certificate(char (*names)[IDENTITY_SIZE], gnutls_x509_crt_t crt)
{
	char text[IDENTITY_SIZE];
	uint32_t n = 0;
	unsigned int i;
	size_t size;
	int type;

	for (i = 0; i < ALTERNATIVES_MAX; i++) {
		size = sizeof(text);
		type = gnutls_x509_crt_get_subject_alt_name(
		    crt, i, text, &size, NULL);
		if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			break;
		if (type >= 0)
			n = add_of_type(
			    names, n, (unsigned int)type, text, size);
	}
	return names_are_common(crt) ? add_common_name(names, crt) : n;
}

/* --- as text --- */

/* Whether the value is a string type of ASN.1 whose bytes are UTF-8. */
static bool
is_utf8(const gnutls_x509_ava_st *ava)
{
	return ava->value_tag == 12 || /* UTF8String */
	    ava->value_tag == 18 ||    /* NumericString */
	    ava->value_tag == 19 ||    /* PrintableString */
	    ava->value_tag == 22;      /* IA5String */
}

static void
print_value(FILE *f, const gnutls_x509_ava_st *ava)
{
	unsigned int i;

	if (!is_utf8(ava)) {
		fputc('#', f);
		for (i = 0; i < ava->value.size; i++)
			fprintf(f, "%02x", ava->value.data[i]);
		return;
	}
	for (i = 0; i < ava->value.size; i++) {
		if (ava->value.data[i] == '/' || ava->value.data[i] == '\\')
			fputc('\\', f);
		fputc(ava->value.data[i], f);
	}
}

static void
print_ava(FILE *f, const gnutls_x509_ava_st *ava)
{
	char oid[64];
	const char *name;

	snprintf(oid, sizeof(oid), "%.*s", (int)ava->oid.size,
	    (const char *)ava->oid.data);
	name = gnutls_x509_dn_oid_name(oid, GNUTLS_X509_DN_OID_RETURN_OID);
	fprintf(f, "/%s=", name);
	print_value(f, ava);
}

void
names_print_subject(char text[TLS_TEXT_MAX], gnutls_x509_crt_t crt)
{
	char buf[TLS_TEXT_MAX] = "";
	gnutls_x509_ava_st ava;
	gnutls_x509_dn_t dn;
	int i, j;
	FILE *f;

	if (gnutls_x509_crt_get_subject(crt, &dn) < 0 ||
	    (f = fmemopen(buf, sizeof(buf), "w")) == NULL)
		return;
	for (i = 0; gnutls_x509_dn_get_rdn_ava(dn, i, 0, &ava) == 0; i++)
		for (j = 0; gnutls_x509_dn_get_rdn_ava(dn, i, j, &ava) == 0;
		     j++)
			print_ava(f, &ava);
	fclose(f);
	tls_text_set(text, buf, strnlen(buf, sizeof(buf)));
}

static bool
is_common_name(const gnutls_x509_ava_st *ava)
{
	static const char oid[] = GNUTLS_OID_X520_COMMON_NAME;

	return strnlen((const char *)ava->oid.data, ava->oid.size) ==
	    sizeof(oid) - 1 &&
	    memcmp(ava->oid.data, oid, sizeof(oid) - 1) == 0;
}

/* The one that add_common_name uses, for which the library adds escapes. */
static bool
find_common_name(gnutls_x509_dn_t dn, gnutls_x509_ava_st *ava)
{
	int i, j;

	for (i = 0; gnutls_x509_dn_get_rdn_ava(dn, i, 0, ava) == 0; i++)
		for (j = 0; gnutls_x509_dn_get_rdn_ava(dn, i, j, ava) == 0; j++)
			if (is_common_name(ava))
				return true;
	return false;
}

void
names_print_common_name(char text[TLS_TEXT_MAX], gnutls_x509_crt_t crt)
{
	gnutls_x509_ava_st ava;
	gnutls_x509_dn_t dn;

	text[0] = '\0';
	if (gnutls_x509_crt_get_subject(crt, &dn) < 0 ||
	    !find_common_name(dn, &ava) || !is_utf8(&ava))
		return;
	tls_text_set(text, ava.value.data, ava.value.size);
	if (strlen(text) != ava.value.size ||
	    memcmp(text, ava.value.data, ava.value.size) != 0)
		text[0] = '\0';
}

void
names_print_dn(char text[TLS_TEXT_MAX], gnutls_x509_crt_t crt)
{
	gnutls_datum_t dn;

	if (gnutls_x509_crt_get_dn3(crt, &dn, 0) < 0)
		return;
	tls_text_set(text, dn.data, dn.size);
	gnutls_free(dn.data);
}
