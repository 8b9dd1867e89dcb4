/*
 * check_escape.c -- untrusted bytes as printable text.
 */

#include "tests/unit/unit.h"

#include <string.h>

#include "lib/escape.h"

START_TEST(bytes_become_printable)
{
	static const struct {
		const char *data;
		size_t n;
		const char *text;
	} cases[] = {
		{ "", 0, "" },
		{ "plain ~", 7, "plain ~" },
		{ "a\r\nb\tc", 6, "a\\r\\nb\\tc" },
		{ "\\", 1, "\\\\" },
		{ "\033]0;\a", 5, "\\033]0;\\a" },
		{ "\0"
		  "x",
		    2, "\\0x" },
		{ "\0"
		  "1",
		    2, "\\0001" }, /* not octal 01 */
		{ "\x7f\xff", 2, "\\177\\377" },
	};
	char text[64];
	size_t i, len;

	for (i = 0; i < COUNT(cases); i++) {
		len = escape_append(
		    text, 0, sizeof(text), cases[i].data, cases[i].n);
		ck_assert_str_eq(text, cases[i].text);
		ck_assert_uint_eq(len, strlen(text));
	}
}
END_TEST

START_TEST(text_is_cut_between_escapes)
{
	char text[8] = "";
	size_t len;

	len = escape_append(text, 0, sizeof(text), "abc\033\033", 5);
	ck_assert_str_eq(text, "abc\\033");
	ck_assert_uint_eq(len, 7);
	ck_assert_uint_eq(escape_append(text, len, sizeof(text), "d", 1), 7);
	ck_assert_str_eq(text, "abc\\033");
	len = escape_append(text, 2, sizeof(text), "xy\033", 3);
	ck_assert_str_eq(text, "abxy");
	len = escape_append(text, len, sizeof(text), "12345", 5);
	ck_assert_str_eq(text, "abxy123");
	ck_assert_uint_eq(len, 7);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, bytes_become_printable);
	tcase_add_test(tc, text_is_cut_between_escapes);
}

int
main(void)
{
	return unit_run("escape", add);
}
