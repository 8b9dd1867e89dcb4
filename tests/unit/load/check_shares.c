/*
 * check_shares.c -- what one source may take of a service, and the warnings of
 * "haild -t" (fault 75).
 */

#include "tests/unit/build.h"

#include <string.h>

#include "load/loader.h"

#define W "listen = [\"*:80\"] message = \"\" "

START_TEST(half_of_the_sessions)
{
	static const struct {
		const char *text;
		int64_t of_service, of_all;
	} cases[] = {
		{ "x: { " M "}", 32, 512 },
		{ "x: { " M "max-sessions = 65 }", 32, 512 },
		{ "x: { " M "max-sessions = 63 }", 31, 512 },
		{ "x: { " M "max-sessions = 2 }", 1, 512 },
		{ "x: { " M "max-sessions = 1 }", 1, 512 },
		{ "max-sessions = 7 x: { " M "}", 32, 3 },
		{ "max-sessions = 1 x: { " M "}", 32, 1 },
		/* what is written holds */
		{ "max-per-source = 1024 x: { " M
		  "max-sessions = 5 max-per-source = 5 }",
		    5, 1024 },
		{ "max-per-source = \"none\" x: { " M
		  "max-per-source = \"none\" }",
		    -1, -1 },
	};
	const struct config *config;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		config = good(cases[i].text, false);
		ck_assert_msg(
		    config->services[0].max_per_source == cases[i].of_service &&
			config->max_per_source == cases[i].of_all,
		    "%s", cases[i].text);
	}
}
END_TEST

START_TEST(half_of_the_rate)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "x: { " M "rate = \"50/s\" }", "25/s" },
		{ "x: { " M "rate = \"3/m\" }", "1/m" },
		{ "x: { " M "rate = \"10/s:1\" }", "5/s:1" },
		{ "x: { " M "rate = \"1/s\" }", "30/m:1" },
		{ "x: { " M "rate = \"1/m:8\" }", "30/h:4" },
		{ "x: { " M "rate = \"1/h\" }", "1/h" },
		{ "rate = \"8/s\" x: { " M "}", "4/s" },
		{ "rate = \"8/s\" x: { " M "rate = \"2/h\" }", "1/h" },
		/* what is written holds */
		{ "rate-per-source = \"9/s\" x: { " M "rate = \"8/s\" }",
		    "9/s" },
		{ "x: { " M "rate = \"8/s\" rate-per-source = \"7/s\" }",
		    "7/s" },
	};
	const struct service *s;
	char text[64];
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		s = good_service(cases[i].text, false);
		rate_print(&s->rate_per_source, text, sizeof(text));
		ck_assert_msg(strcmp(text, cases[i].want) == 0, "%s: %s",
		    cases[i].text, text);
	}
	s = good_service("x: { " M
			 "rate = \"8/s\" "
			 "rate-per-source = \"none\" }",
	    false);
	ck_assert_int_eq(s->rate_per_source.count, 0);
	s = good_service(
	    "rate-per-source = \"none\" rate = \"8/s\" x: { " M "}", false);
	ck_assert_int_eq(s->rate_per_source.count, 0);
	s = good_service("x: { " M "}", false);
	ck_assert_int_eq(s->rate_per_source.count, 0);
}
END_TEST

/* What "haild -t" warns of in TEXT. */
static const char *
advice(const char *text)
{
	const struct config_source source = { .file = "test.conf",
		.advise = true };

	unit_write_file("test.conf", text);
	ck_assert_msg(
	    build(&source) != NULL, "%s\nis refused:\n%s", text, errors);
	return warnings;
}

START_TEST(limits_that_do_not_protect_are_warned_of)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "x: { " W "\nmax-per-source = \"none\" }",
		    "test.conf:2: one source can take all 256 sessions of "
		    "service \"x\": lower \"max-per-source\"" },
		{ "x: { " W "max-sessions = 9\nmax-per-source = 9 }",
		    "test.conf:2: one source can take all 9 sessions of "
		    "service \"x\": lower \"max-per-source\"" },
		/* by the total, too */
		{ "max-sessions = 5\nmax-per-source = 5\nx: { " W
		  "max-per-source = 7 }",
		    "test.conf:3: one source can take all 5 sessions of "
		    "service \"x\": lower \"max-per-source\"\n"
		    "test.conf:2: one source can take all 5 sessions of all "
		    "services: lower \"max-per-source\"" },
		{ "max-sessions = 40\nmax-per-source = \"none\"\n"
		  "x: { " W "}\ny: { listen = [\"*:81\"] message = \"\" }",
		    "test.conf:2: one source can take all 40 sessions of all "
		    "services: lower \"max-per-source\"" },
		{ "x: { " W "rate = \"5/s\"\nrate-per-source = \"none\" }",
		    "test.conf:2: one source can use all of \"rate\" of "
		    "service \"x\": lower \"rate-per-source\"" },
		{ "rate-per-source = \"300/m\"\nx: { " W "rate = \"5/s\" }",
		    "test.conf:1: one source can use all of \"rate\" of "
		    "service \"x\": lower \"rate-per-source\"" },
		{ "x: { listen = [\"127.0.0.1:80\"] message = \"\" "
		  "proxy-from = [\"127.0.0.1\"]\nmax-per-source = \"none\" }",
		    "test.conf:2: one source can take all 256 sessions of "
		    "service \"x\": lower \"max-per-source\"" },
		{ "x: { listen = [\"/run/x\"] message = \"\" socket-mode = "
		  "\"0666\"\nmax-per-source = \"none\" }",
		    "test.conf:2: one source can take all 256 sessions of "
		    "service \"x\": lower \"max-per-source\"" },
		/* nothing to warn of */
		{ "x: { " W "rate = \"1/h\" max-sessions = 1 }", "" },
		{ "max-sessions = 1 max-per-source = 1 x: { " W
		  "max-per-source = 1 max-sessions = 1 }",
		    "" },
		{ "max-per-source = 100 x: { " W "max-per-source = \"none\" }",
		    "" },
		{ "max-per-source = \"none\" x: { " W "}", "" },
		{ "rate-per-source = \"1/s\" x: { " W "}", "" },
		{ "rate-per-source = \"none\" x: { " W "}", "" },
		{ "x: { " W "rate = \"5/s\" rate-per-source = \"4/s\" }", "" },
		/* there is only one source, or none */
		{ "x: { " M "rate = \"5/s\" max-per-source = \"none\" "
		  "rate-per-source = \"none\" }",
		    "" },
		{ "x: { listen = [\"/run/x\"] message = \"\" "
		  "max-per-source = \"none\" }",
		    "" },
		{ "y: { " M "} x: { " W "disable = true "
		  "max-per-source = \"none\" }",
		    "" },
		{ "rate = \"1/s\" rate-per-source = \"1/s\" x: { "
		  "listen = [\"*:80\"] exec = [\"/bin/sh\"] sandbox = \"none\" "
		  "wait = true }",
		    "" },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		ck_assert_msg(strcmp(advice(cases[i].text), cases[i].want) == 0,
		    "%s\nwarns of\n%s\nnot of\n%s", cases[i].text, warnings,
		    cases[i].want);
}
END_TEST

/* A start logs nothing of it, again and again. */
START_TEST(only_haild_t_warns_of_limits)
{
	good("x: { " W "max-per-source = \"none\" }", false);
	ck_assert_str_eq(warnings, "");
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, unit_enter_dir, build_leave);
	tcase_add_test(tc, half_of_the_sessions);
	tcase_add_test(tc, half_of_the_rate);
	tcase_add_test(tc, limits_that_do_not_protect_are_warned_of);
	tcase_add_test(tc, only_haild_t_warns_of_limits);
}

int
main(void)
{
	return unit_run("shares", add);
}
