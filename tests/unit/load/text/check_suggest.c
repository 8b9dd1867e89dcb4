/*
 * check_suggest.c -- the name that was probably meant.
 */

#include "tests/unit/unit.h"

#include <string.h>

#include "load/text/suggest.h"

static const char *const names[] = { "listen", "message", "exec", "user",
	"max-sessions", "max-per-source", "limit-as", "limit-cpu", "at-limit",
	"session-timeout", "a-name-of-more-than-thirty-two-letters" };

static const char *
suggest(const char *written)
{
	static char text[SUGGEST_TEXT_MAX];
	struct suggestion s;
	size_t i;

	suggest_begin(&s, written);
	for (i = 0; i < COUNT(names); i++)
		suggest_name(&s, names[i]);
	return suggest_print(&s, text, sizeof(text));
}

START_TEST(a_near_name_is_suggested)
{
	static const char *const cases[][2] = {
		{ "mesage", "; did you mean \"message\"?" },
		{ "messsage", "; did you mean \"message\"?" },
		{ "mesasge", "; did you mean \"message\"?" },
		{ "Listen", "; did you mean \"listen\"?" },
		{ "lisetn", "; did you mean \"listen\"?" },
		{ "max_sessions", "; did you mean \"max-sessions\"?" },
		{ "maxsessions", "; did you mean \"max-sessions\"?" },
		{ "max-session", "; did you mean \"max-sessions\"?" },
		{ "sesion-timout", "; did you mean \"session-timeout\"?" },
		{ "limit-cpus", "; did you mean \"limit-cpu\"?" },
		{ "usr", "; did you mean \"user\"?" },
		{ "exce", "; did you mean \"exec\"?" },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		ck_assert_str_eq(suggest(cases[i][0]), cases[i][1]);
}
END_TEST

START_TEST(a_distant_name_is_not_suggested)
{
	static const char *const cases[] = { "", "x", "us", "colour", "server",
		"listening-on", "limit-foo", "messages-of-the-day",
		"a-name-of-more-than-thirty-two-letter" };
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		ck_assert_str_eq(suggest(cases[i]), "");
}
END_TEST

START_TEST(names_of_other_programs)
{
	ck_assert_str_eq(suggest_foreign("redirect"), "forward");
	ck_assert_str_eq(suggest_foreign("proxy_pass"), "forward");
	ck_assert_str_eq(suggest_foreign("DeferAcceptSec"), "defer-accept");
	ck_assert_str_eq(suggest_foreign("only_from"), "allow");
	ck_assert_ptr_null(suggest_foreign("redirects"));
	ck_assert_ptr_null(suggest_foreign(""));
	ck_assert_ptr_null(
	    suggest_foreign("a-name-of-more-than-thirty-two-letters"));
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, names_of_other_programs);
	tcase_add_test(tc, a_near_name_is_suggested);
	tcase_add_test(tc, a_distant_name_is_not_suggested);
}

int
main(void)
{
	return unit_run("suggest", add);
}
