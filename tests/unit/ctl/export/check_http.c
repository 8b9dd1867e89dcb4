/*
 * check_http.c -- requests are read as RFC 9112 says, and nothing else is.
 */

#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "ctl/export/http.h"

static struct http_request r;

static int
read_text(const char *text)
{
	return http_read(text, strlen(text), &r);
}

START_TEST(requests_are_read)
{
	ck_assert_int_eq(
	    read_text("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"), HTTP_OK);
	ck_assert_int_eq(r.method, HTTP_GET);
	ck_assert(http_path_is(&r, "/metrics"));
	ck_assert(!http_path_is(&r, "/metric"));
	ck_assert(!http_path_is(&r, "/metrics/"));
	ck_assert(!r.openmetrics);
	ck_assert_int_eq(
	    read_text("\r\nHEAD /a?b=c HTTP/1.0\n\nthe next"), HTTP_OK);
	ck_assert_int_eq(r.method, HTTP_HEAD);
	ck_assert(http_path_is(&r, "/a"));
	ck_assert_int_eq(read_text("GET http://h:1/x?y HTTP/1.1\r\n"
				   "hOST:\th\r\nX: \r\n\r\n"),
	    HTTP_OK);
	ck_assert(http_path_is(&r, "/x"));
	ck_assert_int_eq(read_text("OPTIONS * HTTP/1.0\r\n\r\n"), HTTP_OK);
	ck_assert_int_eq(r.method, HTTP_OPTIONS);
	ck_assert_int_eq(read_text("BREW / HTTP/1.0\r\n\r\n"), HTTP_OK);
	ck_assert_int_eq(r.method, HTTP_OTHER);
	/* Methods are case-sensitive. */
	ck_assert_int_eq(read_text("get / HTTP/1.0\r\n\r\n"), HTTP_OK);
	ck_assert_int_eq(r.method, HTTP_OTHER);
}
END_TEST

START_TEST(any_part_is_incomplete)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
	size_t i;

	for (i = 0; i < strlen(text); i++)
		ck_assert_int_eq(http_read(text, i, &r), HTTP_MORE);
	ck_assert_int_eq(http_read(text, i, &r), HTTP_OK);
}
END_TEST

static const struct {
	const char *text;
	int status;
} wrong[] = {
	{ "GET /\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET / HTTP/1.1\r\n\r\n", HTTP_BAD_REQUEST }, /* no Host */
	{ "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET / HTTP/1.0\r\nA\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET / HTTP/1.0\r\nA : b\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET / HTTP/1.0\r\n: b\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET / HTTP/1.0\r\nA: b\r\n c\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET / HTTP/1.0\r\nA: b\rc\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET / HTTP/1.0\r\nA: \x01\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET  / HTTP/1.0\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET / HTTP/1.0 \r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET x HTTP/1.0\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET http://x HTTP/1.0\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET / http/1.0\r\n\r\n", HTTP_BAD_REQUEST },
	{ "GET / HTTP/1.x\r\n\r\n", HTTP_BAD_REQUEST },
	{ "G\"T / HTTP/1.0\r\n\r\n", HTTP_BAD_REQUEST },
	{ " GET / HTTP/1.0\r\n\r\n", HTTP_BAD_REQUEST },
	{ "PRI * HTTP/2.0\r\n\r\n", HTTP_BAD_VERSION },
	{ "GET / HTTP/3.0\r\n\r\n", HTTP_BAD_VERSION },
	{ "\x16\x03\x01\x02", HTTP_BAD_REQUEST }, /* TLS, not complete */
};

START_TEST(wrong_requests_are_refused)
{
	ck_assert_int_eq(read_text(wrong[_i].text), wrong[_i].status);
}
END_TEST

START_TEST(a_head_has_a_limit)
{
	static const char begin[] = "GET / HTTP/1.0\r\nA: ";
	char text[HTTP_HEAD_MAX];

	memset(text, 'x', sizeof(text));
	memcpy(text, begin, strlen(begin));
	ck_assert_int_eq(http_read(text, HTTP_HEAD_MAX - 1, &r), HTTP_MORE);
	ck_assert_int_eq(http_read(text, HTTP_HEAD_MAX, &r), HTTP_TOO_LARGE);
	memcpy(text + HTTP_HEAD_MAX - 4, "\r\n\r\n", 4);
	ck_assert_int_eq(http_read(text, HTTP_HEAD_MAX, &r), HTTP_OK);
	memset(text, 'x', sizeof(text));
	ck_assert_int_eq(http_read(text, HTTP_HEAD_MAX, &r), HTTP_TOO_LARGE);
}
END_TEST

#define OM "application/openmetrics-text"

static const struct {
	const char *accept;
	bool openmetrics;
} accepts[] = {
	{ "", false },
	{ "*/*", false },
	{ "text/plain", false },
	{ OM, true },
	{ "Application/OpenMetrics-Text; VERSION=1.0.0", true },
	{ OM ";version=0.0.1", false },
	{ OM ";version=2.0.0,text/plain", false },
	{ OM ";version=1.0.0," OM
	     ";version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
	    true },
	{ OM ";q=0.4,text/plain;q=0.5", false },
	{ OM ";q=0.5,text/plain;q=0.5", true },
	{ OM ";q=0.4,text/*;q=0.5", false },
	{ OM ";q=0.4,*/*", false },
	{ OM ";q=0.4,text/plain;q=0.3,*/*", true },
	{ OM ";q=0", false },
	{ OM ";q=0.000", false },
	{ OM ";q=0.001", true },
	{ OM ";q=1.001", false },
	{ OM ";q=2", false },
	{ OM ";q=", false },
	{ OM ";q=0.1234", false },
	{ OM ";q=x", false },
	{ OM ";", true },
	{ ",,;;,=," OM, true },
	{ "x" OM, false },
};

START_TEST(accept_chooses_the_form)
{
	char text[512];

	snprintf(text, sizeof(text), "GET / HTTP/1.0\r\nAccept: %s\r\n\r\n",
	    accepts[_i].accept);
	ck_assert_int_eq(read_text(text), HTTP_OK);
	ck_assert_int_eq(r.openmetrics, accepts[_i].openmetrics);
}
END_TEST

START_TEST(fields_of_one_name_are_one_list)
{
	ck_assert_int_eq(read_text("GET / HTTP/1.0\r\nAccept: text/plain;q=0.1"
				   "\r\nACCEPT: " OM "\r\n\r\n"),
	    HTTP_OK);
	ck_assert(r.openmetrics);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, requests_are_read);
	tcase_add_test(tc, any_part_is_incomplete);
	tcase_add_loop_test(
	    tc, wrong_requests_are_refused, 0, (int)COUNT(wrong));
	tcase_add_test(tc, a_head_has_a_limit);
	tcase_add_loop_test(
	    tc, accept_chooses_the_form, 0, (int)COUNT(accepts));
	tcase_add_test(tc, fields_of_one_name_are_one_list);
}

int
main(void)
{
	return unit_run("http", add);
}
