/*
 * check_report.c -- what hail-tls says of an alert.
 */

#include "tests/unit/unit.h"

#include <gnutls/gnutls.h>

#include <string.h>

#include "tls/client/report.h"

START_TEST(each_alert_has_its_sentence)
{
	static const struct {
		int alert;
		enum hail_status status;
		const char *part;
	} cases[] = {
		{ 40, HAIL_TLS, "no TLS cipher in common" },
		{ 42, HAIL_REFUSED, "does not accept this client's" },
		{ 43, HAIL_REFUSED, "wrong type or purpose" },
		{ 44, HAIL_REFUSED, "is revoked" },
		{ 45, HAIL_REFUSED, "has expired" },
		{ 46, HAIL_REFUSED, "does not know this client's" },
		{ 48, HAIL_REFUSED, "does not know the CA" },
		{ 49, HAIL_REFUSED, "has no access" },
		{ 70, HAIL_TLS, "neither TLS 1.3 nor 1.2" },
		{ 71, HAIL_TLS, "stronger ciphers" },
		{ 80, HAIL_TLS, "internal_error" },
		{ 112, HAIL_TLS, "--server-name" },
		{ 116, HAIL_REFUSED, "requires a client certificate (-i" },
		{ 120, HAIL_TLS, "ALPN" },
	};
	char text[512];
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		ck_assert_int_eq(
		    client_alert_text(text, sizeof(text), cases[i].alert),
		    cases[i].status);
		ck_assert_msg(strstr(text, cases[i].part) != NULL,
		    "alert %d: %s", cases[i].alert, text);
		ck_assert_int_eq(cases[i].status == HAIL_REFUSED,
		    strncmp(text, "refused by the server: ", 23) == 0);
	}
}
END_TEST

START_TEST(any_other_alert_has_its_number)
{
	char text[512];

	ck_assert_int_eq(
	    client_alert_text(text, sizeof(text), GNUTLS_A_DECODE_ERROR),
	    HAIL_TLS);
	ck_assert_str_eq(
	    text, "the server ended TLS with alert 50: Decode error");
	ck_assert_int_eq(client_alert_text(text, sizeof(text), 255), HAIL_TLS);
	ck_assert_str_eq(text, "the server ended TLS with alert 255: unknown");
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, each_alert_has_its_sentence);
	tcase_add_test(tc, any_other_alert_has_its_number);
}

int
main(void)
{
	return unit_run("report", add);
}
