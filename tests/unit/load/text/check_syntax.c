/*
 * check_syntax.c -- which mistake is in a text, and where.
 */

#include "tests/unit/unit.h"

#include <libconfig.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load/text/syntax.h"

/* libconfig loses a string in which it finds an error. */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:strbuf_append\nleak:libconfig_yylex\n";
}

START_TEST(each_mistake_is_named)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		/* names and separators */
		{ "x { listen = [] }",
		    "1: \":\" is missing between \"x\" and \"{\"" },
		{ "x\n{ }", "2: \":\" is missing between \"x\" and \"{\"" },
		{ "x: {\n  user \"a\"\n}",
		    "2: \"=\" is missing between \"user\" and \"a\"" },
		{ "nice 5", "1: \"=\" is missing between \"nice\" and \"5\"" },
		{ "x: { user nobody }",
		    "1: \"=\" is missing between \"user\" and \"nobody\"" },
		{ "x: { listen [] }",
		    "1: \"=\" is missing between \"listen\" and \"[\"" },
		{ "x: { \"user\": \"a\" }",
		    "1: \"user\" where the name of a setting is expected: "
		    "names are written without quotes" },
		{ "x: { 7up = 1 }",
		    "1: \"7up\" where the name of a setting is expected" },
		{ "= 5", "1: \"=\" where the name of a setting is expected" },
		/* values */
		{ "x: {\n  message = \n}", "2: \"message\" has no value" },
		{ "x: { message = ; }", "1: \"message\" has no value" },
		{ "x: { message }", "1: \"message\" has no value" },
		{ "a = 1\nmessage =", "2: \"message\" has no value" },
		{ "x: { nice = = 5 }", "1: \"=\" where a value is expected" },
		{ "x: {\n\n  user = nobody\n}",
		    "3: \"user\": the value nobody must be in quotes" },
		{ "x: { kill-grace = 10s }",
		    "1: \"kill-grace\": the value 10s must be in quotes" },
		{ "x: { wait = yes }",
		    "1: \"wait\": the value yes must be in quotes" },
		{ "x: { exec = [/bin/cat] }",
		    "1: \"exec\": the value /bin/cat must be in quotes" },
		{ "x: { listen = [127.0.0.1:80] }",
		    "1: \"listen\": the value 127.0.0.1:80 must be in "
		    "quotes" },
		{ "x: { listen = [\"a\", *:80] }",
		    "1: \"listen\": the value *:80 must be in quotes" },
		{ "x: { umask = '022' }",
		    "1: \"umask\": the value '022' must be in quotes" },
		/* brackets */
		{ "a = 1\nx: {\n  nice = 1\n",
		    "2: the \"{\" of \"x\" has no \"}\"" },
		{ "x: { listen = [\"a\"\n  nice = 1 }",
		    "1: the \"[\" of \"listen\" has no \"]\"" },
		{ "x: {\n listen = [\"a\" }",
		    "2: the \"[\" of \"listen\" has no \"]\"" },
		{ "x: {\n listen = [\"a\",",
		    "2: the \"[\" of \"listen\" has no \"]\"" },
		{ "x: { exec = (\"a\" }",
		    "1: the \"(\" of \"exec\" has no \")\"" },
		{ "x: { nice = 1 }\n}", "2: there is no \"{\" for this \"}\"" },
		{ "x: { nice = 1 ]\n}",
		    "1: \"]\" where the name of a setting is expected" },
		{ "x: { mask-args = [1 2] }",
		    "1: \"2\" where \",\" or \"]\" is expected" },
		{ "x: { mask-args = [1, \"2\"] }",
		    "1: \"mask-args\": \"2\" is of another type than the "
		    "value before it" },
		{ "x: { commands: { a: { exec = [] }\n }\n",
		    "1: the \"{\" of \"x\" has no \"}\"" },
		/* a string that takes what follows */
		{ "x: {\n  user = \"a\n  exec = [\"/bin/cat\"]\n}",
		    "2: the string that begins here ends in line 3: is a quote "
		    "missing?" },
		{ "x: { listen = [\"a, \"b\"]\n user = \"c\" }",
		    "1: the \"[\" of \"listen\" has no \"]\"" },
	};
	struct mistake m;
	char got[300];
	config_t tree;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		config_init(&tree);
		ck_assert_msg(!config_read_string(&tree, cases[i].text),
		    "libconfig takes\n%s", cases[i].text);
		config_destroy(&tree);
		ck_assert_msg(syntax_find(cases[i].text, "f", 0, &m),
		    "nothing is found in\n%s", cases[i].text);
		snprintf(got, sizeof(got), "%d: %s", m.line, m.text);
		ck_assert_msg(strcmp(got, cases[i].want) == 0,
		    "%s\nis\n%s\nnot\n%s", cases[i].text, got, cases[i].want);
	}
}
END_TEST

START_TEST(a_duplicate_name)
{
	struct mistake m;

	ck_assert(syntax_find("a = 1\nb: { a = 1 }\n\na = 2\n", "f", 4, &m));
	ck_assert_int_eq(m.line, 4);
	ck_assert_str_eq(m.text, "\"a\" already exists at f:1");
	ck_assert(
	    syntax_find("x: { a = 1\nb: { a = 1 }\nb = 2 }\n", "f", 3, &m));
	ck_assert_int_eq(m.line, 3);
	ck_assert_str_eq(m.text, "\"b\" is already set at f:2");
}
END_TEST

START_TEST(correct_text_has_no_mistake)
{
	static const char *const texts[] = {
		"",
		"# c\n// c\n/* c\n */\n",
		"a = 1; b = 2, c: 3\nd = \"x\" \"y\";",
		"a = [1, 2, 3]; b = (1, \"a\", [2], { c = 1 }); d = [];",
		"a = TRUE b = -5 c = 1.5e-3 d = 0x1F e = 5L f = +1 g = 1.",
		"x: { a: { b = \"}\" # }\n } }",
		"a = 1#c\nb = 1//c\nc = 1/* c */",
		"a = \"\\\"\" b = \"\\\\\"",
	};
	struct mistake m;
	config_t tree;
	size_t i;

	for (i = 0; i < COUNT(texts); i++) {
		config_init(&tree);
		ck_assert_msg(config_read_string(&tree, texts[i]) != 0,
		    "libconfig refuses\n%s", texts[i]);
		config_destroy(&tree);
		ck_assert_msg(!syntax_find(texts[i], "f", 0, &m), "%s\nhas %s",
		    texts[i], m.text);
	}
}
END_TEST

START_TEST(depth_has_a_limit)
{
	struct mistake m;
	char text[200];

	memset(text, '(', sizeof(text));
	memcpy(text, "a =", 3);
	text[sizeof(text) - 1] = '\0';
	ck_assert(syntax_find(text, "f", 0, &m));
	ck_assert_str_eq(m.text, "more than 32 levels of brackets");
}
END_TEST

START_TEST(a_service_is_made_blank)
{
	static const struct {
		const char *text, *want;
		int line;
		bool whole;
	} cases[] = {
		{ "a: {\n b\n}\nc: { }\n", "    \n  \n \nc: { }\n", 2, true },
		{ "a: {\n b\n}\nc: { }\n", "a: {\n b\n}\n      \n", 4, true },
		{ "a: { }\nb {\nc = 1\n", "a: { }\n   \n     \n", 2, false },
		{ "a = x\nb: { }", "     \nb: { }", 1, false },
		{ "a: {\nx\n b: {\n}\n", "    \n \n     \n \n", 2, true },
		{ "", "", 1, false },
	};
	char text[64];
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		strlcpy(text, cases[i].text, sizeof(text));
		ck_assert_int_eq(
		    syntax_blank(text, cases[i].line), cases[i].whole);
		ck_assert_str_eq(text, cases[i].want);
	}
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, each_mistake_is_named);
	tcase_add_test(tc, a_duplicate_name);
	tcase_add_test(tc, correct_text_has_no_mistake);
	tcase_add_test(tc, depth_has_a_limit);
	tcase_add_test(tc, a_service_is_made_blank);
}

int
main(void)
{
	return unit_run("syntax", add);
}
