/*
 * check_make.c -- the files that "haild-tls --make-key" makes.
 */

#include "tests/unit/unit.h"

#include <sys/stat.h>

#include <gnutls/gnutls.h>

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "tls/make.h"

#define make(...)                      \
	tls_make_run((char *const[]) { \
	    (char[]) { "key" }, (char[]) { "cert" }, __VA_ARGS__ NULL })

static gnutls_x509_crt_t
load(const char *path)
{
	gnutls_x509_crt_t certificate;
	gnutls_datum_t text;

	ck_assert_int_eq(gnutls_load_file(path, &text), 0);
	ck_assert_int_eq(gnutls_x509_crt_init(&certificate), 0);
	ck_assert_int_eq(
	    gnutls_x509_crt_import(certificate, &text, GNUTLS_X509_FMT_PEM), 0);
	gnutls_free(text.data);
	return certificate;
}

static void
get_pin(const char *path, unsigned char pin[32])
{
	gnutls_x509_crt_t certificate = load(path);
	size_t size = 32;

	ck_assert_int_eq(gnutls_x509_crt_get_key_id(
			     certificate, GNUTLS_KEYID_USE_SHA256, pin, &size),
	    0);
	gnutls_x509_crt_deinit(certificate);
}

static mode_t
mode_of(const char *path)
{
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	return st.st_mode;
}

/* Whether GnuTLS accepts the certificate and its key for a server. */
START_TEST(a_pair_can_be_used)
{
	gnutls_certificate_credentials_t credentials;
	gnutls_x509_crt_t certificate;
	char purpose[64];
	size_t size = sizeof(purpose);
	time_t now = time(NULL);

	umask(0);
	ck_assert_int_eq(
	    make((char[]) { "one.example.org" }, (char[]) { "ONE.example.org" },
		(char[]) { "192.0.2.1" }, (char[]) { "::1" }, ),
	    EX_OK);
	ck_assert_uint_eq(mode_of("key"), S_IFREG | 0600);
	ck_assert_uint_eq(mode_of("cert"), S_IFREG | 0644);
	ck_assert_int_eq(
	    gnutls_certificate_allocate_credentials(&credentials), 0);
	ck_assert_int_eq(gnutls_certificate_set_x509_key_file(
			     credentials, "cert", "key", GNUTLS_X509_FMT_PEM),
	    0);
	gnutls_certificate_free_credentials(credentials);
	certificate = load("cert");
	ck_assert(
	    gnutls_x509_crt_check_hostname(certificate, "one.example.org"));
	ck_assert(gnutls_x509_crt_check_hostname(certificate, "192.0.2.1"));
	ck_assert(gnutls_x509_crt_check_hostname(certificate, "::1"));
	ck_assert(
	    !gnutls_x509_crt_check_hostname(certificate, "two.example.org"));
	ck_assert_int_eq(gnutls_x509_crt_get_key_purpose_oid(
			     certificate, 0, purpose, &size, NULL),
	    0);
	ck_assert_str_eq(purpose, GNUTLS_KP_TLS_WWW_SERVER);
	ck_assert_int_eq(gnutls_x509_crt_get_ca_status(certificate, NULL), 0);
	ck_assert_int_lt(gnutls_x509_crt_get_activation_time(certificate), now);
	ck_assert_int_gt(gnutls_x509_crt_get_expiration_time(certificate),
	    now + 3600 * 24 * 3640L);
	gnutls_x509_crt_deinit(certificate);
}
END_TEST

START_TEST(without_names_it_is_for_this_host)
{
	gnutls_x509_crt_t certificate;
	char host[256];

	ck_assert_int_eq(make(), EX_OK);
	certificate = load("cert");
	ck_assert_int_eq(gethostname(host, sizeof(host)), 0);
	ck_assert(gnutls_x509_crt_check_hostname(certificate, host));
	ck_assert(gnutls_x509_crt_check_hostname(certificate, "localhost"));
	gnutls_x509_crt_deinit(certificate);
}
END_TEST

START_TEST(no_file_is_replaced)
{
	char text[16] = "";
	FILE *file;

	unit_write_file("cert", "precious");
	ck_assert_int_eq(make(), EX_CANTCREAT);
	ck_assert_int_eq(access("key", F_OK), -1);
	file = fopen("cert", "r");
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), file));
	fclose(file);
	ck_assert_str_eq(text, "precious");
	ck_assert_int_eq(unlink("cert"), 0);
	ck_assert_int_eq(symlink("nothing", "cert"), 0);
	ck_assert_int_eq(make(), EX_CANTCREAT);
	ck_assert_int_eq(access("nothing", F_OK), -1);
}
END_TEST

START_TEST(a_key_that_exists_gets_a_new_certificate)
{
	unsigned char before[32], after[32];

	ck_assert_int_eq(make(), EX_OK);
	get_pin("cert", before);
	ck_assert_int_eq(rename("cert", "old"), 0);
	ck_assert_int_eq(make((char[]) { "new.example.org" }, ), EX_OK);
	get_pin("cert", after);
	ck_assert_int_eq(memcmp(before, after, sizeof(before)), 0);
	ck_assert_int_eq(unlink("cert"), 0);
	unit_write_file("key", "nonsense");
	ck_assert_int_eq(make(), EX_CANTCREAT);
	ck_assert_int_eq(access("cert", F_OK), -1);
}
END_TEST

START_TEST(a_client_has_its_own_purpose)
{
	const char *const names[] = { "web1", NULL };
	gnutls_x509_crt_t certificate;
	gnutls_x509_privkey_t key;
	char purpose[64];
	size_t size = sizeof(purpose);

	ck_assert_int_eq(tls_make_key(&key), 0);
	ck_assert_int_eq(
	    tls_make_certificate(&certificate, key, names, true), 0);
	ck_assert_int_eq(gnutls_x509_crt_get_key_purpose_oid(
			     certificate, 0, purpose, &size, NULL),
	    0);
	ck_assert_str_eq(purpose, GNUTLS_KP_TLS_WWW_CLIENT);
	gnutls_x509_crt_deinit(certificate);
	gnutls_x509_privkey_deinit(key);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, unit_enter_dir, unit_leave_dir);
	tcase_add_test(tc, a_pair_can_be_used);
	tcase_add_test(tc, without_names_it_is_for_this_host);
	tcase_add_test(tc, no_file_is_replaced);
	tcase_add_test(tc, a_key_that_exists_gets_a_new_certificate);
	tcase_add_test(tc, a_client_has_its_own_purpose);
}

int
main(void)
{
	return unit_run("make", add);
}
