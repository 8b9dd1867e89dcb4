/*
 * check_options.c -- hail's command line.
 */

#include "tests/unit/unit.h"

#include <string.h>

#include "lib/io.h"
#include "hail/option_types.h"
#include "hail/options.h"

#define MAX_WORDS 80

#define PIN "sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

/*
 * Parse LINE, words with single spaces between, after the program's name.  What
 * O points to is there until the next call.
 */
static enum options_result
parse(struct options *o, const char *line, char *err, size_t size)
{
	static char name[] = "hail", copy[1024], *argv[MAX_WORDS + 1];
	char *rest = copy;
	int argc = 1;

	memset(argv, 0, sizeof(argv));
	argv[0] = name;
	strlcpy(copy, line, sizeof(copy));
	while (rest != NULL && *rest != '\0' && argc < MAX_WORDS)
		argv[argc++] = strsep(&rest, " ");
	return options_parse(o, argc, argv, err, size);
}

START_TEST(seconds_are_digits_with_at_most_one_point)
{
	static const struct {
		const char *text;
		int64_t ns;
	} cases[] = {
		{ "0", 0 },
		{ "10", 10 * SECOND },
		{ "0.5", SECOND / 2 },
		{ ".5", SECOND / 2 },
		{ "5.", 5 * SECOND },
		{ "1.25", SECOND + SECOND / 4 },
		{ "0.000000001", 1 },
		{ "0.0000000019", 1 },
		{ "999999999", 999999999 * SECOND },
		{ "999999999.999999999", 1000000000 * SECOND - 1 },
		{ "1000000000", -1 },
		{ "99999999999999999999999", -1 },
		{ "", -1 },
		{ ".", -1 },
		{ "1.2.3", -1 },
		{ "-1", -1 },
		{ "+1", -1 },
		{ " 1", -1 },
		{ "1 ", -1 },
		{ "1s", -1 },
		{ "1e3", -1 },
		{ "0x10", -1 },
		{ "inf", -1 },
		{ "nan", -1 },
		{ "1,5", -1 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_msg(options_seconds(cases[i].text) == cases[i].ns,
		    "seconds of \"%s\" are %lld", cases[i].text,
		    (long long)options_seconds(cases[i].text));
}
END_TEST

START_TEST(defaults)
{
	struct options o;
	char err[256];

	ck_assert_int_eq(parse(&o, "host", err, sizeof(err)), OPTIONS_RUN);
	ck_assert_str_eq(o.host, "host");
	ck_assert_str_eq(o.port, "7890");
	ck_assert_str_eq(o.target, "host:7890");
	ck_assert_int_eq(o.family, AF_UNSPEC);
	ck_assert_uint_eq(o.source.len, 0);
	ck_assert_int_eq(o.connect_timeout, 10 * SECOND);
	ck_assert_int_eq(o.max_time, -1);
	ck_assert_int_eq(o.idle_timeout, -1);
	ck_assert_int_eq(o.quit_after, -1);
	ck_assert(!o.no_input);
	ck_assert(!o.no_shutdown);
	ck_assert(!o.allow_empty);
	ck_assert(!o.verbose);
}
END_TEST

START_TEST(targets)
{
	static const struct {
		const char *line, *host, *port, *target;
	} cases[] = {
		{ "h:80", "h", "80", "h:80" },
		{ "-p http h", "h", "http", "h:http" },
		{ "--port=80 h", "h", "80", "h:80" },
		{ "::1", "::1", "7890", "[::1]:7890" },
		{ "[::1]:80", "::1", "80", "[::1]:80" },
		{ "-p 80 ::1", "::1", "80", "[::1]:80" },
		{ "-- h", "h", "7890", "h:7890" },
		{ "/run/x", "/run/x", "", "/run/x" },
		{ "./x:80", "./x:80", "", "./x:80" },
		{ "@x", "@x", "", "@x" },
		{ "@x/y:80", "@x/y:80", "", "@x/y:80" },
		{ "./@x", "./@x", "", "./@x" },
	};
	struct options o;
	char err[256];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_int_eq(
		    parse(&o, cases[i].line, err, sizeof(err)), OPTIONS_RUN);
		ck_assert_str_eq(o.host, cases[i].host);
		ck_assert_str_eq(o.port, cases[i].port);
		ck_assert_str_eq(o.target, cases[i].target);
		ck_assert((o.family == AF_UNIX) == (o.port[0] == '\0'));
	}
}
END_TEST

/* A long name does what its letter does. */
START_TEST(each_option_is_understood)
{
	static const char *const lines[] = {
		"-6 -s ::1 -w 1 -m 2 --idle-timeout 3 h",
		"-n -q 0 -N -v --no-shutdown --allow-empty h",
		"--ipv6 --source ::1 --connect-timeout 1 --max-time 2 h",
		("--no-input --quit-after 0 --half-close --verbose "
		 "--no-shutdown --allow-empty h"),
	};
	struct options o;
	char err[256];
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		ck_assert_int_eq(
		    parse(&o, lines[i], err, sizeof(err)), OPTIONS_RUN);
		if (i % 2 == 0) {
			ck_assert_int_eq(o.family, AF_INET6);
			ck_assert_int_eq(o.source.sa.sa_family, AF_INET6);
			ck_assert_int_eq(o.connect_timeout, SECOND);
			ck_assert_int_eq(o.max_time, 2 * SECOND);
			ck_assert_int_eq(
			    o.idle_timeout, i == 0 ? 3 * SECOND : -1);
		} else {
			ck_assert(o.no_input);
			ck_assert_int_eq(o.quit_after, 0);
			ck_assert(o.verbose);
			ck_assert(o.no_shutdown && o.allow_empty);
		}
	}
	ck_assert_int_eq(parse(&o, "--ipv4 h", err, sizeof(err)), OPTIONS_RUN);
	ck_assert_int_eq(o.family, AF_INET);
}
END_TEST

START_TEST(words_after_the_host_are_a_command)
{
	static const struct {
		const char *line, *target, *name, *argument;
	} cases[] = {
		{ "h date", "h:7891", "date", NULL },
		{ "h date -u", "h:7891", "date", "-u" },
		{ "-n h -- date -n", "h:7891", "date", "-n" },
		{ "-- h date --", "h:7891", "date", "--" },
		{ "h -- date --", "h:7891", "date", "--" },
		{ "h:80 date", "h:80", "date", NULL },
		{ "-p 80 h date", "h:80", "date", NULL },
		{ "::1 date 25", "[::1]:7891", "date", "25" },
		{ "/run/x date", "/run/x", "date", NULL },
		{ "h", "h:7890", NULL, NULL },
	};
	struct options o;
	char err[256];
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		ck_assert_int_eq(
		    parse(&o, cases[i].line, err, sizeof(err)), OPTIONS_RUN);
		ck_assert_str_eq(o.target, cases[i].target);
		ck_assert((o.command != NULL) == (cases[i].name != NULL));
		if (o.command == NULL)
			continue;
		ck_assert_str_eq(o.command[0], cases[i].name);
		ck_assert_pstr_eq(o.command[1], cases[i].argument);
	}
}
END_TEST

START_TEST(variables_and_a_status_to_fail_with)
{
	struct options o;
	char err[256];

	ck_assert_int_eq(parse(&o, "-e A=1 --variable B --fail-status 3 h date",
			     err, sizeof(err)),
	    OPTIONS_RUN);
	ck_assert_uint_eq(o.n_variables, 2);
	ck_assert_str_eq(o.variables[0], "A=1");
	ck_assert_str_eq(o.variables[1], "B");
	ck_assert_int_eq(o.fail_status, 3);
	ck_assert_int_eq(parse(&o, "h date", err, sizeof(err)), OPTIONS_RUN);
	ck_assert_uint_eq(o.n_variables, 0);
	ck_assert_int_eq(o.fail_status, 0);
}
END_TEST

/* They decide how hail fails. */
START_TEST(a_command_is_known_even_if_an_option_is_wrong)
{
	struct options o;
	char err[256];

	ck_assert_int_eq(
	    parse(&o, "-x --fail-status 3 -w y h date", err, sizeof(err)),
	    OPTIONS_WRONG);
	ck_assert_str_eq(err, "unknown option -x");
	ck_assert_ptr_nonnull(o.command);
	ck_assert_int_eq(o.fail_status, 3);
}
END_TEST

START_TEST(variables_are_counted)
{
	struct options o;
	char line[512] = "", err[256];
	size_t i;

	for (i = 0; i < OPTIONS_VARIABLES_MAX; i++)
		strlcat(line, "-eA ", sizeof(line));
	strlcat(line, "h date", sizeof(line));
	ck_assert_int_eq(parse(&o, line, err, sizeof(err)), OPTIONS_RUN);
	ck_assert_uint_eq(o.n_variables, OPTIONS_VARIABLES_MAX);
	strlcpy(strstr(line, "h date"), "-eA h d", 8);
	ck_assert_int_eq(parse(&o, line, err, sizeof(err)), OPTIONS_WRONG);
	ck_assert_str_eq(err, "-e: at most 64 variables can be sent");
}
END_TEST

START_TEST(zero_seconds_are_no_limit)
{
	struct options o;
	char err[256];

	ck_assert_int_eq(
	    parse(&o, "-w 0 -m 0 --idle-timeout 0.0 h", err, sizeof(err)),
	    OPTIONS_RUN);
	ck_assert_int_eq(o.connect_timeout, -1);
	ck_assert_int_eq(o.max_time, -1);
	ck_assert_int_eq(o.idle_timeout, -1);
}
END_TEST

START_TEST(help_and_version_need_no_host)
{
	struct options o;
	char err[256];

	ck_assert_int_eq(parse(&o, "-h", err, sizeof(err)), OPTIONS_HELP);
	ck_assert_int_eq(parse(&o, "--help", err, sizeof(err)), OPTIONS_HELP);
	ck_assert_int_eq(parse(&o, "-V", err, sizeof(err)), OPTIONS_VERSION);
	ck_assert_int_eq(
	    parse(&o, "--version", err, sizeof(err)), OPTIONS_VERSION);
}
END_TEST

/* Each of these options implies TLS. */
START_TEST(each_option_of_tls_turns_it_on)
{
	static const char *const lines[] = {
		"-T h",
		"--tls h",
		"-k h",
		"--insecure h",
		"--ca system h",
		"--pin " PIN " h",
		"-i file h",
		"--identity file h",
		"--server-name x h",
		"--show-key h",
		"--enrol h token",
		"-k /x",
		"--pin " PIN " /x",
		"--ca x --server-name x /x",
		"--show-key /x",
	};
	struct options o;
	char err[256];
	size_t i;

	for (i = 0; i < COUNT(lines); i++) {
		ck_assert_int_eq(
		    parse(&o, lines[i], err, sizeof(err)), OPTIONS_RUN);
		ck_assert_msg(o.tls, "in the clear: %s", lines[i]);
	}
	ck_assert_int_eq(parse(&o, "h", err, sizeof(err)), OPTIONS_RUN);
	ck_assert(!o.tls);
}
END_TEST

START_TEST(pins_are_counted)
{
	struct options o;
	char line[1024] = "", err[256];
	size_t i;

	for (i = 0; i < OPTIONS_PINS_MAX; i++)
		strlcat(line, "--pin " PIN " ", sizeof(line));
	strlcat(line, "h", sizeof(line));
	ck_assert_int_eq(parse(&o, line, err, sizeof(err)), OPTIONS_RUN);
	ck_assert_uint_eq(o.n_pins, OPTIONS_PINS_MAX);
	ck_assert_str_eq(o.pins[0], PIN);
	strlcpy(line + strlen(line) - 1, "--pin " PIN " h", 64);
	ck_assert_int_eq(parse(&o, line, err, sizeof(err)), OPTIONS_WRONG);
	ck_assert_str_eq(err, "--pin: at most 8 pins");
}
END_TEST

START_TEST(enrolment_has_a_host_and_a_token)
{
	struct options o;
	char err[256];

	ck_assert_int_eq(
	    parse(&o, "--enrol h token", err, sizeof(err)), OPTIONS_RUN);
	ck_assert_str_eq(o.target, "h:7891");
	ck_assert_str_eq(o.token, "token");
	ck_assert_str_eq(o.command[0], "enrol");
	ck_assert_ptr_null(o.command[1]);
	ck_assert_int_eq(
	    parse(&o, "--enrol h:80 -", err, sizeof(err)), OPTIONS_RUN);
	ck_assert_str_eq(o.target, "h:80");
	ck_assert_str_eq(o.token, "-");
}
END_TEST

START_TEST(errors_are_described)
{
	static const struct {
		const char *line, *err;
	} cases[] = {
		{ "", "no host given" },
		{ "-v", "no host given" },
		{ "-x h", "unknown option -x" },
		{ "--ipv4 -6x h", "-4 and -6 are mutually exclusive" },
		{ "--verbose -vx h", "unknown option -x" },
		{ "-c h", "unknown option -c" },
		{ "-C h", "unknown option -C" },
		{ "--pin sha256:x h",
		    "--pin: \"sha256:x\" is not a pin: \"sha256:\" and 44 "
		    "characters of base64" },
		{ "--ca= h", "--ca: \"\" is empty" },
		{ "-k --ca x h",
		    "--ca, --pin, --insecure and --show-key exclude each "
		    "other" },
		{ "-k --pin " PIN " h",
		    "--ca, --pin, --insecure and --show-key exclude each "
		    "other" },
		{ "--show-key h date",
		    "--show-key does not apply to a command" },
		{ "--enrol h",
		    "--enrol needs a host and a token, and no more" },
		{ "--enrol h x y",
		    "--enrol needs a host and a token, and no more" },
		{ "--enrol -k h x",
		    "--enrol excludes -e, -k, --allow-empty, --ca, --pin and "
		    "--show-key" },
		{ "--enrol /x x",
		    "/x: --enrol does not apply to Unix sockets" },
		{ "-T /x",
		    "/x: on a Unix socket, --tls needs --pin, --ca or -k" },
		{ "--ca x /x",
		    "/x: on a Unix socket, --ca needs --server-name" },
		{ "--foo h", "unknown or ambiguous option --foo" },
		{ "--ip h", "unknown or ambiguous option --ip" },
		{ "--ipv4=x h", "--ipv4 takes no argument" },
		{ "-p", "-p needs an argument" },
		{ "--port", "--port needs an argument" },
		{ "h -v",
		    "\"-v\" is not a command: names start with a "
		    "letter, and options precede the host" },
		{ "h 25", "\"25\" is not a command; for a port write h:25" },
		{ "h:80 25",
		    "\"25\" is not a command: names start with a "
		    "letter, and options precede the host" },
		{ "h 25 x",
		    "\"25\" is not a command: names start with a "
		    "letter, and options precede the host" },
		{ "h -- 25",
		    "\"25\" is not a command: names start with a "
		    "letter, and options precede the host" },
		{ "h -- -- date",
		    "\"--\" is not a command: names start with a "
		    "letter, and options precede the host" },
		{ "h --", "h: no command after \"--\"" },
		{ "-e =1 h date", "-e: \"=1\" has no name" },
		{ "-e A=1 h", "-e needs a command" },
		{ "--fail-status 3 h", "--fail-status needs a command" },
		{ "--fail-status 0 h date",
		    "--fail-status: \"0\" is not a number from 1 to 255" },
		{ "--fail-status x h date",
		    "--fail-status: \"x\" is not a number from 1 to 255" },
		{ "-w x h", "-w: \"x\" is not a number of seconds" },
		{ "-m 1h h", "-m: \"1h\" is not a number of seconds" },
		{ "-q -1 h", "-q: \"-1\" is not a number of seconds" },
		{ "--idle-timeout . h",
		    "--idle-timeout: \".\" is not a number of seconds" },
		{ "-s localhost h",
		    "-s: \"localhost\" is not an IPv4 or IPv6 address" },
		{ "-s 127.0.0.1 -6 h", "-s: the address does not match -6" },
		{ "-s ::1 -4 h", "-s: the address does not match -4" },
		{ "-p 80 h:80", "h:80: the port is given twice" },
		{ "-p 0 h", "h: \"0\" is not a port" },
		{ "h:65536", "h:65536: \"65536\" is not a port" },
		{ "h:", "\"h:\" is not a host[:port]" },
		{ "[::1", "\"[::1\" is not a host[:port]" },
		{ "-p 80 /x",
		    "/x: -4, -6, -p and -s do not apply to Unix sockets" },
		{ "-4 /x",
		    "/x: -4, -6, -p and -s do not apply to Unix sockets" },
		{ "-s ::1 /x",
		    "/x: -4, -6, -p and -s do not apply to Unix sockets" },
	};
	struct options o;
	char err[256];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_msg(
		    parse(&o, cases[i].line, err, sizeof(err)) == OPTIONS_WRONG,
		    "accepted: %s", cases[i].line);
		ck_assert_str_eq(err, cases[i].err);
	}
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, seconds_are_digits_with_at_most_one_point);
	tcase_add_test(tc, defaults);
	tcase_add_test(tc, targets);
	tcase_add_test(tc, each_option_is_understood);
	tcase_add_test(tc, words_after_the_host_are_a_command);
	tcase_add_test(tc, variables_and_a_status_to_fail_with);
	tcase_add_test(tc, a_command_is_known_even_if_an_option_is_wrong);
	tcase_add_test(tc, variables_are_counted);
	tcase_add_test(tc, zero_seconds_are_no_limit);
	tcase_add_test(tc, help_and_version_need_no_host);
	tcase_add_test(tc, each_option_of_tls_turns_it_on);
	tcase_add_test(tc, pins_are_counted);
	tcase_add_test(tc, enrolment_has_a_host_and_a_token);
	tcase_add_test(tc, errors_are_described);
}

int
main(void)
{
	return unit_run("options", add);
}
