/*
 * check_arguments.c -- the command line of haildctl.
 */

#include "tests/unit/unit.h"

#include <string.h>
#include <syslog.h>

#include "ctl/arguments.h"
#include "lib/io.h"

#define WORDS_MAX 16

static struct invocation v;
static char error[ARGUMENTS_ERROR_MAX];

/* Read "haildctl LINE", whose words are separated by blanks. */
static enum arguments_result
read_line(const char *line)
{
	static char copy[512], name[] = "haildctl";
	char *argv[WORDS_MAX + 2] = { name }, *rest = copy;
	int argc = 1;

	strlcpy(copy, line, sizeof(copy));
	while (rest != NULL && *rest != '\0')
		argv[argc++] = strsep(&rest, " ");
	error[0] = '\0';
	return arguments_read(&v, argc, argv, error);
}

START_TEST(options_may_stand_on_both_sides_of_the_command)
{
	ck_assert_int_eq(
	    read_line("-s /x sessions -j -t 5 web"), ARGUMENTS_COMMAND);
	ck_assert_str_eq(v.socket, "/x");
	ck_assert(v.json);
	ck_assert_int_eq(v.timeout, 5 * SECOND);
	ck_assert_int_eq(v.request.command, CONTROL_SESSIONS);
	ck_assert_str_eq(v.request.service, "web");
	ck_assert_int_eq(read_line("status"), ARGUMENTS_COMMAND);
	ck_assert_str_eq(v.socket, CONTROL_SOCKET);
	ck_assert_int_eq(v.timeout, 10 * SECOND);
	ck_assert_ptr_null(v.request.service);
}
END_TEST

START_TEST(sessions_to_kill)
{
	ck_assert_int_eq(read_line("kill 3 4294967295"), ARGUMENTS_COMMAND);
	ck_assert_uint_eq(v.request.nids, 2);
	ck_assert_uint_eq(v.request.ids[0], 3);
	ck_assert_uint_eq(v.request.ids[1], UINT32_MAX);
	ck_assert_int_eq(read_line("kill --identity web1"), ARGUMENTS_COMMAND);
	ck_assert_str_eq(v.request.identity, "web1");
	ck_assert_int_eq(read_line("kill --source=::1"), ARGUMENTS_COMMAND);
	ck_assert_str_eq(v.request.source, "::1");
	ck_assert_int_eq(read_line("--service web kill"), ARGUMENTS_COMMAND);
	ck_assert_str_eq(v.request.service, "web");
}
END_TEST

START_TEST(waiting_has_its_own_timeout)
{
	ck_assert_int_eq(read_line("drain web"), ARGUMENTS_COMMAND);
	ck_assert(!v.request.wait);
	ck_assert_int_eq(v.timeout, 10 * SECOND);
	ck_assert_int_eq(read_line("drain --wait"), ARGUMENTS_COMMAND);
	ck_assert(v.request.wait);
	ck_assert_int_eq(v.timeout, -1);
	ck_assert_int_eq(read_line("drain --wait=2m web"), ARGUMENTS_COMMAND);
	ck_assert_int_eq(v.timeout, 120 * SECOND);
	ck_assert_int_eq(read_line("stop"), ARGUMENTS_COMMAND);
	ck_assert_int_eq(v.timeout, -1);
}
END_TEST

START_TEST(words_to_explain_may_look_like_options)
{
	ck_assert_int_eq(read_line("explain web ::1 --uid 5 check -j --uid 7"),
	    ARGUMENTS_COMMAND);
	ck_assert_str_eq(v.request.service, "web");
	ck_assert_str_eq(v.request.address, "::1");
	ck_assert(v.request.has_uid);
	ck_assert_uint_eq(v.request.uid, 5);
	ck_assert(!v.json);
	ck_assert_uint_eq(v.request.nwords, 4);
	ck_assert_str_eq(v.request.words[0], "check");
	ck_assert_str_eq(v.request.words[3], "7");
}
END_TEST

START_TEST(levels)
{
	ck_assert_int_eq(read_line("log debug"), ARGUMENTS_COMMAND);
	ck_assert_int_eq(v.request.level, LOG_DEBUG);
	ck_assert_int_eq(read_line("log err"), ARGUMENTS_COMMAND);
	ck_assert_int_eq(v.request.level, LOG_ERR);
}
END_TEST

START_TEST(top_has_settings)
{
	ck_assert_int_eq(
	    read_line("top -d 5 -n 3 -o bytes"), ARGUMENTS_COMMAND);
	ck_assert_int_eq(v.delay, 5 * SECOND);
	ck_assert_int_eq(v.count, 3);
	ck_assert_str_eq(v.sort, "bytes");
}
END_TEST

START_TEST(help_and_version)
{
	ck_assert_int_eq(read_line("-h"), ARGUMENTS_HELP);
	ck_assert_int_eq(read_line("status --help"), ARGUMENTS_HELP);
	ck_assert_int_eq(read_line("-V"), ARGUMENTS_VERSION);
}
END_TEST

START_TEST(errors)
{
	static const struct {
		const char *line, *error;
	} cases[] = {
		{ "", "no command" },
		{ "staus",
		    "unknown command \"staus\"; did you mean "
		    "\"status\"?" },
		{ "xyzzy", "unknown command \"xyzzy\"" },
		{ "status web", "\"status\" takes no argument \"web\"" },
		{ "drain a b", "\"drain\" has too many arguments: \"b\"" },
		{ "kill",
		    "kill needs IDs of sessions, or one of --service, "
		    "--source and --identity" },
		{ "kill 1 --service web",
		    "kill needs IDs of sessions, or one of --service, "
		    "--source and --identity" },
		{ "kill 0",
		    "kill: invalid argument \"0\" (id ... | --service "
		    "name | --source address | --identity name)" },
		{ "log loud",
		    "log: invalid argument \"loud\" (debug | info | "
		    "notice | warning | err)" },
		{ "log",
		    "\"log\" needs: debug | info | notice | warning | "
		    "err" },
		{ "status --wait", "\"status\" does not take --wait" },
		{ "-n 1 status", "\"status\" does not take --count" },
		{ "top -j", "\"top\" does not take --json" },
		{ "top -n 0",
		    "--count: \"0\" is not a number from 1 to "
		    "1000000000" },
		{ "-t 0 status",
		    "--timeout: \"0\" is not a time, such as "
		    "\"10\" (seconds), \"2m\" or \"1h\"" },
		{ "drain --wait=x",
		    "--wait: \"x\" is not a time, such as "
		    "\"10\" (seconds), \"2m\" or \"1h\"" },
		{ "status -s", "option \"-s\" needs an argument" },
		{ "--nope", "invalid option \"--nope\"" },
		{ "status -x", "invalid option \"-x\"" },
		{ "explain s a --uid 1 --identity x",
		    "--uid and --identity are mutually exclusive" },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		ck_assert_int_eq(read_line(cases[i].line), ARGUMENTS_WRONG);
		ck_assert_str_eq(error, cases[i].error);
	}
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, options_may_stand_on_both_sides_of_the_command);
	tcase_add_test(tc, sessions_to_kill);
	tcase_add_test(tc, waiting_has_its_own_timeout);
	tcase_add_test(tc, words_to_explain_may_look_like_options);
	tcase_add_test(tc, levels);
	tcase_add_test(tc, top_has_settings);
	tcase_add_test(tc, help_and_version);
	tcase_add_test(tc, errors);
}

int
main(void)
{
	return unit_run("arguments", add);
}
