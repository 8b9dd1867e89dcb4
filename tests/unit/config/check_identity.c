/*
 * check_identity.c -- names of clients, patterns, and files of identities.
 */

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/identity.h"

#define PIN_A "sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define PIN_B "sha256:+/b9zBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB0="
#define LABEL_63 \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HOST_253 LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_61
#define LABEL_61 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

/* --- names --- */

static const char *
made(enum identity_kind kind, const char *text)
{
	static char name[IDENTITY_SIZE];
	bool fine = identity_make(name, kind, text, strlen(text));

	/* A name that was made is valid; a refused name is empty. */
	ck_assert_msg(
	    fine ? identity_is_valid(name) : name[0] == '\0', "%s", text);
	return fine ? name : NULL;
}

static void
refused(enum identity_kind kind, const char *const *texts)
{
	for (; *texts != NULL; texts++)
		ck_assert_msg(made(kind, *texts) == NULL, "%s", *texts);
}

START_TEST(dns_names)
{
	static const char *const bad[] = { "", ".", "example.org.", ".org",
		"a..b", "*.example.org", "*", "a b", "a\tb", "a\n", "a/b",
		"a:b", "a@b", "uri:a", "-a", "a-", "a.-b", "caf\xc3\xa9.org",
		LABEL_63 "a", HOST_253 "c", "a,b", "a=b", "a\"b", NULL };

	ck_assert_str_eq(
	    made(IDENTITY_DNS, "Web1.Example.ORG"), "web1.example.org");
	ck_assert_str_eq(made(IDENTITY_DNS, "a"), "a");
	ck_assert_str_eq(made(IDENTITY_DNS, "_x._tcp.a-b"), "_x._tcp.a-b");
	ck_assert_str_eq(
	    made(IDENTITY_DNS, "xn--caf-dma.org"), "xn--caf-dma.org");
	ck_assert_str_eq(made(IDENTITY_DNS, LABEL_63), LABEL_63);
	ck_assert_str_eq(made(IDENTITY_DNS, HOST_253), HOST_253);
	refused(IDENTITY_DNS, bad);
}
END_TEST

START_TEST(uris)
{
	static const char *const bad[] = { "", "a", "spiffe:", ":x", "1a:x",
		"spiffe://a b", "spiffe://a/*", "x:\"", "x:<a>", "x:\x7f",
		"x:\xc3\xa9", "x:a\\b", "x:%", "x:%1", "x:%1g", "x:^", "x:|",
		"//a/b", NULL };

	ck_assert_str_eq(made(IDENTITY_URI, "spiffe://example.org/ns/Web"),
	    "uri:spiffe://example.org/ns/Web");
	ck_assert_str_eq(
	    made(IDENTITY_URI, "urn:uuid:1%2F2"), "uri:urn:uuid:1%2F2");
	ck_assert_str_eq(made(IDENTITY_URI, "https://[::1]:80/?a=b#c"),
	    "uri:https://[::1]:80/?a=b#c");
	refused(IDENTITY_URI, bad);
}
END_TEST

START_TEST(email_addresses)
{
	static const char *const bad[] = { "", "ops", "@example.org", "ops@",
		"a@b@c", "\"a b\"@c", "a b@c", "*@example.org", "a@*.org",
		"a@b.", "`id`@b", "$x@b", "~x@b", "-x@b", "a;b@c", "uri:a@b",
		"a@caf\xc3\xa9", NULL };

	ck_assert_str_eq(made(IDENTITY_EMAIL, "Ops.Team+x@Example.ORG"),
	    "Ops.Team+x@example.org");
	refused(IDENTITY_EMAIL, bad);
}
END_TEST

START_TEST(common_names)
{
	static const char *const bad[] = { "John Smith", "CN=web1", "a@b",
		"uri:spiffe://a/b", "", NULL };

	ck_assert_str_eq(made(IDENTITY_COMMON_NAME, "Web1"), "web1");
	ck_assert_str_eq(made(IDENTITY_COMMON_NAME, "jsmith"), "jsmith");
	refused(IDENTITY_COMMON_NAME, bad);
}
END_TEST

/* A careless CA could issue "web1.example.org\0.evil.org". */
START_TEST(a_nul_ends_no_name)
{
	char name[IDENTITY_SIZE];

	ck_assert(!identity_make(name, IDENTITY_DNS, "web1\0.evil", 10));
	ck_assert(!identity_make(name, IDENTITY_DNS, "web1", 5));
	ck_assert(!identity_make(name, IDENTITY_URI, "a:b\0", 4));
	ck_assert(!identity_make(name, IDENTITY_EMAIL, "a@b\0c", 5));
	/* LEN alone ends it */
	ck_assert(identity_make(name, IDENTITY_DNS, "web1.evil", 4));
	ck_assert_str_eq(name, "web1");
}
END_TEST

START_TEST(long_names)
{
	char text[1024], name[IDENTITY_SIZE];
	size_t len;

	memset(text, 'a', sizeof(text));
	memcpy(text, "x:", 2);
	/* "uri:" and the NUL have their room. */
	for (len = 240; len < sizeof(text); len++)
		ck_assert(identity_make(name, IDENTITY_URI, text, len) ==
		    (len + strlen("uri:") < IDENTITY_SIZE));
}
END_TEST

START_TEST(valid_names)
{
	static const char *const yes[] = { "web1", "web1.example.org",
		"uri:spiffe://a/b", "Ops@example.org", NULL };
	static const char *const no[] = { "", "*", "*.a", "a b", "Web1",
		"uri:", "uri:x", "URI:a:b", "ops@Example.org", "a\n", "a@",
		"a@b@c", "-a", "sha256:x", "a/b", NULL };
	char longest[IDENTITY_SIZE + 1];
	size_t i;

	for (i = 0; yes[i] != NULL; i++)
		ck_assert_msg(identity_is_valid(yes[i]), "%s", yes[i]);
	for (i = 0; no[i] != NULL; i++)
		ck_assert_msg(!identity_is_valid(no[i]), "%s", no[i]);
	memset(longest, 'a', sizeof(longest));
	memcpy(longest, "uri:a:", 6);
	longest[IDENTITY_SIZE] = '\0';
	ck_assert(!identity_is_valid(longest));
	longest[IDENTITY_SIZE - 1] = '\0';
	ck_assert(identity_is_valid(longest));
}
END_TEST

/* --- patterns --- */

static const struct {
	const char *pattern, *yes[6], *no[16];
} patterns[] = {
	{ "web1.example.org", { "web1.example.org" },
	    { "web1.example.orgx", "xweb1.example.org", "web1", "uri:a:b",
		"web1.example.org@a" } },
	{ "WEB1.Example.org", { "web1.example.org" }, { "web2.example.org" } },
	{ "*.Example.org", { "web1.example.org", "_.example.org" },
	    { "example.org", "a.b.example.org", ".example.org",
		"a@b.example.org", "uri:x:a.example.org", "a.example.orgx",
		"a.xexample.org" } },
	{ "ops@Example.org", { "ops@example.org" },
	    { "Ops@example.org", "ops@sub.example.org", "ops", "example.org",
		"ops@example.or", "xops@example.org" } },
	{ "*@example.org", { "ops@example.org", "Dev@example.org" },
	    { "ops@sub.example.org", "example.org", "ops@example.org.uk",
		"uri:mailto:a@example.org" } },
	{ "uri:spiffe://a/b", { "uri:spiffe://a/b" },
	    { "uri:spiffe://a/B", "uri:spiffe://A/b", "uri:spiffe://a/b/",
		"uri:spiffe://a", "spiffe", "uri:spiffe://a/bc" } },
	{ "uri:spiffe://a/*", { "uri:spiffe://a/b", "uri:spiffe://a/b%2Fc" },
	    { "uri:spiffe://a/", "uri:spiffe://a", "uri:spiffe://a/b/c",
		"uri:spiffe://a/b/", "uri:spiffe://a/.", "uri:spiffe://a/..",
		"uri:spiffe://a/.%2e", "uri:spiffe://a/b%2Ec",
		"uri:spiffe://a/b?c", "uri:spiffe://a/b#c", "uri:spiffe://b/b",
		"a", "uri:https://a/b" } },
	{ "uri:spiffe://a/*/x/*",
	    { "uri:spiffe://a/b/x/c", "uri:spiffe://a/.../x/.a" },
	    { "uri:spiffe://a/b/y/c", "uri:spiffe://a/b/x",
		"uri:spiffe://a/b/x/c/d", "uri:spiffe://a/b/c/x/d",
		"uri:spiffe://a//x/c" } },
	{ "uri:urn:x/*", { "uri:urn:x/y" }, { "uri:urn:x", "uri:urn:y/y" } },
	{ "*", { "web1", "a@b", "uri:a:b" }, { NULL } },
};

START_TEST(patterns_match)
{
	size_t i, j;

	for (i = 0; i < COUNT(patterns); i++) {
		const char *pattern = patterns[i].pattern;

		ck_assert_msg(
		    identity_pattern_error(pattern) == NULL, "%s", pattern);
		for (j = 0; patterns[i].yes[j] != NULL; j++)
			ck_assert_msg(
			    identity_matches(pattern, patterns[i].yes[j]),
			    "%s %s", pattern, patterns[i].yes[j]);
		for (j = 0; patterns[i].no[j] != NULL; j++)
			ck_assert_msg(
			    !identity_matches(pattern, patterns[i].no[j]),
			    "%s %s", pattern, patterns[i].no[j]);
	}
}
END_TEST

START_TEST(wrong_patterns)
{
	static const char segment[] =
	    "has an asterisk that is not a whole segment";
	static const char label[] =
	    "has an asterisk that is not the whole first label";
	static const char before[] =
	    "has an asterisk before the path of its URI";
	static const char host[] =
	    "is not the name of a client, such as \"web1.example.org\"";
	static const char uri[] =
	    "is not \"uri:\" and a URI, such as \"uri:spiffe://a/b\"";
	static const struct {
		const char *pattern, *want;
	} cases[] = {
		{ "", "is empty" },
		{ "**", label },
		{ "a*.example.org", label },
		{ "*a.example.org", label },
		{ "*.*.example.org", label },
		{ "a.*.example.org", label },
		{ "*.", host },
		{ "a b", host },
		{ "example.org.", host },
		{ "spiffe://a/b", host },
		{ "URI:spiffe://a/b", host },
		{ PIN_A, host },
		{ "o*@example.org",
		    "has an asterisk that is not the whole mailbox" },
		{ "*@*.example.org",
		    "has an asterisk that is not the whole mailbox" },
		{ "*@", "is not an e-mail address" },
		{ "@example.org", "is not an e-mail address" },
		{ "uri:", uri },
		{ "uri:a", uri },
		{ "uri:a:b c", uri },
		{ "uri:*", segment },
		{ "uri:urn:*", segment },
		{ "uri:spiffe://a/b*", segment },
		{ "uri:spiffe://a/*b", segment },
		{ "uri:spiffe://a/**", segment },
		{ "uri:spiffe://*", before },
		{ "uri:spiffe://*/b", before },
		{ "uri:*://a/b", before },
	};
	char big[IDENTITY_SIZE + 1];
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		const char *error = identity_pattern_error(cases[i].pattern);

		ck_assert_msg(error != NULL, "%s", cases[i].pattern);
		ck_assert_str_eq(error, cases[i].want);
	}
	memset(big, 'a', sizeof(big));
	big[IDENTITY_SIZE] = '\0';
	ck_assert_str_eq(
	    identity_pattern_error(big), "is longer than any name of a client");
}
END_TEST

START_TEST(the_first_name_that_matches)
{
	static const char names[][IDENTITY_SIZE] = { "web1.example.org",
		"ops@example.org", "uri:spiffe://a/b" };
	static const char *const none[] = { NULL };
	static const char *const two[] = { "uri:spiffe://a/*", "*@example.org",
		NULL };
	static const char *const other[] = { "web2.example.org", NULL };
	static const char *const any[] = { "*", NULL };

	ck_assert_int_eq(identity_find(NULL, names, 3), 0);
	ck_assert_int_eq(identity_find(none, names, 3), 0);
	ck_assert_int_eq(identity_find(NULL, names, 0), -1);
	/* in the order of the names, not of the patterns */
	ck_assert_int_eq(identity_find(two, names, 3), 1);
	ck_assert_int_eq(identity_find(two, names, 1), -1);
	ck_assert_int_eq(identity_find(other, names, 3), -1);
	ck_assert_int_eq(identity_find(any, names, 3), 0);
	ck_assert_int_eq(identity_find(any, names, 0), -1);
}
END_TEST

/* --- lines --- */

START_TEST(pins)
{
	static const char *const bad[] = { "", "sha256:", PIN_A "=", "x" PIN_A,
		/* 43 and 45 characters, no "=", bits beyond 256 */
		"sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		"sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		"sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=",
		"sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA-A=",
		"SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", NULL };
	size_t i;

	ck_assert(identity_is_pin(PIN_A));
	ck_assert(identity_is_pin(PIN_B));
	ck_assert_uint_eq(sizeof(PIN_A), IDENTITY_PIN_SIZE);
	for (i = 0; bad[i] != NULL; i++)
		ck_assert_msg(!identity_is_pin(bad[i]), "%s", bad[i]);
}
END_TEST

static struct identity_line line;

/* What is wrong with TEXT; "fine", or "nothing" in it. */
static const char *
parsed_bytes(const char *text, size_t len)
{
	/* Valgrind and the sanitizer see what is read beyond it. */
	char *copy = malloc(len + (len == 0));
	const char *why = NULL;
	int result;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, len);
	result = identity_parse_line(&line, copy, len, &why);
	free(copy);
	ck_assert(result != -1 || why != NULL);
	return result == 1 ? "fine" : result == 0 ? "nothing" : why;
}

static const char *
parsed(const char *text)
{
	return parsed_bytes(text, strlen(text));
}

START_TEST(lines)
{
	ck_assert_str_eq(parsed("web1 " PIN_A), "fine");
	ck_assert_str_eq(line.name, "web1");
	ck_assert_str_eq(line.pin, PIN_A);
	ck_assert_int_eq(line.expires, 0);
	ck_assert_str_eq(
	    parsed(" \tWeb1.Example.org\t " PIN_B " \t \r"), "fine");
	ck_assert_str_eq(line.name, "web1.example.org");
	ck_assert_str_eq(line.pin, PIN_B);
	ck_assert_str_eq(parsed("Ops@Example.org " PIN_B), "fine");
	ck_assert_str_eq(line.name, "Ops@example.org");
	ck_assert_str_eq(parsed("uri:spiffe://a/B " PIN_B), "fine");
	ck_assert_str_eq(line.name, "uri:spiffe://a/B");
	ck_assert_str_eq(parsed(""), "nothing");
	ck_assert_str_eq(parsed(" \t"), "nothing");
	ck_assert_str_eq(parsed("\r"), "nothing");
	ck_assert_str_eq(parsed("# web1 " PIN_A), "nothing");
	ck_assert_str_eq(parsed(" #"), "nothing");
}
END_TEST

START_TEST(wrong_lines)
{
	static const char name[] = "not the name of a client";
	static const char pin[] =
	    "the pin is not \"sha256:\" and 44 characters of base64";
	static const char after[] = "only \"expires=DATE\" can follow the pin";
	char text[IDENTITY_LINE_MAX + 2];

	ck_assert_str_eq(parsed("web1"), "no pin after the name");
	ck_assert_str_eq(parsed("web1 "), "no pin after the name");
	ck_assert_str_eq(parsed("web1 sha256:abc"), pin);
	ck_assert_str_eq(parsed("web1 # " PIN_A), pin);
	ck_assert_str_eq(parsed("web1 expires=2027-01-31 " PIN_A), pin);
	ck_assert_str_eq(parsed("*.example.org " PIN_A), name);
	ck_assert_str_eq(parsed("we\rb1 " PIN_A), name);
	ck_assert_str_eq(parsed("w\xc3\xa9"
				"b1 " PIN_A),
	    name);
	ck_assert_str_eq(parsed(PIN_A), name);
	ck_assert_str_eq(parsed("\xef\xbb\xbfweb1 " PIN_A), name);
	ck_assert_str_eq(parsed("web1 " PIN_A "\r\r"), pin);
	ck_assert_str_eq(parsed("web1 " PIN_A " # comment"), after);
	ck_assert_str_eq(parsed("web1 " PIN_A " " PIN_B), after);
	ck_assert_str_eq(parsed("web1 " PIN_A " expires=2027-01-31 x"), after);
	ck_assert_str_eq(parsed("web1 " PIN_A " Expires=2027-01-31"), after);
	ck_assert_str_eq(
	    parsed_bytes("web1 " PIN_A "\0", sizeof("web1 " PIN_A)),
	    "a NUL byte");
	memset(text, 'a', sizeof(text));
	ck_assert_str_eq(
	    parsed_bytes(text, IDENTITY_LINE_MAX + 1), "longer than 512 bytes");
	ck_assert_str_eq(parsed_bytes(text, IDENTITY_LINE_MAX), name);
	text[0] = '#';
	ck_assert_str_eq(parsed_bytes(text, sizeof(text)), "nothing");
}
END_TEST

static int64_t
expires(const char *date)
{
	char text[256];

	snprintf(text, sizeof(text), "web1 " PIN_A " expires=%s", date);
	if (strcmp(parsed(text), "fine") == 0)
		return line.expires;
	ck_assert_str_eq(parsed(text),
	    "the date is not of the form 2027-01-31 or 2027-01-31T12:00Z");
	return -1;
}

/* What date -u -d DATE +%s says, and a day or a minute more. */
START_TEST(dates)
{
	static const char *const bad[] = { "", "2027", "2027-1-31",
		"2027-01-32", "2027-02-29", "2100-02-29", "2027-00-10",
		"2027-13-01", "2027-01-00", "2027-04-31", "1969-12-31",
		"27-01-31", "2027-01-31T", "2027-01-31T12:00",
		"2027-01-31T12:00:00Z", "2027-01-31T24:00Z",
		"2027-01-31T12:60Z", "2027-01-31T12:00z", "2027-01-31Z",
		"2027-01-31t12:00Z", "02027-01-31", "-2027-01-31",
		"2027-01-31T12:00+01", "20270131", "never", NULL };
	size_t i;

	ck_assert_int_eq(expires("1970-01-01"), 86400);
	ck_assert_int_eq(expires("1970-01-01T00:00Z"), 60);
	ck_assert_int_eq(expires("2027-01-31"), 1801353600 + 86400);
	ck_assert_int_eq(expires("2027-01-31T12:34Z"), 1801353600 + 45240 + 60);
	ck_assert_int_eq(expires("2028-02-29"), 1835395200 + 86400);
	ck_assert_int_eq(expires("2000-02-29"), 951782400 + 86400);
	ck_assert_int_eq(expires("2000-03-01"), 951868800 + 86400);
	ck_assert_int_eq(expires("2100-03-01"), 4107542400 + 86400);
	ck_assert_int_eq(expires("9999-12-31"), 253402214400 + 86400);
	for (i = 0; bad[i] != NULL; i++)
		ck_assert_msg(expires(bad[i]) == -1, "%s", bad[i]);
}
END_TEST

/* --- lookups --- */

static char found[IDENTITY_SIZE];

static enum identity_lookup
look_up(const char *text, const char *pin, int64_t now)
{
	size_t len = strlen(text);
	char *copy = malloc(len + (len == 0));
	enum identity_lookup result;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, len);
	found[0] = '\0';
	result = identity_look_up(copy, len, pin, now, found);
	ck_assert_int_eq(identity_look_up(copy, len, pin, now, NULL), result);
	ck_assert((found[0] != '\0') == (result == IDENTITY_FOUND));
	free(copy);
	return result;
}

START_TEST(lookups)
{
	static const char text[] = "# web0 " PIN_A
				   "\n"
				   "\n"
				   "web1 " PIN_B
				   "\r\n"
				   "web2 " PIN_A;

	ck_assert_int_eq(look_up(text, PIN_A, 0), IDENTITY_FOUND);
	ck_assert_str_eq(found, "web2");
	ck_assert_int_eq(look_up(text, PIN_B, 0), IDENTITY_FOUND);
	ck_assert_str_eq(found, "web1");
	ck_assert_int_eq(look_up("", PIN_A, 0), IDENTITY_UNKNOWN);
	ck_assert_int_eq(look_up("\n", PIN_A, 0), IDENTITY_UNKNOWN);
	ck_assert_int_eq(
	    look_up("web1 " PIN_B "\n", PIN_A, 0), IDENTITY_UNKNOWN);
	/* neither a part of a pin nor other text is one */
	ck_assert_int_eq(look_up(text, "", 0), IDENTITY_UNKNOWN);
	ck_assert_int_eq(look_up(text, "sha256:", 0), IDENTITY_UNKNOWN);
	ck_assert_int_eq(look_up(text, "web1", 0), IDENTITY_UNKNOWN);
}
END_TEST

START_TEST(wrong_lines_are_ignored)
{
	ck_assert_int_eq(look_up("x " PIN_A " y\nweb1 " PIN_A "\n", PIN_A, 0),
	    IDENTITY_FOUND);
	ck_assert_str_eq(found, "web1");
	ck_assert_int_eq(
	    look_up("x " PIN_A " y\n", PIN_A, 0), IDENTITY_UNKNOWN);
	ck_assert_int_eq(look_up("x" PIN_A, PIN_A, 0), IDENTITY_UNKNOWN);
	ck_assert_int_eq(look_up("a " PIN_A PIN_A, PIN_A, 0), IDENTITY_UNKNOWN);
	/* a pin in the place of another word */
	ck_assert_int_eq(
	    look_up("a " PIN_B " " PIN_A "\n", PIN_A, 0), IDENTITY_UNKNOWN);
}
END_TEST

START_TEST(the_first_line_that_is_not_expired_counts)
{
	static const char text[] = "web1 " PIN_A
				   " expires=1970-01-01\n"
				   "web2 " PIN_A
				   " expires=1970-01-01T12:00Z\n"
				   "web3 " PIN_B
				   "\n"
				   "web4 " PIN_A
				   " expires=1970-01-02\n"
				   "web5 " PIN_A " expires=1970-01-02\n";

	ck_assert_int_eq(look_up(text, PIN_A, 86399), IDENTITY_FOUND);
	ck_assert_str_eq(found, "web1");
	ck_assert_int_eq(look_up(text, PIN_A, 86400), IDENTITY_FOUND);
	ck_assert_str_eq(found, "web4");
	ck_assert_int_eq(look_up(text, PIN_A, 172799), IDENTITY_FOUND);
	ck_assert_int_eq(look_up(text, PIN_A, 172800), IDENTITY_EXPIRED);
	ck_assert_int_eq(look_up(text, PIN_B, 172800), IDENTITY_FOUND);
}
END_TEST

/* The last of ten thousand lines. */
START_TEST(many_lines)
{
	enum { LINES = 10000 };
	char *text = malloc((size_t)LINES * 80), *at = text;
	int i;

	ck_assert_ptr_nonnull(text);
	for (i = 0; i < LINES; i++)
		at += sprintf(at,
		    "host%d sha256:%05dAAAAAAAAAAAAAAAAAAAAAAAA"
		    "AAAAAAAAAAAAAA=\n",
		    i, i);
	ck_assert_int_eq(look_up(text,
			     "sha256:09999AAAAAAAAAAAAAAAAAAAAAAAA"
			     "AAAAAAAAAAAAAA=",
			     0),
	    IDENTITY_FOUND);
	ck_assert_str_eq(found, "host9999");
	ck_assert_int_eq(look_up(text, PIN_B, 0), IDENTITY_UNKNOWN);
	free(text);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, dns_names);
	tcase_add_test(tc, uris);
	tcase_add_test(tc, email_addresses);
	tcase_add_test(tc, common_names);
	tcase_add_test(tc, a_nul_ends_no_name);
	tcase_add_test(tc, long_names);
	tcase_add_test(tc, valid_names);
	tcase_add_test(tc, patterns_match);
	tcase_add_test(tc, wrong_patterns);
	tcase_add_test(tc, the_first_name_that_matches);
	tcase_add_test(tc, pins);
	tcase_add_test(tc, lines);
	tcase_add_test(tc, wrong_lines);
	tcase_add_test(tc, dates);
	tcase_add_test(tc, lookups);
	tcase_add_test(tc, wrong_lines_are_ignored);
	tcase_add_test(tc, the_first_line_that_is_not_expired_counts);
	tcase_add_test(tc, many_lines);
}

int
main(void)
{
	return unit_run("identity", add);
}
