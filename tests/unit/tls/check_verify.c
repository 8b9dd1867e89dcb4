/*
 * check_verify.c -- which clients are accepted, the names that they get, and
 * the reasons for which others are refused.
 */

#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/tls/peer.h"
#include "tls/names.h"
#include "tls/pin.h"
#include "tls/identities.h"
#include "tls/verify.h"

#define DAY 86400L

static struct tls_service service;
static struct verify v;
static struct peer_cert ca, own;
static int files[2];

static void
set_up(void)
{
	static const struct peer_spec spec = { .cn = "CA", .is_ca = true };

	unit_enter_dir();
	memset(&service, 0, sizeof(service));
	memset(&v, 0, sizeof(v));
	v.service = &service;
	v.identities = files;
	v.now = time(NULL);
	service.client = TLS_CLIENT_REQUIRED;
	peer_cert_make(&ca, &spec, NULL);
}

static void
tear_down(void)
{
	while (v.nidentities-- > 0)
		if (files[v.nidentities] != -1)
			close(files[v.nidentities]);
	/* The list frees what is in it. */
	if (service.authorities != NULL) {
		gnutls_x509_trust_list_deinit(service.authorities, 1);
		ca.crt = NULL;
	}
	peer_cert_free(&ca);
	peer_cert_free(&own);
	unit_leave_dir();
}

static void
use_ca(void)
{
	gnutls_x509_trust_list_init(&service.authorities, 0);
	ck_assert_int_eq(
	    gnutls_x509_trust_list_add_cas(service.authorities, &ca.crt, 1, 0),
	    1);
}

/* The verdict on OWN, made by SPEC and signed by BY (NULL: itself). */
static const char *
verdict_by(const struct peer_spec *spec, const struct peer_cert *by)
{
	peer_cert_free(&own);
	peer_cert_make(&own, spec, by);
	return tls_words(verify_client(&v, &own.crt, 1));
}

static const char *
verdict(const struct peer_spec *spec)
{
	return verdict_by(spec, &ca);
}

#define IS(fault) tls_words(fault)

/* --- by CA --- */

static const struct {
	const char *what;
	struct peer_spec spec;
	enum tls_fault fault;
} certificates[] = {
	{ "all right",
	    { .dns = "a.example.org", .purpose = GNUTLS_KP_TLS_WWW_CLIENT },
	    TLS_FINE },
	{ "without any purpose", { .dns = "a.example.org" }, TLS_FINE },
	{ "any purpose", { .dns = "a.example.org", .purpose = GNUTLS_KP_ANY },
	    TLS_FINE },
	{ "a server's",
	    { .dns = "a.example.org", .purpose = GNUTLS_KP_TLS_WWW_SERVER },
	    TLS_PURPOSE },
	{ "expired",
	    { .dns = "a.example.org", .begins = -2 * DAY, .ends = -DAY },
	    TLS_EXPIRED },
	{ "not yet valid",
	    { .dns = "a.example.org", .begins = DAY, .ends = 2 * DAY },
	    TLS_NOT_YET_VALID },
	{ "a short key",
	    { .dns = "a.example.org", .type = GNUTLS_PK_RSA, .bits = 1024 },
	    TLS_WEAK },
	{ "signed with SHA-1",
	    { .dns = "a.example.org", .digest = GNUTLS_DIG_SHA1 }, TLS_WEAK },
	{ "no name", { .purpose = GNUTLS_KP_TLS_WWW_CLIENT }, TLS_NO_NAME },
	{ "only a wildcard", { .dns = "*.example.org" }, TLS_NO_NAME },
	{ "a wildcard, and a common name",
	    { .cn = "web1", .dns = "*.example.org" }, TLS_NO_NAME },
};

START_TEST(by_ca)
{
	use_ca();
	ck_assert_msg(strcmp(verdict(&certificates[_i].spec),
			  IS(certificates[_i].fault)) == 0,
	    "%s: %s", certificates[_i].what, tls_words(v.why));
	ck_assert_uint_eq(v.nnames, certificates[_i].fault == TLS_FINE);
	ck_assert_int_eq(v.by_ca, certificates[_i].fault == TLS_FINE);
}
END_TEST

START_TEST(by_another_ca)
{
	static const struct peer_spec root = { .cn = "other", .is_ca = true };
	static const struct peer_spec same = { .cn = "CA", .is_ca = true };
	static const struct peer_spec spec = { .dns = "a.example.org" };
	struct peer_cert other;

	use_ca();
	peer_cert_make(&other, &root, NULL);
	ck_assert_str_eq(verdict_by(&spec, &other), IS(TLS_UNKNOWN_CA));
	peer_cert_free(&other);
	/* One that has the name of ours. */
	peer_cert_make(&other, &same, NULL);
	ck_assert_str_ne(verdict_by(&spec, &other), IS(TLS_FINE));
	ck_assert_uint_eq(v.nnames, 0);
	peer_cert_free(&other);
	ck_assert_str_eq(verdict_by(&spec, NULL), IS(TLS_UNKNOWN_CA));
}
END_TEST

/* A client's certificate signs another: it is no CA. */
START_TEST(by_a_client)
{
	static const struct peer_spec first = { .dns = "a.example.org" };
	static const struct peer_spec second = { .dns = "root.example.org" };
	struct peer_cert signer;
	gnutls_x509_crt_t chain[2];

	use_ca();
	peer_cert_make(&signer, &first, &ca);
	peer_cert_make(&own, &second, &signer);
	chain[0] = own.crt;
	chain[1] = signer.crt;
	ck_assert_int_ne((int)verify_client(&v, chain, 2), TLS_FINE);
	ck_assert_uint_eq(v.nnames, 0);
	peer_cert_free(&signer);
}
END_TEST

START_TEST(by_an_intermediate)
{
	static const struct peer_spec middle = { .cn = "sub", .is_ca = true };
	static const struct peer_spec spec = { .dns = "a.example.org" };
	struct peer_cert sub;
	gnutls_x509_crt_t chain[2];

	use_ca();
	peer_cert_make(&sub, &middle, &ca);
	peer_cert_make(&own, &spec, &sub);
	chain[0] = own.crt;
	chain[1] = sub.crt;
	ck_assert_str_eq(tls_words(verify_client(&v, chain, 2)), IS(TLS_FINE));
	ck_assert_str_eq(v.names[0], "a.example.org");
	/* Not sent: */
	ck_assert_str_eq(
	    tls_words(verify_client(&v, chain, 1)), IS(TLS_UNKNOWN_CA));
	peer_cert_free(&sub);
}
END_TEST

/* One that was made but never read lacks what a trust list looks at. */
static gnutls_x509_crl_t
read_again(gnutls_x509_crl_t crl)
{
	gnutls_datum_t der;

	ck_assert_int_eq(
	    gnutls_x509_crl_export2(crl, GNUTLS_X509_FMT_DER, &der), 0);
	gnutls_x509_crl_deinit(crl);
	gnutls_x509_crl_init(&crl);
	ck_assert_int_eq(
	    gnutls_x509_crl_import(crl, &der, GNUTLS_X509_FMT_DER), 0);
	gnutls_free(der.data);
	return crl;
}

static void
add_crl(unsigned char serial, long next)
{
	gnutls_x509_crl_t crl;

	gnutls_x509_crl_init(&crl);
	gnutls_x509_crl_set_version(crl, 2);
	gnutls_x509_crl_set_this_update(crl, time(NULL) - 2 * DAY);
	gnutls_x509_crl_set_next_update(crl, time(NULL) + next);
	gnutls_x509_crl_set_crt_serial(crl, &serial, 1, time(NULL) - DAY);
	ck_assert_int_eq(
	    gnutls_x509_crl_sign2(crl, ca.crt, ca.key, GNUTLS_DIG_SHA256, 0),
	    0);
	crl = read_again(crl);
	ck_assert_int_eq(
	    gnutls_x509_trust_list_add_crls(service.authorities, &crl, 1, 0, 0),
	    1);
}

START_TEST(revoked)
{
	static const struct peer_spec bad = { .dns = "a.example.org",
		.serial = 7 };
	static const struct peer_spec good = { .dns = "b.example.org",
		.serial = 8 };

	use_ca();
	add_crl(7, DAY);
	ck_assert_str_eq(verdict(&bad), IS(TLS_REVOKED));
	ck_assert_str_eq(verdict(&good), IS(TLS_FINE));
}
END_TEST

/* A list that should have been replaced holds still. */
START_TEST(an_old_list)
{
	static const struct peer_spec bad = { .dns = "a.example.org",
		.serial = 7 };

	use_ca();
	add_crl(7, -DAY);
	ck_assert_str_eq(verdict(&bad), IS(TLS_REVOKED));
}
END_TEST

/* --- names --- */

START_TEST(names)
{
	static const struct peer_spec all = { .cn = "Not Used",
		.dns = "A.example.org",
		.uri = "spiffe://a/b",
		.email = "ops@example.org" };
	static const struct peer_spec common = { .cn = "web1" };

	use_ca();
	ck_assert_str_eq(verdict(&all), IS(TLS_FINE));
	ck_assert_uint_eq(v.nnames, 3);
	ck_assert_str_eq(v.names[0], "a.example.org");
	ck_assert_str_eq(v.names[1], "uri:spiffe://a/b");
	ck_assert_str_eq(v.names[2], "ops@example.org");
	ck_assert_str_eq(verdict(&common), IS(TLS_FINE));
	ck_assert_uint_eq(v.nnames, 1);
	ck_assert_str_eq(v.names[0], "web1");
}
END_TEST

/*
 * Give OWN one alternative name of TAG, the number of a GeneralName (RFC 5280,
 * 4.2.1.6), and LEN bytes that no library would write.
 */
static uint32_t
names_with(unsigned int tag, const char *bytes, size_t len)
{
	static const struct peer_spec spec = { .cn = "common" };
	unsigned char der[512] = { 0x30, 0x82, 0, 0, 0, 0x82 };

	peer_cert_free(&own);
	peer_cert_make(&own, &spec, NULL);
	der[2] = (unsigned char)((len + 4) >> 8);
	der[3] = (unsigned char)(len + 4);
	der[4] = (unsigned char)(0x80 | tag);
	der[6] = (unsigned char)(len >> 8);
	der[7] = (unsigned char)len;
	memcpy(der + 8, bytes, len);
	ck_assert_int_eq(gnutls_x509_crt_set_extension_by_oid(
			     own.crt, "2.5.29.17", der, len + 8, 0),
	    0);
	return peer_cert_sign(&own, &own, GNUTLS_DIG_SHA256)
	    ? names_of_certificate(v.names, own.crt)
	    : 0;
}

/* Nor is the common name used in their place. */
START_TEST(hostile_names)
{
	char large[400];

	memset(large, 'a', sizeof(large));
	ck_assert_uint_eq(names_with(2, "a.example.org", 13), 1);
	ck_assert_str_eq(v.names[0], "a.example.org");
	ck_assert_uint_eq(names_with(2, "a.example.org\0.b.org", 20), 0);
	ck_assert_uint_eq(names_with(2, "a.example.org\0", 14), 0);
	ck_assert_uint_eq(names_with(2, "a.example.org\n", 14), 0);
	ck_assert_uint_eq(names_with(2, "", 0), 0);
	ck_assert_uint_eq(names_with(2, large, sizeof(large)), 0);
	ck_assert_uint_eq(names_with(6, "http://a/\0b", 11), 0);
	ck_assert_uint_eq(names_with(1, "a@b\0c", 6), 0);
	/* an IP address, of which no identity is made */
	ck_assert_uint_eq(names_with(7, "\x7f\0\0\1", 4), 0);
}
END_TEST

START_TEST(too_many_names)
{
	static const struct peer_spec spec = { .cn = "x" };
	char text[16];
	int i;

	peer_cert_make(&own, &spec, NULL);
	for (i = 0; i < 20; i++) {
		snprintf(text, sizeof(text), "n%d", i / 2);
		ck_assert_int_eq(
		    gnutls_x509_crt_set_subject_alt_name(own.crt,
			GNUTLS_SAN_DNSNAME, text, (unsigned int)strlen(text),
			GNUTLS_FSAN_APPEND),
		    0);
	}
	ck_assert(peer_cert_sign(&own, &own, GNUTLS_DIG_SHA256));
	ck_assert_uint_eq(
	    names_of_certificate(v.names, own.crt), IDENTITY_NAMES_MAX);
	ck_assert_str_eq(v.names[0], "n0");
	ck_assert_str_eq(v.names[7], "n7");
}
END_TEST

START_TEST(subjects)
{
	char text[TLS_TEXT_MAX] = "";
	struct peer_spec spec = { .cn = "a/CN=b" };

	peer_cert_make(&own, &spec, NULL);
	names_print_subject(text, own.crt);
	ck_assert_str_eq(text, "/CN=a\\/CN=b");
	names_print_dn(text, own.crt);
	ck_assert_str_eq(text, "CN=a/CN=b");
	spec.cn = "a\nb";
	peer_cert_free(&own);
	peer_cert_make(&own, &spec, NULL);
	names_print_subject(text, own.crt);
	ck_assert_str_eq(text, "/CN=a?b");
}
END_TEST

static const char *
common_name(const char *cn)
{
	static char text[TLS_TEXT_MAX];
	const struct peer_spec spec = { .cn = cn };

	peer_cert_free(&own);
	peer_cert_make(&own, &spec, NULL);
	strlcpy(text, "old", sizeof(text));
	names_print_common_name(text, own.crt);
	return text;
}

/* A name is never changed: "a\nb" and "a?b" are two clients. */
START_TEST(common_names)
{
	ck_assert_str_eq(common_name("web1"), "web1");
	ck_assert_str_eq(
	    common_name("J\xc3\xb6rg, a/CN=b"), "J\xc3\xb6rg, a/CN=b");
	ck_assert_str_eq(common_name(NULL), "");
	ck_assert_str_eq(common_name("a\nb"), "");
	ck_assert_str_eq(common_name("a\x1b[0m"), "");
	ck_assert_str_eq(common_name("a\xc2\x80"), "");
}
END_TEST

/* --- pins --- */

static const struct peer_spec key_carrier = { .cn = "key",
	.begins = -2 * DAY,
	.ends = -DAY,
	.purpose = GNUTLS_KP_TLS_WWW_SERVER };

/* A file with one line for OWN. */
static void
add_file(const char *name, const char *expires)
{
	char pin[IDENTITY_PIN_SIZE], line[400], path[16];
	gnutls_pubkey_t key;

	gnutls_pubkey_init(&key);
	gnutls_pubkey_import_x509(key, own.crt, 0);
	ck_assert_int_eq(tls_pin_key(key, pin), 0);
	gnutls_pubkey_deinit(key);
	snprintf(line, sizeof(line), "%s %s %s\n", name, pin, expires);
	snprintf(path, sizeof(path), "file%u", v.nidentities);
	unit_write_file(path, line);
	files[v.nidentities++] = open(path, O_RDONLY | O_CLOEXEC);
}

static const char *
again(void)
{
	return tls_words(verify_client(&v, &own.crt, 1));
}

/* Neither its dates nor its purpose matter. */
START_TEST(by_pin)
{
	ck_assert_str_eq(verdict_by(&key_carrier, NULL), IS(TLS_UNKNOWN_KEY));
	add_file("web1", "");
	ck_assert_str_eq(again(), IS(TLS_FINE));
	ck_assert_uint_eq(v.nnames, 1);
	ck_assert_str_eq(v.names[0], "web1");
	ck_assert(!v.by_ca);
	/* It is read anew each time, from the beginning. */
	ck_assert_str_eq(again(), IS(TLS_FINE));
	/* Another key with the same names. */
	ck_assert_str_eq(verdict_by(&key_carrier, NULL), IS(TLS_UNKNOWN_KEY));
}
END_TEST

START_TEST(the_first_file_decides)
{
	verdict_by(&key_carrier, NULL);
	add_file("web1", "");
	add_file("web2", "");
	ck_assert_str_eq(again(), IS(TLS_FINE));
	ck_assert_str_eq(v.names[0], "web1");
}
END_TEST

START_TEST(an_expired_line)
{
	verdict_by(&key_carrier, NULL);
	add_file("web1", "expires=2001-01-01");
	ck_assert_str_eq(again(), IS(TLS_EXPIRED));
	ck_assert_uint_eq(v.nnames, 0);
	add_file("web2", "");
	ck_assert_str_eq(again(), IS(TLS_FINE));
	ck_assert_str_eq(v.names[0], "web2");
}
END_TEST

START_TEST(a_file_that_cannot_be_trusted)
{
	verdict_by(&key_carrier, NULL);
	files[v.nidentities++] = -1;
	ck_assert_str_eq(again(), IS(TLS_BAD_IDENTITIES));
	service.client = TLS_CLIENT_ANY;
	ck_assert_str_eq(again(), IS(TLS_BAD_IDENTITIES));
	service.client = TLS_CLIENT_OPTIONAL;
	ck_assert_str_eq(again(), IS(TLS_BAD_IDENTITIES));
	/* The key is not looked for where there is none. */
	ck_assert_int_eq((int)verify_client(&v, NULL, 0), TLS_FINE);
	/* A file before it that has the key suffices. */
	v.nidentities = 0; /* it was no descriptor */
	add_file("web1", "");
	files[v.nidentities++] = -1;
	ck_assert_str_eq(again(), IS(TLS_FINE));
}
END_TEST

START_TEST(a_file_that_is_too_large)
{
	verdict_by(&key_carrier, NULL);
	add_file("web1", "");
	ck_assert_int_eq(truncate("file0", IDENTITIES_FILE_MAX), 0);
	ck_assert_str_eq(again(), IS(TLS_FINE));
	ck_assert_int_eq(truncate("file0", IDENTITIES_FILE_MAX + 1), 0);
	ck_assert_str_eq(again(), IS(TLS_BAD_IDENTITIES));
}
END_TEST

/* --- both --- */

START_TEST(either_suffices)
{
	static const struct peer_spec spec = { .dns = "a.example.org" };

	use_ca();
	ck_assert_str_eq(verdict(&spec), IS(TLS_FINE));
	ck_assert_str_eq(v.names[0], "a.example.org");
	add_file("web1", "expires=2001-01-01");
	ck_assert_str_eq(again(), IS(TLS_FINE));
	ck_assert_str_eq(v.names[0], "a.example.org");
	ck_assert(v.by_ca);
	add_file("web1", "");
	ck_assert_str_eq(again(), IS(TLS_FINE));
	ck_assert_str_eq(v.names[0], "web1");
	ck_assert_uint_eq(v.nnames, 1);
	ck_assert(!v.by_ca);
	/* By neither: what the CA's fault is; or that the pin has expired. */
	ck_assert_str_eq(verdict_by(&spec, NULL), IS(TLS_UNKNOWN_CA));
	while (v.nidentities > 0)
		close(files[--v.nidentities]);
	add_file("web1", "expires=2001-01-01");
	ck_assert_str_eq(again(), IS(TLS_EXPIRED));
}
END_TEST

START_TEST(optional)
{
	static const struct peer_spec spec = { .dns = "a.example.org" };

	use_ca();
	service.client = TLS_CLIENT_OPTIONAL;
	ck_assert_int_eq((int)verify_client(&v, NULL, 0), TLS_FINE);
	ck_assert_uint_eq(v.nnames, 0);
	ck_assert_str_eq(verdict(&spec), IS(TLS_FINE));
	/* One that is shown must be good. */
	ck_assert_str_eq(verdict_by(&spec, NULL), IS(TLS_UNKNOWN_CA));
}
END_TEST

START_TEST(any)
{
	static const struct peer_spec spec = { .dns = "a.example.org" };

	service.client = TLS_CLIENT_ANY;
	ck_assert_int_eq((int)verify_client(&v, NULL, 0), TLS_NO_CERTIFICATE);
	ck_assert_str_eq(verdict_by(&spec, NULL), IS(TLS_FINE));
	ck_assert_uint_eq(v.nnames, 0);
	ck_assert_str_eq(tls_words(v.why), IS(TLS_UNKNOWN_KEY));
	add_file("web1", "expires=2001-01-01");
	ck_assert_str_eq(again(), IS(TLS_FINE));
	ck_assert_uint_eq(v.nnames, 0);
	ck_assert_str_eq(tls_words(v.why), IS(TLS_EXPIRED));
	add_file("web1", "");
	ck_assert_str_eq(again(), IS(TLS_FINE));
	ck_assert_uint_eq(v.nnames, 1);
	use_ca();
	ck_assert_str_eq(verdict(&spec), IS(TLS_FINE));
	ck_assert_str_eq(v.names[0], "a.example.org");
	ck_assert_str_eq(verdict_by(&spec, NULL), IS(TLS_FINE));
	ck_assert_uint_eq(v.nnames, 0);
}
END_TEST

START_TEST(no_certificate)
{
	ck_assert_int_eq((int)verify_client(&v, NULL, 0), TLS_NO_CERTIFICATE);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_set_timeout(tc, 20);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, by_ca, 0, (int)COUNT(certificates));
	tcase_add_test(tc, by_another_ca);
	tcase_add_test(tc, by_a_client);
	tcase_add_test(tc, by_an_intermediate);
	tcase_add_test(tc, revoked);
	tcase_add_test(tc, an_old_list);
	tcase_add_test(tc, names);
	tcase_add_test(tc, hostile_names);
	tcase_add_test(tc, too_many_names);
	tcase_add_test(tc, subjects);
	tcase_add_test(tc, common_names);
	tcase_add_test(tc, by_pin);
	tcase_add_test(tc, the_first_file_decides);
	tcase_add_test(tc, an_expired_line);
	tcase_add_test(tc, a_file_that_cannot_be_trusted);
	tcase_add_test(tc, a_file_that_is_too_large);
	tcase_add_test(tc, either_suffices);
	tcase_add_test(tc, optional);
	tcase_add_test(tc, any);
	tcase_add_test(tc, no_certificate);
}

int
main(void)
{
	return unit_run("verify", add);
}
