/*
 * check_entries.c -- the lines of the strings in a list.
 */

#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "load/text/entries.h"

/* The lines of "a", "b" and "c" in the list x that begins on LINE; "": none. */
static const char *
lines_of(const char *text, int line)
{
	static const char *const list[] = { "a", "b", "c" };
	static char found[64];
	int lines[3];

	found[0] = '\0';
	if (entries_find(text, line, "x", list, 3, lines))
		snprintf(found, sizeof(found), "%d %d %d", lines[0], lines[1],
		    lines[2]);
	return found;
}

START_TEST(each_string_has_its_own_line)
{
	static const struct {
		const char *text;
		int line;
		const char *want;
	} cases[] = {
		{ "x = [\"a\", \"b\", \"c\"]", 1, "1 1 1" },
		{ "x = [\n\"a\",\n\n\"b\",\n\"c\"\n\n]", 1, "2 4 5" },
		{ "x = [\"a\"\n, \"b\"\n, \"c\",\n]", 1, "1 2 3" },
		{ "# x\nx : (\"a\", # \"b\"\n/* \"b\"\n */ \"b\",\n\"c\")", 2,
		    "2 4 5" },
		/* the one that begins there, with these strings */
		{ "x = [\"a\"]\nx = [\n\"a\", \"b\", \"c\"]", 2, "3 3 3" },
		{ "k = { x = [\"a\"] } l = { x = [\"a\",\n\"b\", \"c\"] }", 1,
		    "1 2 2" },
		{ "s = \"x\" x = [\"a\", \"b\",\n\"c\"]", 1, "1 1 2" },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		ck_assert_str_eq(
		    lines_of(cases[i].text, cases[i].line), cases[i].want);
}
END_TEST

START_TEST(a_list_that_is_not_there)
{
	static const char *const cases[] = { "", "x", "x =", "x = [",
		"x = [\"a\", \"b\"]", "x = [\"a\", \"b\", \"d\"]",
		"y = [\"a\", \"b\", \"c\"]", "x = [\"\\x61\", \"b\", \"c\"]",
		"x = [\"a\", \"b\" \"\", \"c\"]", "x = [1, \"b\", \"c\"]",
		"\nx = [\"a\", \"b\", \"c\"]", "x = [\"a\" \"b\" \"c\"]" };
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		ck_assert_str_eq(lines_of(cases[i], 1), "");
	ck_assert_str_eq(lines_of("x", 3), "");
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, each_string_has_its_own_line);
	tcase_add_test(tc, a_list_that_is_not_there);
}

int
main(void)
{
	return unit_run("entries", add);
}
