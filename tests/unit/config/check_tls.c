/*
 * check_tls.c -- the report of a relay, which may lie, about a TLS session.
 */

#include "tests/unit/unit.h"

#include <string.h>

#include "config/tls.h"

static struct tls_session session;

/* A valid report. */
static void
enter(void)
{
	memset(&session, 0, sizeof(session));
	ck_assert_int_eq(
	    addr_from_numeric(&session.local, "192.0.2.1", 443), 0);
	session.nnames = 2;
	strlcpy(session.names[0], "web1.example.org", IDENTITY_SIZE);
	strlcpy(session.names[1], "uri:spiffe://a/b", IDENTITY_SIZE);
	strlcpy(session.texts[TLS_PROTOCOL_NAME], "TLSv1.3", TLS_TEXT_MAX);
}

START_TEST(every_fault_has_its_words)
{
	int i, j;

	for (i = 0; i < TLS_NFAULTS; i++) {
		ck_assert_ptr_nonnull(tls_words((enum tls_fault)i));
		for (j = 0; j < i; j++)
			ck_assert_str_ne(tls_words((enum tls_fault)i),
			    tls_words((enum tls_fault)j));
	}
}
END_TEST

START_TEST(every_text_has_its_variable)
{
	int i, j;

	for (i = 0; i < TLS_NTEXTS; i++) {
		const char *name = tls_text_variable((enum tls_text)i);

		ck_assert_int_eq(strncmp(name, "SSL_", 4), 0);
		ck_assert_int_eq(name[strlen(name) - 1], '=');
		for (j = 0; j < i; j++)
			ck_assert_str_ne(
			    name, tls_text_variable((enum tls_text)j));
	}
}
END_TEST

START_TEST(what_is_right)
{
	ck_assert(tls_session_check(&session));
	session.nnames = 0;
	ck_assert(tls_session_check(&session));
	ck_assert_int_eq(
	    addr_from_numeric(&session.local, "2001:db8::1", 1), 0);
	ck_assert(tls_session_check(&session));
	ck_assert_int_eq(addr_from_path(&session.local, "/run/x"), 0);
	ck_assert(tls_session_check(&session));
	/* a Unix socket without a path */
	memset(&session.local, 0, sizeof(session.local));
	session.local.sa.sa_family = AF_UNIX;
	session.local.len = sizeof(sa_family_t);
	ck_assert(tls_session_check(&session));
}
END_TEST

START_TEST(wrong_addresses)
{
	struct addr fine = session.local;

	session.local.sa.sa_family = AF_UNSPEC;
	ck_assert(!tls_session_check(&session));
	session.local.sa.sa_family = AF_NETLINK;
	ck_assert(!tls_session_check(&session));
	session.local = fine;
	session.local.len++;
	ck_assert(!tls_session_check(&session));
	session.local.len = (socklen_t)-1;
	ck_assert(!tls_session_check(&session));
	session.local.len = 0;
	ck_assert(!tls_session_check(&session));
	session.local.sa.sa_family = AF_INET6;
	session.local.len = sizeof(session.local.in);
	ck_assert(!tls_session_check(&session));
	ck_assert_int_eq(addr_from_path(&session.local, "/run/x"), 0);
	session.local.len = 1;
	ck_assert(!tls_session_check(&session));
	session.local.len = sizeof(session.local.un) + 1;
	ck_assert(!tls_session_check(&session));
	ck_assert_int_eq(addr_from_path(&session.local, "/run/\nx"), 0);
	ck_assert(!tls_session_check(&session));
	/* no end */
	ck_assert_int_eq(addr_from_path(&session.local, "/run/x"), 0);
	memset(
	    session.local.un.sun_path, 'a', sizeof(session.local.un.sun_path));
	ck_assert(!tls_session_check(&session));
}
END_TEST

START_TEST(wrong_preambles)
{
	session.preamble = PROXY_LOCAL;
	ck_assert(tls_session_check(&session));
	session.preamble = PROXY_LOCAL + 1;
	ck_assert(!tls_session_check(&session));
	session.preamble = UINT32_MAX;
	ck_assert(!tls_session_check(&session));
}
END_TEST

START_TEST(wrong_names)
{
	session.nnames = IDENTITY_NAMES_MAX + 1;
	ck_assert(!tls_session_check(&session));
	session.nnames = UINT32_MAX;
	ck_assert(!tls_session_check(&session));
	session.nnames = 3; /* the third is empty */
	ck_assert(!tls_session_check(&session));
	strlcpy(session.names[2], "*", IDENTITY_SIZE);
	ck_assert(!tls_session_check(&session));
	strlcpy(session.names[2], "web 2", IDENTITY_SIZE);
	ck_assert(!tls_session_check(&session));
	strlcpy(session.names[2], "Web2", IDENTITY_SIZE);
	ck_assert(!tls_session_check(&session));
	memset(session.names[2], 'a', IDENTITY_SIZE);
	memcpy(session.names[2], "uri:a:", 6);
	ck_assert(!tls_session_check(&session));
	session.names[2][IDENTITY_SIZE - 1] = '\0';
	ck_assert(tls_session_check(&session));
	/* what is not counted is not read */
	session.nnames = 2;
	memset(session.names[2], '\n', IDENTITY_SIZE);
	ck_assert(tls_session_check(&session));
}
END_TEST

static const char *const good_texts[] = { "", "a", "~", "caf\xc3\xa9",
	"\xc2\xa0", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
	"\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", NULL };
/* Controls; C1 controls; overlong; surrogates; beyond U+10FFFF; cut. */
static const char *const bad_texts[] = { "\x1f", "\x7f", "a\n", "\x1b[0m",
	"\xc2\x80", "\xc2\x9f", "\x80", "\xbf", "\xc0\xaf", "\xc1\xbf",
	"\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
	"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xff",
	"\xfe", "\xc3", "\xe2\x82", "\xf0\x9f\x98",
	"\xc3"
	"a",
	"\xe2\x82"
	"a",
	"\xe2"
	"a\x82",
	NULL };

START_TEST(texts)
{
	char *last = session.texts[TLS_NTEXTS - 1];
	size_t i;

	for (i = 0; good_texts[i] != NULL; i++) {
		strlcpy(last, good_texts[i], TLS_TEXT_MAX);
		ck_assert_msg(tls_session_check(&session), "%zu", i);
	}
	for (i = 0; bad_texts[i] != NULL; i++) {
		strlcpy(last, bad_texts[i], TLS_TEXT_MAX);
		ck_assert_msg(!tls_session_check(&session), "%zu", i);
	}
	memset(last, 'a', TLS_TEXT_MAX);
	ck_assert(!tls_session_check(&session));
	last[TLS_TEXT_MAX - 1] = '\0';
	ck_assert(tls_session_check(&session));
	/* a character that its end cuts */
	last[TLS_TEXT_MAX - 2] = (char)0xc3;
	ck_assert(!tls_session_check(&session));
	/* after the end anything may be */
	last[1] = '\0';
	ck_assert(tls_session_check(&session));
}
END_TEST

static const char *
set(const void *value, size_t len)
{
	static char text[TLS_TEXT_MAX];

	memset(text, 0xff, sizeof(text));
	tls_text_set(text, value, len);
	strlcpy(session.texts[TLS_CLIENT_DN], text, TLS_TEXT_MAX);
	ck_assert_uint_lt(strlen(text), sizeof(text));
	ck_assert(tls_session_check(&session));
	return text;
}

START_TEST(texts_are_made_printable)
{
	char longer[TLS_TEXT_MAX + 8];
	size_t i;

	for (i = 0; good_texts[i] != NULL; i++)
		ck_assert_str_eq(
		    set(good_texts[i], strlen(good_texts[i])), good_texts[i]);
	for (i = 0; bad_texts[i] != NULL; i++)
		ck_assert_ptr_nonnull(
		    strchr(set(bad_texts[i], strlen(bad_texts[i])), '?'));
	ck_assert_str_eq(set("a\0b\nc\xc3", 6), "a?b?c?");
	ck_assert_str_eq(set(NULL, 0), "");
	memset(longer, 'a', sizeof(longer));
	ck_assert_uint_eq(
	    strlen(set(longer, sizeof(longer))), TLS_TEXT_MAX - 1);
	/* no character is cut in two */
	memcpy(longer + TLS_TEXT_MAX - 2, "\xc3\xa9", 2);
	ck_assert_uint_eq(
	    strlen(set(longer, sizeof(longer))), TLS_TEXT_MAX - 2);
}
END_TEST

START_TEST(the_name_by_which_a_client_is_known)
{
	ck_assert_ptr_null(tls_session_identity(NULL));
	ck_assert_str_eq(tls_session_identity(&session), "web1.example.org");
	session.identity = 1;
	ck_assert_str_eq(tls_session_identity(&session), "uri:spiffe://a/b");
	session.identity = 2;
	ck_assert_ptr_null(tls_session_identity(&session));
	session.identity = session.nnames = 0;
	ck_assert_ptr_null(tls_session_identity(&session));
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, NULL);
	tcase_add_test(tc, every_fault_has_its_words);
	tcase_add_test(tc, every_text_has_its_variable);
	tcase_add_test(tc, what_is_right);
	tcase_add_test(tc, wrong_addresses);
	tcase_add_test(tc, wrong_preambles);
	tcase_add_test(tc, wrong_names);
	tcase_add_test(tc, texts);
	tcase_add_test(tc, texts_are_made_printable);
	tcase_add_test(tc, the_name_by_which_a_client_is_known);
}

int
main(void)
{
	return unit_run("tls", add);
}
