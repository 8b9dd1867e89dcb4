#include "tests/unit/tls/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "tests/unit/logged.h"
#include "tls/certificate.h"
#include "tls/pin.h"
#include "tls/relay.h"
#include "tls/service.h"

/* --- tls_service_choose --- */

#define CERTIFICATE(which, ...)                                            \
	{                                                                  \
		.algorithm = (which), .names = (char **)LIST(__VA_ARGS__), \
		.nnames = COUNT(LIST(__VA_ARGS__)) - 1                     \
	}

static struct tls_certificate many[] = {
	CERTIFICATE(GNUTLS_PK_RSA, "a.example"),
	CERTIFICATE(GNUTLS_PK_ECDSA, "a.example"),
	CERTIFICATE(GNUTLS_PK_ECDSA, "b.example", "*.c.example"),
	CERTIFICATE(GNUTLS_PK_RSA, "x.c.example"),
	CERTIFICATE(GNUTLS_PK_EDDSA_ED25519, "only.example", "a.example"),
};
static const struct tls_service service = { .certificates = many,
	.ncertificates = COUNT(many) };

static const gnutls_pk_algorithm_t ecdsa[] = { GNUTLS_PK_ECDSA },
				   rsa[] = { GNUTLS_PK_RSA },
				   both[] = { GNUTLS_PK_ECDSA, GNUTLS_PK_RSA };

START_TEST(the_certificate_is_that_of_the_name)
{
	static const struct {
		const char *name;
		const gnutls_pk_algorithm_t *algorithms;
		int n, want; /* -1: none */
	} cases[] = {
		{ NULL, NULL, 0, 0 },
		{ "", both, 2, 0 },
		{ NULL, ecdsa, 1, 1 },
		{ "unknown.example", rsa, 1, 0 },
		{ "unknown.example", ecdsa, 1, 1 },
		{ "a.example", both, 2, 0 },
		{ "A.Example", ecdsa, 1, 1 },
		{ "b.example", both, 2, 2 },
		{ "b.example", rsa, 1, -1 },
		{ "y.c.example", both, 2, 2 },
		{ "Y.C.EXAMPLE", NULL, 0, 2 },
		/* the exact name comes first, and one label is covered */
		{ "x.c.example", both, 2, 3 },
		{ "x.y.c.example", both, 2, 0 },
		{ "c.example", both, 2, 0 },
		{ ".c.example", both, 2, 0 },
		/* not a certificate of other names in place of the default */
		{ "only.example", rsa, 1, -1 },
		{ "*.c.example", both, 2, 2 },
	};
	const struct tls_certificate *c;
	size_t i;
	int got;

	for (i = 0; i < COUNT(cases); i++) {
		c = tls_service_choose(
		    &service, cases[i].name, cases[i].algorithms, cases[i].n);
		got = c == NULL ? -1 : (int)(c - many);
		ck_assert_msg(got == cases[i].want, "%s: %d, not %d",
		    cases[i].name, got, cases[i].want);
	}
}
END_TEST

/* --- tls_certificate_load --- */

START_TEST(a_chain_is_loaded_with_its_names)
{
	struct pair ca = pair_make(&kinds[P256], NULL, LIST("cn=CA")),
		    leaf = pair_make(&kinds[RSA], &ca,
			LIST("cn=not.this", "Web.Example", "*.web.example"));
	struct tls_certificate c = { .key = 7 };

	pair_write(&leaf, "leaf");
	certificate_append(&ca, "leaf.crt");
	ck_assert_ptr_null(tls_certificate_load(&c, "leaf.crt"));
	ck_assert_uint_eq(c.nchain, 2);
	ck_assert_int_eq(c.algorithm, GNUTLS_PK_RSA);
	ck_assert_uint_eq(c.nnames, 2);
	ck_assert_str_eq(c.names[0], "web.example");
	ck_assert_str_eq(c.names[1], "*.web.example");
	ck_assert_uint_eq(c.key, 7);
	tls_certificate_free(&c);
	pair_write(&ca, "ca");
	ck_assert_ptr_null(tls_certificate_load(&c, "ca.crt"));
	ck_assert_uint_eq(c.nnames, 1);
	ck_assert_str_eq(c.names[0], "ca");
	tls_certificate_free(&c);
	pair_free(&leaf);
	pair_free(&ca);
}
END_TEST

START_TEST(a_file_that_cannot_be_used_is_refused)
{
	struct tls_certificate c = { .key = 0 };
	gnutls_privkey_t key;

	unit_write_file("text", "hello\n");
	unit_write_file("empty", "");
	unit_write_file("broken",
	    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
	ck_assert_str_eq(
	    tls_certificate_load(&c, "none"), "No such file or directory");
	ck_assert_str_eq(tls_certificate_load(&c, "."), "not a regular file");
	ck_assert_str_eq(
	    tls_certificate_load(&c, "text"), "no PEM certificate in it");
	ck_assert_str_eq(
	    tls_certificate_load(&c, "empty"), "no PEM certificate in it");
	ck_assert_ptr_nonnull(tls_certificate_load(&c, "broken"));
	ck_assert_str_eq(
	    tls_key_load(&key, "text"), "no PEM private key in it");
	pair_write_kind(&kinds[P256], "pair");
	ck_assert_str_eq(tls_certificate_load(&c, "pair.key"),
	    "contains a private key; keep it in the file of tls-key");
}
END_TEST

START_TEST(a_key_belongs_to_its_certificate)
{
	struct tls_certificate c = { .key = 0 };
	gnutls_privkey_t right, wrong;

	pair_write_kind(&kinds[P256], "a");
	pair_write_kind(&kinds[P256], "b");
	ck_assert_ptr_null(tls_certificate_load(&c, "a.crt"));
	ck_assert_ptr_null(tls_key_load(&right, "a.key"));
	ck_assert_ptr_null(tls_key_load(&wrong, "b.key"));
	ck_assert_ptr_null(tls_key_match(&c, right));
	ck_assert_str_eq(
	    tls_key_match(&c, wrong), "the key does not match the certificate");
	gnutls_privkey_deinit(right);
	gnutls_privkey_deinit(wrong);
	tls_certificate_free(&c);
}
END_TEST

/* --- tls_priority_make --- */

static gnutls_priority_t
priority(enum tls_minimum minimum, const char *text)
{
	gnutls_priority_t p;
	const char *why = tls_priority_make(&p, minimum, text);

	ck_assert_msg(why == NULL, "%s: %s", text != NULL ? text : "", why);
	return p;
}

static bool
has_version(gnutls_priority_t p, unsigned int version)
{
	const unsigned int *list;
	int n = gnutls_priority_protocol_list(p, &list);

	while (n-- > 0)
		if (list[n] == version)
			return true;
	return false;
}

static bool
has_key_exchange(gnutls_priority_t p, unsigned int exchange)
{
	const unsigned int *list;
	int n = gnutls_priority_kx_list(p, &list);

	while (n-- > 0)
		if (list[n] == exchange)
			return true;
	return false;
}

START_TEST(versions_are_those_of_tls_minimum)
{
	static const char *const texts[] = { NULL, "", "-GROUP-X448",
		"+VERS-ALL", "NORMAL", "LEGACY:+VERS-ALL:+RSA",
		"NORMAL:%SERVER_PRECEDENCE" };
	gnutls_priority_t p;
	size_t i;

	for (i = 0; i < COUNT(texts); i++) {
		p = priority(TLS_MINIMUM_1_3, texts[i]);
		ck_assert(has_version(p, GNUTLS_TLS1_3));
		ck_assert(!has_version(p, GNUTLS_TLS1_2));
		gnutls_priority_deinit(p);
		p = priority(TLS_MINIMUM_1_2, texts[i]);
		ck_assert(has_version(p, GNUTLS_TLS1_3));
		ck_assert(has_version(p, GNUTLS_TLS1_2));
		ck_assert(!has_version(p, GNUTLS_TLS1_1));
		ck_assert(!has_key_exchange(p, GNUTLS_KX_RSA));
		ck_assert(has_key_exchange(p, GNUTLS_KX_ECDHE_RSA));
		gnutls_priority_deinit(p);
	}
}
END_TEST

START_TEST(x25519_is_the_first_group)
{
	gnutls_priority_t p = priority(TLS_MINIMUM_1_3, NULL);
	const unsigned int *list;

	ck_assert_int_gt(gnutls_priority_group_list(p, &list), 1);
	ck_assert_uint_eq(list[0], GNUTLS_GROUP_X25519);
	gnutls_priority_deinit(p);
	p = priority(TLS_MINIMUM_1_3, "-GROUP-ALL:+GROUP-SECP384R1");
	ck_assert_int_eq(gnutls_priority_group_list(p, &list), 1);
	ck_assert_uint_eq(list[0], GNUTLS_GROUP_SECP384R1);
	gnutls_priority_deinit(p);
}
END_TEST

START_TEST(a_wrong_priority_is_refused)
{
	gnutls_priority_t p;

	ck_assert_ptr_nonnull(tls_priority_make(&p, TLS_MINIMUM_1_3, "NRMAL"));
	ck_assert_ptr_nonnull(
	    tls_priority_make(&p, TLS_MINIMUM_1_3, "+NOTHING"));
}
END_TEST

/* --- tls_services_load --- */

static struct config config;

static const char *const pair_crt[] = { "pair.crt", NULL },
			 *const pair_key[] = { "pair.key", NULL };

static struct service
tls_service(void)
{
	return (struct service) { .name = "web",
		.file = "test.conf",
		.line = 3,
		.tls = true,
		.tls_certificate = pair_crt,
		.tls_key = pair_key };
}

static struct tls_service *
load_one(const struct service *s)
{
	config = (struct config) { .services = s, .nservices = 1 };
	return tls_services_load(&config);
}

START_TEST(services_are_loaded_at_their_index)
{
	static char busy[] = "busy\n";
	struct service s[4] = { { .name = "plain" }, tls_service(),
		tls_service(), tls_service() };
	struct tls_service *all;

	pair_write_kind(&kinds[P256], "pair");
	s[1].tls_alpn = LIST("h2", "http/1.1");
	s[1].busy = busy;
	s[1].busy_len = 5;
	s[1].tls_minimum = TLS_MINIMUM_1_2;
	s[1].tls_client = TLS_CLIENT_REQUIRED;
	s[1].tls_client_ca = LIST("pair.crt");
	s[2].disable = true;
	s[3].missing = "no such user";
	s[3].tls_certificate = LIST("none");
	config = (struct config) { .services = s, .nservices = 4 };
	all = tls_services_load(&config);
	ck_assert_ptr_nonnull(all);
	ck_assert_ptr_null(all[0].name);
	ck_assert_str_eq(all[1].name, "web");
	ck_assert_ptr_null(all[2].name);
	ck_assert_ptr_null(all[3].name);
	ck_assert_uint_eq(all[1].ncertificates, 1);
	ck_assert_uint_eq(all[1].nalpn, 2);
	ck_assert_uint_eq(all[1].alpn[1].size, 8);
	ck_assert_uint_eq(all[1].busy_len, 5);
	ck_assert_ptr_ne(all[1].busy, busy);
	ck_assert_int_eq(all[1].minimum, TLS_MINIMUM_1_2);
	ck_assert_int_eq(all[1].client, TLS_CLIENT_REQUIRED);
	ck_assert_ptr_nonnull(all[1].authorities);
	tls_services_free(all, 4);
}
END_TEST

/* A CRL of BY for so many seconds, to the file PATH. */
static void
write_crl(const struct pair *by, const char *path, long seconds)
{
	time_t now = time(NULL);
	gnutls_x509_crl_t crl;
	gnutls_datum_t pem;

	ck_assert_int_ge(gnutls_x509_crl_init(&crl), 0);
	ck_assert_int_ge(gnutls_x509_crl_set_version(crl, 2), 0);
	ck_assert_int_ge(gnutls_x509_crl_set_number(crl, "\1", 1), 0);
	ck_assert_int_ge(gnutls_x509_crl_set_this_update(crl, now - 7200), 0);
	ck_assert_int_ge(
	    gnutls_x509_crl_set_next_update(crl, now + seconds), 0);
	ck_assert_int_ge(
	    gnutls_x509_crl_sign2(crl, by->crt, by->key, GNUTLS_DIG_SHA256, 0),
	    0);
	ck_assert_int_ge(
	    gnutls_x509_crl_export2(crl, GNUTLS_X509_FMT_PEM, &pem), 0);
	unit_write_file(path, (const char *)pem.data);
	gnutls_free(pem.data);
	gnutls_x509_crl_deinit(crl);
}

static const struct {
	const char *const *certificate, *const *ca, *const *crl, *const *alpn;
	const char *priority, *want;
} unusable[] = {
	{ LIST("pair.crt", "none"), NULL, NULL, NULL, NULL,
	    "tls-certificate \"none\": No such file or directory\n" },
	{ LIST("pair.crt"), LIST("pair.crt", "text"), NULL, NULL, NULL,
	    "tls-client-ca \"text\": no certificate (PEM) in it\n" },
	{ LIST("pair.crt"), LIST("pair.crt"), LIST("text"), NULL, NULL,
	    "tls-client-crl \"text\": no list of revoked certificates "
	    "(PEM) in it\n" },
	{ LIST("pair.crt"), LIST("pair.crt"), LIST("other.crl"), NULL, NULL,
	    "tls-client-crl \"other.crl\": it is not signed by a CA of "
	    "tls-client-ca\n" },
	{ LIST("pair.crt"), NULL, NULL,
	    LIST("1", "2", "3", "4", "5", "6", "7", "8", "9"), NULL,
	    "tls-alpn \"9\": more than 8 protocols\n" },
	{ LIST("pair.crt"), NULL, NULL, NULL, "NRMAL",
	    "tls-priority \"NRMAL\": The request is invalid.\n" },
};

START_TEST(what_cannot_be_used_is_logged_with_its_line)
{
	struct pair ca = pair_make(&kinds[P256], NULL, LIST("cn=CA"));
	struct service s;
	char want[256];
	size_t i;

	log_to_file();
	unit_write_file("text", "hello\n");
	pair_write_kind(&kinds[P256], "pair");
	write_crl(&ca, "other.crl", 3600);
	for (i = 0; i < COUNT(unusable); i++) {
		s = tls_service();
		s.tls_certificate = unusable[i].certificate;
		s.tls_client_ca = unusable[i].ca;
		s.tls_client_crl = unusable[i].crl;
		s.tls_alpn = unusable[i].alpn;
		s.tls_priority = unusable[i].priority;
		ck_assert_ptr_null(load_one(&s));
		snprintf(want, sizeof(want),
		    "test: test.conf:3: web: cannot use %s", unusable[i].want);
		ck_assert_str_eq(logged(), want);
	}
	pair_free(&ca);
}
END_TEST

START_TEST(a_crl_of_the_ca_is_loaded)
{
	struct pair ca = pair_make(&kinds[P256], NULL, LIST("cn=CA"));
	struct service s = tls_service();
	struct tls_service *all;

	log_to_file();
	pair_write(&ca, "pair");
	write_crl(&ca, "ca.crl", 3600);
	s.tls_client_ca = LIST("pair.crt");
	s.tls_client_crl = LIST("ca.crl");
	all = load_one(&s);
	ck_assert_str_eq(logged(), "");
	ck_assert_ptr_nonnull(all);
	tls_services_free(all, 1);
	pair_free(&ca);
}
END_TEST

/* It revokes still, but those that it does not mention are not accepted. */
START_TEST(an_old_crl_is_loaded_and_not_current)
{
	struct pair ca = pair_make(&kinds[P256], NULL, LIST("cn=CA")),
		    other = pair_make(&kinds[P256], NULL, LIST("cn=other")),
		    client = pair_make(&kinds[P256], &ca, LIST("cn=client")),
		    foreign = pair_make(&kinds[P256], &other, LIST("cn=x"));
	struct service s = tls_service();
	struct tls_service *all;
	time_t now = time(NULL);

	pair_write(&ca, "pair");
	certificate_append(&other, "ca");
	certificate_append(&ca, "ca");
	write_crl(&ca, "ca.crl", -3600);
	s.tls_client_ca = LIST("ca");
	s.tls_client_crl = LIST("ca.crl");
	ck_assert_ptr_nonnull(all = load_one(&s));
	ck_assert(!tls_crls_are_current(&all->crls, &client.crt, 1, now));
	ck_assert(tls_crls_are_current(&all->crls, &client.crt, 1, now - 3700));
	ck_assert(tls_crls_are_current(&all->crls, &foreign.crt, 1, now));
	tls_services_free(all, 1);
	pair_free(&client);
	pair_free(&foreign);
	pair_free(&other);
	pair_free(&ca);
}
END_TEST

START_TEST(a_missing_directory_of_identities_ends_no_service)
{
	struct service s = tls_service();
	struct tls_service *all;

	log_to_file();
	pair_write_kind(&kinds[P256], "pair");
	s.identities = LIST("none/file", "file");
	ck_assert_ptr_nonnull(all = load_one(&s));
	ck_assert_str_eq(logged(),
	    "test: cannot open the directory none/ of \"identities\": "
	    "No such file or "
	    "directory\n");
	ck_assert_uint_eq(all->nidentities, 2);
	ck_assert_int_eq(all->identities[0].directory, -1);
	ck_assert_int_ge(all->identities[1].directory, 0);
	ck_assert_str_eq(all->identities[1].name, "file");
	tls_services_free(all, 1);
	s.identities = LIST("1", "2", "3", "4", "5", "6", "7", "8", "9");
	ck_assert_ptr_null(load_one(&s));
	ck_assert_str_eq(logged(),
	    "test: test.conf:3: web: cannot use identities \"9\": more than 8 "
	    "files\n");
}
END_TEST

/* --- pins --- */

/* What "haild-tls --pin PATH" prints. */
static const char *
pin_of(const char *path)
{
	static char text[128];
	FILE *f;
	size_t n;

	ck_assert_ptr_nonnull(freopen("pin", "w", stdout));
	ck_assert_int_eq(tls_pin_file(path), 0);
	ck_assert_ptr_nonnull(f = fopen("pin", "r"));
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

START_TEST(certificate_and_key_have_the_same_pin)
{
	char first[128];
	size_t i;

	for (i = 0; i < NKINDS; i++) {
		pair_write_kind(&kinds[i], "pair");
		strlcpy(first, pin_of("pair.crt"), sizeof(first));
		ck_assert_uint_eq(strlen(first), IDENTITY_PIN_SIZE);
		ck_assert_int_eq(strncmp(first, "sha256:", 7), 0);
		ck_assert_str_eq(pin_of("pair.key"), first);
	}
	unit_write_file("text", "hello\n");
	log_to_file();
	ck_assert_int_eq(tls_pin_file("text"), EX_NOINPUT);
	ck_assert_str_eq(logged(),
	    "haild-tls: cannot read text: neither a certificate nor a key in "
	    "PEM\n");
}
END_TEST

static void
add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, unit_enter_dir, unit_leave_dir);
	tcase_add_test(tc, the_certificate_is_that_of_the_name);
	tcase_add_test(tc, a_chain_is_loaded_with_its_names);
	tcase_add_test(tc, a_file_that_cannot_be_used_is_refused);
	tcase_add_test(tc, a_key_belongs_to_its_certificate);
	tcase_add_test(tc, versions_are_those_of_tls_minimum);
	tcase_add_test(tc, x25519_is_the_first_group);
	tcase_add_test(tc, a_wrong_priority_is_refused);
	tcase_add_test(tc, services_are_loaded_at_their_index);
	tcase_add_test(tc, what_cannot_be_used_is_logged_with_its_line);
	tcase_add_test(tc, a_crl_of_the_ca_is_loaded);
	tcase_add_test(tc, an_old_crl_is_loaded_and_not_current);
	tcase_add_test(tc, a_missing_directory_of_identities_ends_no_service);
	tcase_add_test(tc, certificate_and_key_have_the_same_pin);
}

int
main(void)
{
	return unit_run("tls/service", add_tests);
}
