/*
 * check_pin.c -- pins and tokens.
 */

#include "tests/unit/unit.h"

#include <string.h>

#include "hail/pin.h"

#define BASE43 "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"
#define ID "abcdEF_-"
#define SECRET "0123456789abcdefghijklmnopqrst-_"

START_TEST(pins)
{
	static const struct {
		const char *text;
		bool valid;
	} cases[] = {
		{ "sha256:" BASE43 "=", true },
		{ "sha256:+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+=", true },
		{ "sha256:" BASE43, false },
		{ "sha256:" BASE43 "==", false },
		{ "sha256:" BASE43 "x", false },
		{ "sha256:-bcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ=",
		    false },
		{ "SHA256:" BASE43 "=", false },
		{ BASE43 "=", false },
		{ "", false },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		ck_assert_msg(pin_is_valid(cases[i].text) == cases[i].valid,
		    "%s", cases[i].text);
}
END_TEST

START_TEST(a_token_has_three_parts)
{
	struct token t;

	ck_assert(token_parse(&t, ID "." SECRET "." BASE43));
	ck_assert_str_eq(t.proof, ID "." SECRET);
	ck_assert_str_eq(t.pin, "sha256:" BASE43 "=");
	ck_assert(pin_is_valid(t.pin));
	ck_assert_uint_eq(strlen(ID "." SECRET "." BASE43), TOKEN_LENGTH);
}
END_TEST

START_TEST(the_pin_of_a_token_is_in_the_other_alphabet)
{
	struct token t;

	ck_assert(token_parse(
	    &t, ID "." SECRET ".-_cdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"));
	ck_assert_str_eq(
	    t.pin, "sha256:+/cdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ=");
}
END_TEST

START_TEST(what_is_not_a_token)
{
	static const char *const cases[] = {
		"",
		".",
		"..",
		ID,
		ID ".",
		ID "." SECRET,
		ID "." SECRET ".",
		ID "." SECRET "." BASE43 "=",
		ID "." SECRET "." BASE43 "x",
		ID "." SECRET "." BASE43 ".",
		ID "x." SECRET "." BASE43,
		ID "." SECRET "x." BASE43,
		ID "-" SECRET "." BASE43,
		" " ID "." SECRET "." BASE43,
		"+bcdEF_-." SECRET "." BASE43,
		ID "." SECRET ".+bcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ",
	};
	struct token t;
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		ck_assert_msg(!token_parse(&t, cases[i]), "%s", cases[i]);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, pins);
	tcase_add_test(tc, a_token_has_three_parts);
	tcase_add_test(tc, the_pin_of_a_token_is_in_the_other_alphabet);
	tcase_add_test(tc, what_is_not_a_token);
}

int
main(void)
{
	return unit_run("pin", add);
}
