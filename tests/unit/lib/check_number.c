/*
 * check_number.c -- decimal numbers, and text that is none.
 */

#include "tests/unit/unit.h"

#include "lib/number.h"

START_TEST(whole_numbers)
{
	static const struct {
		const char *text;
		int64_t min, max, n;
	} cases[] = {
		{ "0", 0, 0, 0 },
		{ "7", 1, 9, 7 },
		{ "65535", 0, 65535, 65535 },
		{ "9223372036854775807", 0, INT64_MAX, INT64_MAX },
	};
	int64_t n;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		ck_assert(number_parse(
		    cases[i].text, cases[i].min, cases[i].max, &n));
		ck_assert_int_eq(n, cases[i].n);
	}
}
END_TEST

START_TEST(anything_else_is_refused)
{
	static const struct {
		const char *text;
		int64_t min, max;
	} cases[] = {
		{ "", 0, 9 },
		{ "10", 0, 9 },
		{ "7", 0, 5 },
		{ "0", 1, 9 },
		{ "07", 0, 9 },
		{ "00", 0, 9 },
		{ "+7", 0, 9 },
		{ "-7", 0, 9 },
		{ " 7", 0, 9 },
		{ "7 ", 0, 9 },
		{ "7x", 0, 9 },
		{ "0x7", 0, 9 },
		{ "9223372036854775808", 0, INT64_MAX },
		{ "99999999999999999999999", 0, INT64_MAX },
	};
	int64_t n = 42;
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		ck_assert_msg(!number_parse(cases[i].text, cases[i].min,
				  cases[i].max, &n),
		    "accepted: \"%s\"", cases[i].text);
	ck_assert_int_eq(n, 42);
}
END_TEST

START_TEST(unsigned_numbers)
{
	uint64_t n;

	ck_assert(
	    number_parse_unsigned("18446744073709551615", UINT64_MAX, &n));
	ck_assert_uint_eq(n, UINT64_MAX);
	ck_assert(
	    !number_parse_unsigned("18446744073709551616", UINT64_MAX, &n));
	ck_assert(
	    !number_parse_unsigned("18446744073709551620", UINT64_MAX, &n));
	ck_assert(!number_parse_unsigned("-1", UINT64_MAX, &n));
	ck_assert(!number_parse_unsigned("", UINT64_MAX, &n));
}
END_TEST

START_TEST(digits_are_read_up_to_another_character)
{
	const char *text = "0050/s";
	uint64_t n = 42;

	ck_assert(!number_read(&text, 49, &n));
	ck_assert_str_eq(text, "0050/s");
	ck_assert_uint_eq(n, 42);
	ck_assert(number_read(&text, 50, &n));
	ck_assert_str_eq(text, "/s");
	ck_assert_uint_eq(n, 50);
	ck_assert(!number_read(&text, 50, &n));
	ck_assert_str_eq(text, "/s");
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, whole_numbers);
	tcase_add_test(tc, anything_else_is_refused);
	tcase_add_test(tc, unsigned_numbers);
	tcase_add_test(tc, digits_are_read_up_to_another_character);
}

int
main(void)
{
	return unit_run("number", add);
}
