/*
 * check_arguments.c -- what hail tells hail-tls.
 */

#include "tests/unit/unit.h"

#include <string.h>

#include "tls/client/arguments.h"

#define PIN "sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static bool
parse(struct client_arguments *a, const char *line)
{
	static char copy[2048], *argv[40];
	char *rest = copy;
	int argc = 0;

	strlcpy(copy, line, sizeof(copy));
	while (rest != NULL && *rest != '\0' && argc < (int)COUNT(argv) - 1)
		argv[argc++] = strsep(&rest, " ");
	argv[argc] = NULL;
	return client_arguments_read(a, argv);
}

START_TEST(all_of_them)
{
	struct client_arguments a;

	ck_assert(parse(
	    &a, "name=web1 verify=pins pin=" PIN " pin=" PIN " identity=/x=y"));
	ck_assert_str_eq(a.name, "web1");
	ck_assert_int_eq(a.verify, CLIENT_VERIFY_PINS);
	ck_assert_uint_eq(a.npins, 2);
	ck_assert_str_eq(a.pins[1], PIN);
	ck_assert_int_eq(a.identity, CLIENT_IDENTITY_NEEDED);
	ck_assert_str_eq(a.identity_path, "/x=y");
	ck_assert(!a.show);
	ck_assert(parse(&a, "verify=ca ca=system default-identity=/x"));
	ck_assert_int_eq(a.verify, CLIENT_VERIFY_CA);
	ck_assert_str_eq(a.ca, "system");
	ck_assert_int_eq(a.identity, CLIENT_IDENTITY_DEFAULT);
	ck_assert(parse(&a, "verify=first new-identity=/x"));
	ck_assert_int_eq(a.verify, CLIENT_VERIFY_FIRST);
	ck_assert_int_eq(a.identity, CLIENT_IDENTITY_NEW);
	ck_assert(parse(&a, "verify=none show=yes"));
	ck_assert_int_eq(a.verify, CLIENT_VERIFY_NONE);
	ck_assert(a.show);
}
END_TEST

/* By pins, of which there are none. */
START_TEST(without_a_word_no_server_is_right)
{
	struct client_arguments a;

	ck_assert(parse(&a, "name=web1"));
	ck_assert_int_eq(a.verify, CLIENT_VERIFY_PINS);
	ck_assert_uint_eq(a.npins, 0);
	ck_assert_int_eq(a.identity, CLIENT_IDENTITY_NONE);
}
END_TEST

START_TEST(anything_else_is_wrong)
{
	static const char *const cases[] = {
		"x",
		"verify",
		"verify=",
		"verify=any",
		"verify=ca",
		"pin=x",
		"pin=" PIN "x",
		"show=no",
		"new=x",
	};
	struct client_arguments a;
	char line[2048] = "";
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		ck_assert_msg(!parse(&a, cases[i]), "%s", cases[i]);
	for (i = 0; i < CLIENT_PINS_MAX + 1; i++)
		strlcat(line, "pin=" PIN " ", sizeof(line));
	ck_assert(!parse(&a, line));
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, all_of_them);
	tcase_add_test(tc, without_a_word_no_server_is_right);
	tcase_add_test(tc, anything_else_is_wrong);
}

int
main(void)
{
	return unit_run("arguments", add);
}
