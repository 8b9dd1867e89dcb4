/*
 * check_commands.c -- the commands of a service, as they are configured.
 */

#include "tests/unit/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define L "listen = [\"127.0.0.1:80\"]"
/* A service with one command, that is right but for what a test adds. */
#define C(more) \
	"x: { " L " commands: { c: { exec = [\"/bin/sh\"]\n" more " } } }"

START_TEST(a_command_is_refused)
{
	static const struct refused cases[] = {
		{ "x: { " L "\ncommands = 1 }",
		    "test.conf:2: \"commands\" must be a group of at least "
		    "one command, such as { NAME: { exec = [\"/program\"] } }\n"
		    "test.conf:1: service \"x\" has no handler: add "
		    "\"message\", \"builtin\", \"exec\", \"commands\" or "
		    "\"forward\"" },
		{ "x: { " L " commands: {\nc: { } } }",
		    "test.conf:2: command \"c\" has no program: add \"exec\"" },
		{ "x: { " L " commands: {\nc = 1 } }",
		    "test.conf:2: \"c\" must be a group, such as { exec = "
		    "[\"/program\"] }" },
		{ "x: { " L " commands: {\nhelp: { exec = [\"/bin/sh\"] } } }",
		    "test.conf:2: the command \"help\" is built in" },
		{ "x: { " L " commands: {\na*: { exec = [\"/bin/sh\"] } } }",
		    "test.conf:2: \"a*\": a command's name is letters, digits, "
		    "\"-\" and \"_\", the first a letter" },
		{ "x: { " L " message = \"\" commands: { c: { exec = "
		  "[\"/bin/sh\"] } } }",
		    "test.conf:1: service \"x\" has two handlers, \"message\" "
		    "and \"commands\"" },
		{ C("listen = [\"127.0.0.1:81\"]"),
		    "test.conf:2: \"listen\" does not apply to a command" },
		{ C("stderr = \"log\""),
		    "test.conf:2: \"stderr\" does not apply to a command" },
		{ C("nonsense = 1"),
		    "test.conf:2: unknown setting "
		    "\"nonsense\"" },
		{ C("strict-start = true"),
		    "test.conf:2: \"strict-start\" applies to all services: "
		    "move it to the top level" },
		{ "x: { " M "\nstdin = true }",
		    "test.conf:2: \"stdin\" belongs in a command of "
		    "\"commands\"" },
		{ "\nstdin = true\nx: { " M " }",
		    "test.conf:2: \"stdin\" belongs in a service" },
		{ C("allow-user = [\"root\"]"),
		    "test.conf:2: \"allow-user\" needs a Unix socket in "
		    "\"listen\"" },
	};

	REFUSE(cases, false);
}
END_TEST

START_TEST(values_are_refused)
{
#define ARGS                                                                   \
	"test.conf:2: \"args\" must be a number of arguments, such as \"2\", " \
	"\"1-3\" or \"1-\", at most 4096"
#define MASK                                                                   \
	"test.conf:2: \"mask-args\" must be a list of positions from 1, such " \
	"as "                                                                  \
	"[1, 2]"
#define NO_VARIABLE(text)                                               \
	"test.conf:2: \"accept-env\": \"" text                          \
	"\" is neither NAME nor NAME=PATTERN, where NAME may end with " \
	"\"*\", such as \"LC_*\""
#define NO_NAME(text)                                                       \
	"test.conf:2: \"name\": \"" text                                    \
	"\": a command's name is letters, digits, \"-\", \"_\", \".\" and " \
	"\"$\", the first a letter"
	static const struct refused cases[] = {
		{ C("args = 1"), ARGS },
		{ C("args = \"\""), ARGS },
		{ C("args = \"-1\""), ARGS },
		{ C("args = \"3-1\""), ARGS },
		{ C("args = \"1-2-3\""), ARGS },
		{ C("args = \"1x\""), ARGS },
		{ C("args = \"4097\""), ARGS },
		{ C("args = \"1\" arg-match = []"),
		    "test.conf:2: \"arg-match\" has no pattern" },
		{ C("args = \"1\" arg-match = [\"a)(b\"]"),
		    "test.conf:2: \"arg-match\": \"a)(b\": Unmatched ( or "
		    "\\(" },
		{ C("args = \"1\" arg-match = [\"a\", \"b\"]"),
		    "test.conf:2: \"arg-match\" has 2 patterns, but \"args\" "
		    "allows at most 1" },
		{ C("args = \"1\" arg-match = [\"(a)\\\\1\"]"),
		    "test.conf:2: \"arg-match\": \"(a)\\1\": back-references "
		    "are not supported" },
		{ C("accept-env = [\"=x\"]"), NO_VARIABLE("=x") },
		{ C("accept-env = [\"*=x\"]"), NO_VARIABLE("*=x") },
		{ C("accept-env = [\"*\"]"), NO_VARIABLE("*") },
		{ C("accept-env = [\"A*B=x\"]"), NO_VARIABLE("A*B=x") },
		{ C("accept-env = [\"A B=x\"]"), NO_VARIABLE("A B=x") },
		{ C("accept-env = [\"1=x\"]"), NO_VARIABLE("1=x") },
		{ C("accept-env = [\"A=(\"]"),
		    "test.conf:2: \"accept-env\": \"A=(\": Unmatched ( or "
		    "\\(" },
		{ C("accept-env = [\"A=(.)\\\\1\"]"),
		    "test.conf:2: \"accept-env\": \"A=(.)\\1\": "
		    "back-references are not supported" },
		{ C("accept-env = [\"LD_PRELOAD=x\"]"),
		    "test.conf:2: \"accept-env\": \"LD_PRELOAD=x\" is never "
		    "accepted from a client: the dynamic loader or libc takes "
		    "files from it" },
		{ C("accept-env = [\"LD_*=x\"]"),
		    "test.conf:2: \"accept-env\": \"LD_*=x\" is never "
		    "accepted from a client: the dynamic loader or libc takes "
		    "files from it" },
		{ C("accept-env = [\"CLASSPATH=x\"]"),
		    "test.conf:2: \"accept-env\": \"CLASSPATH=x\" is never "
		    "accepted from a client: interpreters take code from it" },
		{ C("accept-env = [\"PATH=x\"]"),
		    "test.conf:2: \"accept-env\": \"PATH=x\" is never "
		    "accepted from a client: haild sets it" },
		{ C("name = \"\""), NO_NAME("") },
		{ C("name = \"a b\""), NO_NAME("a b") },
		{ C("name = \".a\""), NO_NAME(".a") },
		{ C("name = \"a\\nb\""), NO_NAME("a?b") },
		{ C("name = \"help\""),
		    "test.conf:2: \"name\": \"help\": this command is built "
		    "in" },
		{ C("name = \"x123456789x123456789x123456789x123456789"
		    "x123456789x123456789x123\""),
		    "test.conf:2: \"name\": \"x123456789x123456789x123456789"
		    "x123456789x123456789x123456789x123\": a command's name "
		    "has at most 63 bytes" },
		{ "x: { " L " commands: { a: { exec = [\"/bin/sh\"] name = "
		  "\"p.q\" }\nb: { exec = [\"/bin/sh\"] name = \"p.q\" } } }",
		    "test.conf:2: command \"p.q\" already exists at "
		    "test.conf:1" },
		{ "x: { " L " commands: { a: { exec = [\"/bin/sh\"] }\n"
		  "b: { exec = [\"/bin/sh\"] name = \"a\" } } }",
		    "test.conf:2: command \"a\" already exists at "
		    "test.conf:1" },
		{ "x: { " L " commands: { a: { exec = [\"/bin/sh\"] name = "
		  "\"b\" }\nb: { exec = [\"/bin/sh\"] } } }",
		    "test.conf:2: command \"b\" already exists at "
		    "test.conf:1" },
		{ C("mask-args = [0]"), MASK },
		{ C("mask-args = [\"1\"]"), MASK },
		{ C("mask-args = 1"), MASK },
		{ C("args = \"1\" mask-args = [2]"),
		    "test.conf:2: \"mask-args\" has 2, but \"args\" "
		    "allows at most 1" },
		{ "x: { " L " commands: { c: { args = \"1-2\"\n"
		  "exec = [\"/bin/sh\", \"%2\"] } } }",
		    "test.conf:2: \"exec\" has %2, but \"args\" allows as "
		    "few as 1; write \"%%2\" for \"%2\" itself" },
		{ "x: { " L " commands: { c: { args = \"1-2\"\n"
		  "exec = [\"/bin/sh\", \"--a=%1.%2x\"] } } }",
		    "test.conf:2: \"exec\" has %2, but \"args\" allows as "
		    "few as 1; write \"%%2\" for \"%2\" itself" },
	};

	REFUSE(cases, false);
}
END_TEST

#define T(where)                                                           \
	"x: { commands: { c: { exec = [\"/bin/sh\"] } }\nlisten = [" where \
	"]"                                                                \
	" "
#define NEEDS(where)                                                  \
	"test.conf:2: service \"x\": commands on \"" where            \
	"\" need "                                                    \
	"\"allow\", the networks that may use them, or tls-client = " \
	"\"required\""

START_TEST(off_the_host_somebody_must_be_allowed)
{
	static const struct refused cases[] = {
		{ T("\"192.0.2.1:80\"") "}", NEEDS("192.0.2.1:80") },
		{ T("\"127.0.0.1:80\", \"*:81\"") "}", NEEDS("*:81") },
		{ T("\"[::]:80\"") "}", NEEDS("[::]:80") },
	};

	REFUSE(cases, false);
	good(T("\"192.0.2.1:80\"") "allow = [\"192.0.2.0/24\"] }", false);
	good(T("\"127.0.0.2:80\", \"[::1]:80\", \"/x\"") "}", false);
}
END_TEST

START_TEST(a_command_has_what_its_service_has)
{
	const struct service *s, *c;

	s = good_service("umask = \"077\"\nx: { " L
			 " directory = \"/tmp\" nice = 3 session-timeout = 5\n"
			 "allow = [\"127.0.0.0/8\"]\ncommands: {\n"
			 "a: { exec = [\"/bin/sh\"] }\n"
			 "b: { exec = [\"/bin/sh\"] directory = \"/\" "
			 "args = \"1-\" session-timeout = 2 } } }",
	    false);
	ck_assert_int_eq(s->handler, HANDLER_COMMANDS);
	c = config_command(s, "a");
	ck_assert_ptr_nonnull(c);
	ck_assert_int_eq(c->handler, HANDLER_COMMAND);
	ck_assert_int_eq(c->line, 5);
	ck_assert_str_eq(c->directory, "/tmp");
	ck_assert_int_eq(c->nice, 3);
	ck_assert_int_eq(c->umask, 077);
	ck_assert_int_eq(c->session_timeout, 5000000000);
	ck_assert_uint_eq(c->allow.n, 0);
	ck_assert(!c->takes_stdin);
	ck_assert_int_eq(c->args.max, 0);
	c = config_command(s, "b");
	ck_assert_str_eq(c->directory, "/");
	ck_assert_int_eq(c->session_timeout, 2000000000);
	ck_assert_int_eq(c->args.min, 1);
	ck_assert_int_eq(c->args.max, 4096);
	ck_assert_ptr_null(config_command(s, "c"));
	ck_assert_ptr_null(config_command(NULL, "a"));
}
END_TEST

START_TEST(a_command_can_have_a_name_of_its_own)
{
	const struct service *s, *c;
	char *text;

	s = good_service("x: { " L
			 " commands: { a: { exec = [\"/bin/sh\"]\n"
			 "name = \"com.example.Main$1\" }\n"
			 "b: { exec = [\"/bin/sh\"] name = \"a\" } } }",
	    false);
	c = config_command(s, "com.example.Main$1");
	ck_assert_ptr_eq(c, &s->commands[0]);
	ck_assert_ptr_eq(config_command(s, "a"), &s->commands[1]);
	ck_assert_ptr_null(config_command(s, "b"));
	text = build_print(
	    good("x: { " L " commands: { a: { exec = [\"/bin/sh\"]\n"
		 "name = \"p.q\" } } }",
		false));
	ck_assert_ptr_nonnull(strstr(text, "\t\ta: {\n"));
	ck_assert_ptr_nonnull(strstr(text, "\t\t\tname = \"p.q\"\n"));
	free(text);
}
END_TEST

START_TEST(a_percent_sign_can_be_itself)
{
	const struct service *s =
	    good_service("x: { " L
			 " commands: { c: { exec = [\"/bin/sh\", "
			 "\"%%9\", \"%s%d\", \"100%\", \"%0\"] } } }",
		false);

	ck_assert_str_eq(s->commands[0].exec[1], "%%9");
}
END_TEST

START_TEST(a_variable_without_a_pattern_draws_a_warning)
{
	good(
	    "x: { listen = [\"/x\"] commands: {\nc: { exec = [\"/bin/sh\"]\n"
	    "accept-env = [\"LANG=.*\", \"LC_*\"] } } }",
	    false);
	ck_assert_ptr_nonnull(strstr(warnings,
	    "test.conf:3: \"accept-env\": \"LC_*\" has no pattern for its "
	    "value, such as \"LC_*=[a-z]+\"; accepting letters, digits and "
	    "\"_@.,:+-\""));
	ck_assert_ptr_null(strstr(warnings, "LANG"));
}
END_TEST

START_TEST(what_is_printed_is_read_again)
{
	static const char text[] =
	    "x: { listen = [\"/x\", \"127.0.0.1:80\"] commands: {\n"
	    "c: { exec = [\"/bin/sh\", \"%1\"] args = \"1-3\"\n"
	    "arg-match = [\"a\\\\.b\"] accept-env = [\"LC_*\", \"A=b\\\\.c\"] "
	    "name = \"p.q\" stdin = true\n"
	    "mask-args = [1, 3] summary = \"s\" help = \"h\\n\"\n"
	    "allow = [\"127.0.0.1\"] allow-user = [\"root\"] }\n"
	    "d: { exec = [\"/bin/sh\"] args = \"2-\" arg-dash = true } } }";
	char *once, *twice;

	once = build_print(good(text, false));
	ck_assert_ptr_nonnull(strstr(once, "\t\t\tmask-args = [1, 3]\n"));
	ck_assert_ptr_nonnull(strstr(once, "\t\t\targs = \"1-3\"\n"));
	ck_assert_ptr_nonnull(strstr(once, "\t\t\targs = \"2-\"\n"));
	twice = build_print(good(once, false));
	build_strip_notes(once);
	build_strip_notes(twice);
	ck_assert_str_eq(once, twice);
	free(once);
	free(twice);
}
END_TEST

START_TEST(under_root_a_command_needs_a_user)
{
	static const struct refused cases[] = {
		{ "x: { " L " commands: {\nc: { exec = [\"/bin/sh\"] } } }",
		    "test.conf:2: command \"c\": haild runs as root, so it "
		    "needs \"user\" (for root, user = \"root\")" },
	};
	const struct service *s;

	REFUSE(cases, true);
	s = good_service("x: { " L
			 " user = \"root\" commands: { c: { exec = "
			 "[\"/bin/sh\"] } d: { exec = [\"/bin/sh\"] user = "
			 "\"nobody\" } } }",
	    true);
	ck_assert_str_eq(s->commands[0].identity->name, "root");
	ck_assert_str_eq(s->commands[1].identity->name, "nobody");
	ck_assert(!s->commands[0].no_new_privileges);
	ck_assert(s->commands[1].no_new_privileges);
}
END_TEST

START_TEST(commands_without_root_draw_a_warning)
{
	good(C(""), false);
	ck_assert_str_eq(warnings,
	    "commands: haild does not run as root, so the process that reads "
	    "from clients has no user of its own");
	good("x: { " M " }", false);
	ck_assert_str_eq(warnings, "");
}
END_TEST

/* What a refused client gets: frames, with a text of its own or the default. */
START_TEST(a_busy_message_is_sent_in_frames)
{
	static const char frames[] = "\0\0\0\0052busy\n\0\0\0\2X75";
	static const char of_x[] =
	    "\0\0\0\0422haild: x is busy; try again later\n\0\0\0\2X75";
	static const char *const texts[] = { "busy", "busy\\n" };
	const struct service *s;
	char text[256];
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		snprintf(text, sizeof(text),
		    "x: { listen = [\"/run/x\"] busy-message = \"%s\" "
		    "commands: { a: { exec = [\"/bin/sh\"] } } }",
		    texts[i]);
		s = good(text, false)->services;
		ck_assert_uint_eq(s->busy_len, sizeof(frames) - 1);
		ck_assert_mem_eq(s->busy, frames, s->busy_len);
	}
	s = good(
	    "x: { listen = [\"/run/x\"] "
	    "commands: { a: { exec = [\"/bin/sh\"] } } }",
	    false)
		->services;
	ck_assert_uint_eq(s->busy_len, sizeof(of_x) - 1);
	ck_assert_mem_eq(s->busy, of_x, s->busy_len);
	s = good(
	    "x: { listen = [\"/run/x\"] message = \"\" "
	    "busy-message = \"busy\\n\" }",
	    false)
		->services;
	ck_assert_uint_eq(s->busy_len, 5);
	ck_assert_str_eq(s->busy, "busy\n");
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, unit_enter_dir, build_leave);
	tcase_add_test(tc, a_command_is_refused);
	tcase_add_test(tc, values_are_refused);
	tcase_add_test(tc, off_the_host_somebody_must_be_allowed);
	tcase_add_test(tc, a_command_has_what_its_service_has);
	tcase_add_test(tc, a_command_can_have_a_name_of_its_own);
	tcase_add_test(tc, a_percent_sign_can_be_itself);
	tcase_add_test(tc, a_variable_without_a_pattern_draws_a_warning);
	tcase_add_test(tc, what_is_printed_is_read_again);
	tcase_add_test(tc, under_root_a_command_needs_a_user);
	tcase_add_test(tc, commands_without_root_draw_a_warning);
	tcase_add_test(tc, a_busy_message_is_sent_in_frames);
}

int
main(void)
{
	return unit_run("commands", add);
}
