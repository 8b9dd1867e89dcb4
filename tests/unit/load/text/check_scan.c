/*
 * check_scan.c -- what libconfig would take in silence.
 */

#include "tests/unit/unit.h"

#include <stddef.h>

#include "load/text/scan.h"

static const char include[] = "@include is not supported: use conf.d";
static const char large[] = "a number as large as this must end with L";
static const char nul[] = "a string cannot hold a NUL byte";

START_TEST(each_is_found_on_its_line)
{
	static const struct {
		const char *text, *error;
		int line;
	} cases[] = {
		{ "@include \"x\"", include, 1 },
		{ "a = 1\n  @include \"x\"\n", include, 2 },
		{ "a = 2147483648", large, 1 },
		{ "a = 4294967297;", large, 1 },
		{ "\n\na = [1, 99999999999999999999999]", large, 3 },
		{ "a = 0x80000000", large, 1 },
		{ "a = -4294967295", large, 1 },
		{ "a = \"x\n\\x00\"", nul, 2 },
		{ "a = \"\\\\\" b = \"\\x00\"", nul, 1 },
		{ "/* one\ntwo */ a = 4294967296", large, 2 },
		{ "# one\na = 4294967296", large, 2 },
		{ "a = 1\n/* never\nended 4294967296",
		    "the comment that begins here has no end", 2 },
		{ "a = 1\nb = \"never\nended \\\"",
		    "the string that begins here has no end", 2 },
	};
	size_t i;
	int line;

	for (i = 0; i < COUNT(cases); i++) {
		ck_assert_pstr_eq(
		    scan_text(cases[i].text, &line), cases[i].error);
		ck_assert_int_eq(line, cases[i].line);
	}
}
END_TEST

START_TEST(the_rest_is_left_alone)
{
	static const char *const texts[] = {
		"",
		"a = 2147483647",
		"a = 4294967296L",
		"a = 0x7fffffff",
		"a = 0xfffffffffL",
		"a = 4294967296.5",
		"a = 1e30",
		"a4294967296 = 1",
		"limit-4294967296 = 1",
		"a = \"4294967296\"",
		"a = \"@include\"",
		"# @include 4294967296",
		"// @include 4294967296",
		"/* @include 4294967296 */",
		"a = \"\\\\x00\"",
		"a = \"\\x01\\x0a\"",
		"/",
	};
	size_t i;
	int line;

	for (i = 0; i < COUNT(texts); i++)
		ck_assert_msg(
		    scan_text(texts[i], &line) == NULL, "\"%s\"", texts[i]);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, each_is_found_on_its_line);
	tcase_add_test(tc, the_rest_is_left_alone);
}

int
main(void)
{
	return unit_run("scan", add);
}
