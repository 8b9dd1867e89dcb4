/*
 * check_arguments.c -- the command line of haild-enrol.
 */

#include "tests/unit/logged.h"
#include "tests/unit/unit.h"

#include <string.h>

#include "enrol/arguments.h"

#define ALL (OPTION_ALSO | OPTION_CERTIFICATE | OPTION_FOR | OPTION_NAME)

static struct arguments o;

/* The error that is logged about ARGV; "" if ARGV is valid. */
#define parse(accepted, ...) \
	parse_words(accepted, (const char *[]) { "token", __VA_ARGS__, NULL })

static const char *
parse_words(unsigned int accepted, const char **argv)
{
	int argc, result;

	for (argc = 0; argv[argc] != NULL; argc++)
		continue;
	result = arguments_parse(&o, accepted, argc, (char **)(uintptr_t)argv);
	if (result == 0)
		return logged();
	ck_assert_int_eq(result, -1);
	return logged();
}

START_TEST(options_are_read)
{
	ck_assert_str_eq(parse(ALL, NULL), "");
	ck_assert_str_eq(o.name, "");
	ck_assert_int_eq(o.seconds, 3600);
	ck_assert_str_eq(o.directory, ENROL_DIRECTORY);
	ck_assert_str_eq(o.certificate, SYSCONFDIR "/haild/tls/cert.pem");
	ck_assert_str_eq(
	    parse(ALL, "--name", "Web1", "--for=2d", "--dir", "/d",
		"--certificate", "c", "--also", "/a", "--also", "/b"),
	    "");
	ck_assert_str_eq(o.name, "web1");
	ck_assert_int_eq(o.seconds, 172800);
	ck_assert_str_eq(o.directory, "/d");
	ck_assert_str_eq(o.certificate, "c");
	ck_assert_uint_eq(o.nalso, 2);
	ck_assert_str_eq(o.also[1], "/b");
	ck_assert_str_eq(parse(ARGUMENT_NAME, "web1"), "");
	ck_assert_str_eq(o.name, "web1");
}
END_TEST

START_TEST(what_is_wrong_is_said)
{
	ck_assert_str_eq(parse(ALL, "--nane", "x"),
	    "test: token: wrong option \"--nane\"\n");
	ck_assert_str_eq(
	    parse(ALL, "--name"), "test: token: wrong option \"--name\"\n");
	ck_assert_str_eq(parse(OPTION_ALSO, "--name", "x"),
	    "test: token does not take --name\n");
	ck_assert_str_eq(parse(ALL, "web1"),
	    "test: token does not take the argument \"web1\"\n");
	ck_assert_str_eq(
	    parse(ARGUMENT_NAME, NULL), "test: token needs one name\n");
	ck_assert_str_eq(
	    parse(ARGUMENT_NAME, "a", "b"), "test: token needs one name\n");
	ck_assert_str_eq(parse(ALL, "--name", "a/b"),
	    "test: \"a/b\" cannot be the name of a client: use letters, "
	    "digits, \"-\", \"_\" and \".\"\n");
	ck_assert_str_eq(parse(ALL, "--for", "8d"),
	    "test: --for: \"8d\" is not a time of at most a week, such as "
	    "\"30m\", \"1h\" or \"2d\"\n");
	ck_assert_str_eq(parse(ALL, "--also", "a"),
	    "test: --also: \"a\" does not begin with \"/\"\n");
	ck_assert_str_eq(parse(ALL, "--also=/1", "--also=/2", "--also=/3",
			     "--also=/4", "--also=/5", "--also=/6", "--also=/7",
			     "--also=/8", "--also=/9"),
	    "test: --also: more than 8 files\n");
}
END_TEST

START_TEST(times)
{
	ck_assert_int_eq(arguments_time("1s"), 1);
	ck_assert_int_eq(arguments_time("90m"), 5400);
	ck_assert_int_eq(arguments_time("7d"), 604800);
	ck_assert_int_eq(arguments_time("1w"), 604800);
	ck_assert_int_eq(arguments_time("604800s"), 604800);
	ck_assert_int_eq(arguments_time("604801s"), -1);
	ck_assert_int_eq(arguments_time("2w"), -1);
	ck_assert_int_eq(arguments_time("99999999999999999999w"), -1);
	ck_assert_int_eq(arguments_time("0h"), -1);
	ck_assert_int_eq(arguments_time("-1h"), -1);
	ck_assert_int_eq(arguments_time(""), -1);
	ck_assert_int_eq(arguments_time("1"), -1);
	ck_assert_int_eq(arguments_time("1 h"), -1);
	ck_assert_int_eq(arguments_time("1hx"), -1);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, unit_enter_dir, unit_leave_dir);
	tcase_add_checked_fixture(tc, log_to_file, NULL);
	tcase_add_test(tc, options_are_read);
	tcase_add_test(tc, what_is_wrong_is_said);
	tcase_add_test(tc, times);
}

int
main(void)
{
	return unit_run("enrol arguments", add);
}
