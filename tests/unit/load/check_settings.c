/*
 * check_settings.c -- the settings: syntax, names, values, defaults, and how
 * they are printed.
 */

#include "tests/unit/unit.h"

#include <sys/resource.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/build.h"
#include "lib/io.h"
#include "load/settings.h"

/* --- syntax, names, scopes ------------------------------------------------ */

START_TEST(syntax)
{
	static const struct refused cases[] = {
		{ "x: {\n  message = \n}\n",
		    "test.conf:2: \"message\" has no value" },
		{ "x: {", "test.conf:1: the \"{\" of \"x\" has no \"}\"" },
		{ "\nmax-sessions = 1\nmax-sessions = 2\n",
		    "test.conf:3: \"max-sessions\" already exists at "
		    "test.conf:2" },
		{ "x: { " M "}\nx: { " M "}\n",
		    "test.conf:2: \"x\" already exists at test.conf:1" },
		{ "x: { " M "\nnice = 1 nice = 2 }",
		    "test.conf:2: \"nice\" is already set at test.conf:2" },
		{ "x: { listen = [\"a\", 1] }",
		    "test.conf:1: \"listen\": 1 is of another type than the "
		    "value before it" },
		{ "# c\n\n@include \"/etc/passwd\"\n",
		    "test.conf:3: @include is not supported: use conf.d" },
		{ "x: { " M "}\n \t@include \"y\"\n",
		    "test.conf:2: @include is not supported: use conf.d" },
	};

	REFUSE(cases, false);
}
END_TEST

START_TEST(names)
{
	static const struct refused cases[] = {
		{ "\n# c\nx: { " M "mesage = \"\" }\n",
		    "test.conf:3: unknown setting \"mesage\"; did you mean "
		    "\"message\"?" },
		{ "colour = \"red\"\nx: { " M "}\n",
		    "test.conf:1: unknown setting \"colour\"" },
		{ "limit-foo = 1\nx: { " M "limit-bar = \"2\" }\n",
		    "test.conf:1: unknown setting \"limit-foo\"\n"
		    "test.conf:2: unknown setting \"limit-bar\"; did you mean "
		    "\"limit-as\"?" },
		{ "x: { " M "\nredirect = \"localhost 80\"\n"
		  "bindtodevice = \"lo\" }",
		    "test.conf:2: unknown setting \"redirect\"; did you mean "
		    "\"forward\"?\n"
		    "test.conf:3: unknown setting \"bindtodevice\"; did you "
		    "mean \"interface\"?" },
		{ "x: { " M "\n y: { z = 1 } }\n",
		    "test.conf:2: unknown setting \"y\"" },
		{ "x: { " M "\n stop-timeout = \"1s\" }",
		    "test.conf:2: \"stop-timeout\" applies to all services: "
		    "move it to the top level" },
		{ "x: { " M "\n log-facility = \"user\" }",
		    "test.conf:2: \"log-facility\" applies to all services: "
		    "move it to the top level" },
		{ "listen = [\"*:80\"]\ndisable = true\nmessage = \"\"\n"
		  "builtin = \"echo\"\nexec = [\"/bin/sh\"]\nx: { " M "}",
		    "test.conf:1: \"listen\" belongs in a service\n"
		    "test.conf:2: \"disable\" belongs in a service\n"
		    "test.conf:3: \"message\" belongs in a service\n"
		    "test.conf:4: \"builtin\" belongs in a service\n"
		    "test.conf:5: \"exec\" belongs in a service" },
	};

	REFUSE(cases, false);
}
END_TEST

START_TEST(names_of_services)
{
	static const char fits[] =
	    "a123456789b123456789c123456789d123456789"
	    "e123456789f123456789g12";
	char text[256], want[256];

	ck_assert_uint_eq(strlen(fits), SERVICE_NAME_MAX);
	snprintf(text, sizeof(text), "%s: { " M "}", fits);
	ck_assert_str_eq(good_service(text, false)->name, fits);
	snprintf(text, sizeof(text), "\n%sx: { " M "}", fits);
	snprintf(want, sizeof(want),
	    "test.conf:2: \"%sx\": a service's name has at most 63 bytes",
	    fits);
	ck_assert_ptr_null(build_text(text, false));
	ck_assert_str_eq(errors, want);
}
END_TEST

/* --- values --------------------------------------------------------------- */

START_TEST(types)
{
	static const struct refused cases[] = {
		{ "x: { " M "\nuser = 1 }",
		    "test.conf:2: \"user\" must be a string, in quotes" },
		{ "x: { listen = [\"127.0.0.1:80\"]\nmessage = 1 }",
		    "test.conf:2: \"message\" must be a string, in quotes\n"
		    "test.conf:1: service \"x\" has no handler: add "
		    "\"message\", \"builtin\", \"exec\", \"commands\" or "
		    "\"forward\"" },
		{ "x: { " X "\ndirectory = true }",
		    "test.conf:2: \"directory\" must be a string, in quotes" },
		{ "log-facility = 3\nx: { " M "}",
		    "test.conf:1: \"log-facility\" must be a string, in "
		    "quotes" },
		{ "x: { message = \"\"\nlisten = \"127.0.0.1:80\" }",
		    "test.conf:2: \"listen\" must be a list of strings, such "
		    "as [\"a\", \"b\"]\ntest.conf:1: service \"x\" does not "
		    "listen: add \"listen\"" },
		{ "x: { " X "\nenvironment = (\"A=1\", 1) }",
		    "test.conf:2: \"environment\" must be a list of strings, "
		    "such as [\"a\", \"b\"]" },
		{ "x: { " X "\nenvironment = [1] }",
		    "test.conf:2: \"environment\" must be a list of strings, "
		    "such as [\"a\", \"b\"]" },
		{ "x: { " X "environment = [\"A=1\",\n\"B\"] }",
		    "test.conf:1: \"environment\": \"B\" is not of the form "
		    "NAME=value" },
		{ "x: { " X "environment = [\"=1\"] }",
		    "test.conf:1: \"environment\": \"=1\" is not of the form "
		    "NAME=value" },
		{ "x: { " M "\nnice = \"1\" }",
		    "test.conf:2: \"nice\" must be a whole number" },
		{ "backlog = 1.5\nx: { " M "}",
		    "test.conf:1: \"backlog\" must be a whole number" },
		{ "x: { " M "\nfreebind = 1 }",
		    "test.conf:2: \"freebind\" must be true or false" },
		{ "x: { " X "\nno-new-privileges = \"yes\" }",
		    "test.conf:2: \"no-new-privileges\" must be true or "
		    "false" },
		{ "x: { " X "\numask = 22 }",
		    "test.conf:2: \"umask\" must be an octal number in quotes, "
		    "such as \"0660\"" },
		{ "x: { " M "\nlimit-core = true }",
		    "test.conf:2: \"limit-core\" must be a limit, such as 64, "
		    "\"64K\", \"64K:1M\" or \"unlimited\"" },
		{ "kill-grace = true\nx: { " M "}",
		    "test.conf:1: \"kill-grace\" must be a duration, such as "
		    "\"30s\", \"5m\", \"1h\"" },
		{ "x: { " M "\nmax-per-source = \"few\" }",
		    "test.conf:2: \"max-per-source\" must be a whole number or "
		    "\"none\"" },
		{ "max-per-source = true\nx: { " M "}",
		    "test.conf:1: \"max-per-source\" must be a whole number or "
		    "\"none\"" },
		{ "max-load = \"high\"\nx: { " M "}",
		    "test.conf:1: \"max-load\" must be a load average, such as "
		    "4.5 or \"none\"" },
		{ "x: { " M "\nrate = 50 }",
		    "test.conf:2: \"rate\" must be a rate, such as \"50/s\", "
		    "\"300/m\", \"50/s:100\" or \"none\"" },
		{ "x: { " M "\nrate-per-source = \"50/d\" }",
		    "test.conf:2: \"rate-per-source\" must be a rate, such as "
		    "\"50/s\", \"300/m\", \"50/s:100\" or \"none\"" },
		{ "x: { " M "\nbusy-message = true }",
		    "test.conf:2: \"busy-message\" must be a string, in "
		    "quotes" },
		{ "x: { " M "\nallow = \"192.0.2.1\" }",
		    "test.conf:2: \"allow\" must be a list of strings, such as "
		    "[\"a\", \"b\"]" },
		{ "x: { " M "\nallow-user = \"root\" }",
		    "test.conf:2: \"allow-user\" must be a list of strings, "
		    "such as [\"a\", \"b\"]\ntest.conf:2: \"allow-user\" needs "
		    "a Unix socket in \"listen\"" },
		{ "at-limit = 1\nx: { " M "}",
		    "test.conf:1: \"at-limit\" must be \"wait\" or "
		    "\"refuse\"" },
	};

	REFUSE(cases, false);
}
END_TEST

START_TEST(numbers_have_a_range)
{
	static const struct refused cases[] = {
		{ "max-sessions = 0\nx: { " M "}",
		    "test.conf:1: \"max-sessions\" must be from 1 to 65536" },
		{ "max-sessions = 65537\nx: { " M "}",
		    "test.conf:1: \"max-sessions\" must be from 1 to 65536" },
		{ "x: { " M "\nmax-sessions = -1 }",
		    "test.conf:2: \"max-sessions\" must be from 1 to 65536" },
		{ "x: { " M "\nmax-per-source = 0 }",
		    "test.conf:2: \"max-per-source\" must be from 1 to 65536" },
		{ "max-per-source = 65537\nx: { " M "}",
		    "test.conf:1: \"max-per-source\" must be from 1 to 65536" },
		{ "source-prefix-v4 = 33\nx: { " M "}",
		    "test.conf:1: \"source-prefix-v4\" must be from 0 to 32" },
		{ "x: { " M "\nsource-prefix-v6 = 129 }",
		    "test.conf:2: \"source-prefix-v6\" must be from 0 to 128" },
		{ "x: { " M "\nbacklog = 65536 }",
		    "test.conf:2: \"backlog\" must be from 1 to 65535" },
		{ "x: { " M "\nnice = -21 }",
		    "test.conf:2: \"nice\" must be from -20 to 19" },
		{ "x: { " M "\nnice = 4294967296L }",
		    "test.conf:2: \"nice\" must be from -20 to 19" },
	};

	REFUSE(cases, false);
	ck_assert_int_eq(
	    good("max-sessions = 65536 x: { " M "}", false)->max_sessions,
	    65536);
	ck_assert_int_eq(
	    good_service("x: { " M "nice = -20 }", true)->nice, -20);
	ck_assert_int_eq(
	    good_service("x: { " M "nice = 19L }", false)->nice, 19);
}
END_TEST

START_TEST(networks)
{
	static const struct refused cases[] = {
		{ "x: { " M "\nallow = [\"192.0.2.1/24\", \"::1\", \"a\"] }",
		    "test.conf:2: \"allow\": \"192.0.2.1/24\": bits beyond the "
		    "prefix are set; did you mean 192.0.2.0/24?\ntest.conf:2: "
		    "\"allow\": \"a\" is neither an address nor a prefix, such "
		    "as \"192.0.2.0/24\"" },
		{ "x: { " M "\ndeny = [\"192.0.2.0/33\"] }",
		    "test.conf:2: \"deny\": \"192.0.2.0/33\": a prefix length "
		    "is a number from 0 to 32" },
		{ "proxy-from = [\"localhost\"]\nx: { " M "}",
		    "test.conf:1: \"proxy-from\": \"localhost\" is neither an "
		    "address nor a prefix, such as \"192.0.2.0/24\"" },
		{ "deny = [\"::1/64\"]\nx: { " M "}",
		    "test.conf:1: \"deny\": \"::1/64\": bits beyond the prefix "
		    "are set; did you mean ::/64?" },
	};
	const struct config *config;
	const struct service *s;

	REFUSE(cases, false);
	config = good(
	    "deny = [\"192.0.2.1\"]\nallow = []\n"
	    "x: { " M
	    "allow = [\"192.0.2.0/24\", \"::1\", "
	    "\"192.0.2.0/24\"] proxy-from = [] }",
	    false);
	s = &config->services[0];
	ck_assert_uint_eq(config->deny.n, 1);
	ck_assert_uint_eq(config->allow.n, 0);
	ck_assert_uint_eq(s->allow.n, 2);
	ck_assert_uint_eq(s->deny.n, 0); /* not a default */
	ck_assert_ptr_null(s->deny.list);
	ck_assert_ptr_nonnull(s->proxy_from.list);
}
END_TEST

START_TEST(rates_and_loads)
{
	static const struct {
		const char *text;
		int64_t want;
	} loads[] = { { "4", 400 }, { "4.5", 450 }, { "\"4.5\"", 450 },
		{ "0.01", 1 }, { "4.35", 435 }, { "\"4.359\"", 435 },
		{ "1000000", 100000000 }, { "\"none\"", -1 } };
	static const char *const bad[] = { "0", "-1", "0.001", "1000001",
		"\"\"", "\"4.\"", "\".5\"", "\"4,5\"", "\"-4\"", "\"1e2\"",
		"\"nan\"", "true", "[1]" };
	const struct service *s;
	char text[128];
	size_t i;

	for (i = 0; i < COUNT(loads); i++) {
		snprintf(text, sizeof(text), "max-load = %s x: { " M "}",
		    loads[i].text);
		ck_assert_int_eq(good(text, false)->max_load, loads[i].want);
	}
	for (i = 0; i < COUNT(bad); i++) {
		snprintf(
		    text, sizeof(text), "max-load = %s x: { " M "}", bad[i]);
		ck_assert_msg(build_text(text, false) == NULL, "%s", text);
		ck_assert_str_eq(errors,
		    "test.conf:1: \"max-load\" must be a load average, such as "
		    "4.5 or \"none\"");
	}
	s = good_service(
	    "rate = \"5/s\" x: { " M "rate-per-source = \"7/m:9\" }", false);
	ck_assert_int_eq(s->rate.count, 5);
	ck_assert_int_eq(s->rate.burst, 5);
	ck_assert_int_eq(s->rate_per_source.count, 7);
	ck_assert_int_eq(s->rate_per_source.period, 60 * SECOND);
	ck_assert_int_eq(s->rate_per_source.burst, 9);
	s = good_service("rate = \"5/s\" x: { " M "rate = \"none\" }", false);
	ck_assert_int_eq(s->rate.count, 0);
}
END_TEST

START_TEST(modes_are_octal)
{
	static const char *const bad[] = { "", "8", "0668", "1000", "0o22",
		" 22", "22 ", "-22", "rw" };
	char text[128];
	size_t i;

	for (i = 0; i < COUNT(bad); i++) {
		snprintf(
		    text, sizeof(text), "x: { " X "\numask = \"%s\" }", bad[i]);
		ck_assert_ptr_null(build_text(text, false));
		ck_assert_str_eq(errors,
		    "test.conf:2: \"umask\" must be an octal number in quotes, "
		    "such as \"0660\"");
	}
	ck_assert_int_eq(
	    good_service("x: { " X "umask = \"0777\" }", false)->umask, 0777);
	ck_assert_int_eq(
	    good_service("x: { " X "umask = \"27\" }", false)->umask, 027);
	ck_assert_int_eq(
	    good_service("x: { " X "umask = \"0\" }", false)->umask, 0);
}
END_TEST

START_TEST(durations)
{
	static const struct refused cases[] = {
		{ "x: { " M "\nkill-grace = \"10x\" }",
		    "test.conf:2: \"kill-grace\" must be a duration, such as "
		    "\"30s\", \"5m\", \"1h\"" },
		{ "x: { " M "\nsession-timeout = \"\" }",
		    "test.conf:2: \"session-timeout\" must be a duration, such "
		    "as \"30s\", \"5m\", \"1h\" or \"none\"" },
		{ "x: { " M "\nsession-timeout = \"-1\" }",
		    "test.conf:2: \"session-timeout\" must be a duration, such "
		    "as \"30s\", \"5m\", \"1h\" or \"none\"" },
		{ "x: { " M "\nkill-grace = \"none\" }",
		    "test.conf:2: \"kill-grace\" must be a duration, such as "
		    "\"30s\", \"5m\", \"1h\"" },
		{ "stop-timeout = \"none\"\nx: { " M "}",
		    "test.conf:1: \"stop-timeout\" must be a duration, such as "
		    "\"30s\", \"5m\", \"1h\"" },
		{ "stop-timeout = \"366d\"\nx: { " M "}",
		    "test.conf:1: \"stop-timeout\" must be from 0s to 365d" },
		{ "stop-timeout = -1\nx: { " M "}",
		    "test.conf:1: \"stop-timeout\" must be from 0s to 365d" },
		{ "x: { " M "\nsession-timeout = 0 }",
		    "test.conf:2: \"session-timeout\" must be from 1s to "
		    "365d" },
		{ "x: { " M "\nsession-timeout = -1 }",
		    "test.conf:2: \"session-timeout\" must be from 1s to "
		    "365d" },
		{ "x: { " M "\nsession-timeout = \"999999999999d\" }",
		    "test.conf:2: \"session-timeout\" must be from 1s to "
		    "365d" },
	};
	const struct service *s;

	REFUSE(cases, false);
	s = good_service(
	    "x: { " M "session-timeout = \"365d\" kill-grace = 0 }", false);
	ck_assert_int_eq(s->session_timeout, 365 * 86400 * SECOND);
	ck_assert_int_eq(s->kill_grace, 0);
	s = good_service(
	    "session-timeout = 90\n"
	    "x: { " M "session-timeout = \"none\" }",
	    false);
	ck_assert_int_eq(s->session_timeout, -1);
}
END_TEST

START_TEST(limits)
{
	static const char *const bad[] = { "\"64X\"", "\"2M:1M\"", "\"\"",
		"\"-1\"", "-1", "1.5", "\"64K:\"", "\":64K\"", "\"1K1\"" };
	const struct service *s;
	char text[128];
	size_t i;

	for (i = 0; i < COUNT(bad); i++) {
		snprintf(text, sizeof(text), "x: { " M "\nlimit-nofile = %s }",
		    bad[i]);
		ck_assert_ptr_null(build_text(text, false));
		ck_assert_str_eq(errors,
		    "test.conf:2: \"limit-nofile\" must be a limit, such as "
		    "64, \"64K\", \"64K:1M\" or \"unlimited\"");
	}
	s = good_service(
	    "x: { " M "limit-nofile = 64 limit-as = \"1M:2M\" }", false);
	ck_assert(s->limits[RLIMIT_NOFILE].set);
	ck_assert_uint_eq(s->limits[RLIMIT_NOFILE].soft, 64);
	ck_assert_uint_eq(s->limits[RLIMIT_NOFILE].hard, 64);
	ck_assert_uint_eq(s->limits[RLIMIT_AS].soft, 1 << 20);
	ck_assert_uint_eq(s->limits[RLIMIT_AS].hard, 2 << 20);
	ck_assert(!s->limits[RLIMIT_CPU].set);
}
END_TEST

START_TEST(each_limit_sets_the_one_of_its_name)
{
	static const struct {
		const char *name;
		int which;
	} cases[] = {
		{ "as", RLIMIT_AS },
		{ "core", RLIMIT_CORE },
		{ "cpu", RLIMIT_CPU },
		{ "data", RLIMIT_DATA },
		{ "fsize", RLIMIT_FSIZE },
		{ "locks", RLIMIT_LOCKS },
		{ "memlock", RLIMIT_MEMLOCK },
		{ "msgqueue", RLIMIT_MSGQUEUE },
		{ "nice", RLIMIT_NICE },
		{ "nofile", RLIMIT_NOFILE },
		{ "nproc", RLIMIT_NPROC },
		{ "rss", RLIMIT_RSS },
		{ "rtprio", RLIMIT_RTPRIO },
		{ "rttime", RLIMIT_RTTIME },
		{ "sigpending", RLIMIT_SIGPENDING },
		{ "stack", RLIMIT_STACK },
	};
	const struct service *s;
	char text[128];
	size_t i;

	ck_assert_uint_eq(COUNT(cases), RLIM_NLIMITS);
	for (i = 0; i < COUNT(cases); i++) {
		snprintf(text, sizeof(text), "x: { " M "limit-%s = 77 }",
		    cases[i].name);
		s = good_service(text, true);
		ck_assert_uint_eq(s->limits[cases[i].which].soft, 77);
	}
}
END_TEST

START_TEST(words)
{
	static const struct refused cases[] = {
		{ "x: { " M "\nat-limit = \"queue\" }",
		    "test.conf:2: \"at-limit\" must be \"wait\" or "
		    "\"refuse\"" },
		{ "x: { " X "\nleftovers = \"\" }",
		    "test.conf:2: \"leftovers\" must be \"kill\" or "
		    "\"keep\"" },
		{ "x: { " X "\non-disconnect = \"ignore\" }",
		    "test.conf:2: \"on-disconnect\" must be \"kill\" or "
		    "\"continue\"" },
		{ "x: { " X "\nstderr = \"Log\" }",
		    "test.conf:2: \"stderr\" must be \"log\", \"client\" or "
		    "\"discard\"" },
		{ "log-facility = \"demon\"\nx: { " M "}",
		    "test.conf:1: unknown facility \"demon\"; did you mean "
		    "\"daemon\"?" },
		{ "x: { listen = [\"127.0.0.1:80\"]\nbuiltin = \"finger\" }",
		    "test.conf:2: \"builtin\" must be \"chargen\", "
		    "\"daytime\", \"discard\", \"echo\", \"health\" "
		    "or \"time\"" },
	};
	const struct service *s;

	REFUSE(cases, false);
	s = good_service("x: { " X
			 "at-limit = \"refuse\" leftovers = \"keep\" "
			 "on-disconnect = \"continue\" stderr = \"discard\" }",
	    false);
	ck_assert_int_eq(s->at_limit, AT_LIMIT_REFUSE);
	ck_assert_int_eq(s->leftovers, LEFTOVERS_KEEP);
	ck_assert_int_eq(s->on_disconnect, DISCONNECT_CONTINUE);
	ck_assert_int_eq(s->stderr_to, STDERR_DISCARD);
	s = good_service("x: { " X "stderr = \"client\" }", false);
	ck_assert_int_eq(s->stderr_to, STDERR_CLIENT);
}
END_TEST

START_TEST(paths_are_absolute)
{
	static const struct refused cases[] = {
		{ "x: { " M "\nchroot = \"srv\" }",
		    "test.conf:2: \"chroot\": \"srv\" is not an absolute "
		    "path" },
		{ "x: { " X "user = \"root\"\ndirectory = \"\" }",
		    "test.conf:2: \"directory\": \"\" is not an absolute "
		    "path" },
		{ "x: { listen = [\"127.0.0.1:80\"] user = \"root\"\n"
		  "exec = [\"sh\"] }",
		    "test.conf:2: \"exec\": \"sh\" is not an absolute path" },
		{ "x: { " X "user = \"root\"\nchroot = \"srv\" }",
		    "test.conf:2: \"chroot\": \"srv\" is not an absolute "
		    "path" },
		{ "x: { listen = [\"127.0.0.1:80\"] user = \"root\"\n"
		  "exec = [] }",
		    "test.conf:2: \"exec\" has no program" },
	};

	REFUSE(cases, true);
}
END_TEST

/* --- what is understood, and back ----------------------------------------- */

START_TEST(defaults)
{
	const struct config *config = good("x: { " X "}", false);
	const struct service *s = &config->services[0];
	int i;

	ck_assert_int_eq(config->max_sessions, 1024);
	ck_assert_int_eq(config->max_per_source, 512);
	ck_assert_int_eq(config->max_load, -1);
	ck_assert_int_eq(config->source_v4, 32);
	ck_assert_int_eq(config->source_v6, 64);
	ck_assert_ptr_null(config->allow.list);
	ck_assert_ptr_null(config->deny.list);
	ck_assert_int_eq(config->stop_timeout, 30 * SECOND);
	ck_assert_int_eq(config->log_facility, 3 << 3); /* daemon */

	ck_assert_str_eq(s->name, "x");
	ck_assert_str_eq(s->file, "test.conf");
	ck_assert_int_eq(s->line, 1);
	ck_assert_int_eq(s->handler, HANDLER_EXEC);
	ck_assert_int_eq(s->backlog, 4096);
	ck_assert_ptr_null(s->socket_user);
	ck_assert_ptr_null(s->socket_group);
	ck_assert_int_eq(s->socket_uid, -1);
	ck_assert_int_eq(s->socket_gid, -1);
	ck_assert_int_eq(s->socket_mode, 0600);
	ck_assert(!s->freebind);
	ck_assert_ptr_null(s->interface);
	ck_assert_int_eq(s->defer_accept, -1);
	ck_assert(!s->disable);
	ck_assert_ptr_null(s->message);
	ck_assert_ptr_null(s->builtin);
	ck_assert_str_eq(s->exec[0], "/bin/sh");
	ck_assert_ptr_null(s->exec[1]);
	ck_assert_ptr_null(s->user);
	ck_assert_ptr_null(s->group);
	ck_assert_ptr_null(s->groups);
	ck_assert_ptr_null(s->chroot);
	ck_assert_str_eq(s->directory, "/");
	ck_assert_int_eq(s->umask, 022);
	ck_assert_int_eq(s->nice, 0);
	ck_assert_ptr_null(s->environment);
	ck_assert_int_eq(s->no_new_privileges, geteuid() != 0);
	for (i = 0; i < (int)RLIM_NLIMITS; i++)
		ck_assert(s->limits[i].set == (i == RLIMIT_CORE));
	ck_assert_uint_eq(s->limits[RLIMIT_CORE].soft, 0);
	ck_assert_uint_eq(s->limits[RLIMIT_CORE].hard, 0);
	ck_assert_int_eq(s->max_sessions, 256);
	ck_assert_int_eq(s->max_per_source, 32);
	ck_assert_int_eq(s->source_v4, 32);
	ck_assert_int_eq(s->source_v6, 64);
	ck_assert_int_eq(s->rate.count, 0);
	ck_assert_int_eq(s->rate_per_source.count, 0);
	ck_assert_int_eq(s->at_limit, AT_LIMIT_WAIT);
	ck_assert_ptr_null(s->busy_message);
	ck_assert_ptr_null(s->busy);
	ck_assert_ptr_null(s->allow.list);
	ck_assert_ptr_null(s->deny.list);
	ck_assert_ptr_null(s->allow_user);
	ck_assert_ptr_null(s->allow_group);
	ck_assert_ptr_null(s->proxy_from.list);
	ck_assert(!s->tls);
	ck_assert_ptr_null(s->tls_certificate);
	ck_assert_ptr_null(s->tls_key);
	ck_assert_int_eq(s->tls_minimum, TLS_MINIMUM_1_3);
	ck_assert_ptr_null(s->tls_alpn);
	ck_assert_ptr_null(s->tls_priority);
	ck_assert_int_eq(s->tls_client, TLS_CLIENT_NONE);
	ck_assert_ptr_null(s->tls_client_ca);
	ck_assert_ptr_null(s->tls_client_crl);
	ck_assert_ptr_null(s->identities);
	ck_assert_ptr_null(s->allow_identity);
	ck_assert_int_eq(s->on_truncation, TRUNCATION_CONTINUE);
	ck_assert_int_eq(s->session_timeout, -1);
	ck_assert_int_eq(s->kill_grace, 5 * SECOND);
	ck_assert_int_eq(s->leftovers, LEFTOVERS_KILL);
	ck_assert_int_eq(s->on_disconnect, DISCONNECT_KILL);
	ck_assert_int_eq(s->stderr_to, STDERR_LOG);
	ck_assert(!s->log_start);
}
END_TEST

/* The whole of it, so that a new setting does not slip in unseen. */
START_TEST(defaults_in_print)
{
	const struct config *config =
	    good("x: { " X
		 "no-new-privileges = true }\n"
		 "y: { listen = [\"/run/y\"] message = \"\" }\n",
		false);
	char *text = build_print(config);

	ck_assert_str_eq(text,
	    "max-sessions = 1024\n"
	    "max-per-source = 512\n"
	    "max-load = \"none\"\n"
	    "control = \"" RUNSTATEDIR
	    "/haild/control.sock\"\n"
	    "stop-timeout = \"30s\"\n"
	    "resolve-interval = \"5m\"\n"
	    "drain-delay = \"0s\"\n"
	    "strict-start = false\n"
	    "log-facility = \"daemon\"\n"
	    "log-format = \"text\"\n"
	    "log-address = \"full\"\n"
	    "\n"
	    "x: {\n"
	    "\tlisten = [\"127.0.0.1:80\"]\n"
	    "\tbacklog = 4096\n"
	    "\tfreebind = false\n"
	    "\tdefer-accept = \"none\"\n"
	    "\twait = false\n"
	    "\tdisable = false\n"
	    "\texec = [\"/bin/sh\"]\n"
	    "\tdirectory = \"/\"\n"
	    "\tumask = \"0022\"\n"
	    "\tnice = 0\n"
	    "\tno-new-privileges = true\n"
	    "\tlimit-core = \"0\"\n"
	    "\tsandbox = \"none\" # default\n"
	    "\tprivate-network = false # default\n"
	    "\tprivate-tmp = false # default\n"
	    "\tprivate-devices = false # default\n"
	    "\tprivate-pids = false # default\n"
	    "\tprivate-ipc = false # default\n"
	    "\tprotect-hostname = false # default\n"
	    "\tprotect-system = \"no\" # default\n"
	    "\tprotect-home = \"no\" # default\n"
	    "\trestrict-namespaces = false # default\n"
	    "\tlandlock-scope = false # default\n"
	    "\tmemory-max = \"none\" # default\n"
	    "\ttasks-max = \"none\" # default\n"
	    "\tcpu-quota = \"none\" # default\n"
	    "\tservice-memory-max = \"none\" # default\n"
	    "\tservice-tasks-max = \"none\" # default\n"
	    "\toom-policy = \"kill\" # default\n"
	    "\toom-score-adjust = 0 # default\n"
	    "\tmax-sessions = 256\n"
	    "\tmax-per-source = 32\n"
	    "\tsource-prefix-v4 = 32\n"
	    "\tsource-prefix-v6 = 64\n"
	    "\trate = \"none\"\n"
	    "\trate-per-source = \"none\"\n"
	    "\tat-limit = \"wait\"\n"
	    "\ttls = false\n"
	    "\ttcp-keepalive = \"10m\"\n"
	    "\tsession-timeout = \"none\"\n"
	    "\tkill-grace = \"5s\"\n"
	    "\tleftovers = \"kill\"\n"
	    "\ton-disconnect = \"kill\"\n"
	    "\tlinger = true\n"
	    "\tstderr = \"log\"\n"
	    "\tlog-start = false\n"
	    "}\n"
	    "\n"
	    "y: {\n"
	    "\tlisten = [\"/run/y\"]\n"
	    "\tbacklog = 4096\n"
	    "\tsocket-mode = \"0600\"\n"
	    "\tfreebind = false\n"
	    "\tdisable = false\n"
	    "\tmessage = \"\"\n"
	    "\tnice = 0\n"
	    "\tlimit-core = \"0\"\n"
	    "\tmax-sessions = 256\n"
	    "\tmax-per-source = 32\n"
	    "\trate = \"none\"\n"
	    "\trate-per-source = \"none\"\n"
	    "\tat-limit = \"wait\"\n"
	    "\ttls = false\n"
	    "\tidle-timeout = \"none\"\n"
	    "\tsession-timeout = \"none\"\n"
	    "\tkill-grace = \"5s\"\n"
	    "\tlog-start = false\n"
	    "}\n");
	free(text);
}
END_TEST

START_TEST(services_inherit_and_override)
{
	const struct config *config = good(
	    "x: { listen = [\"*:1\"] message = \"\" }\n"
	    "nice = 5\n"
	    "max-sessions = 7\n"
	    "kill-grace = \"1m\"\n"
	    "limit-nofile = \"10:20\"\n"
	    "y: { listen = [\"*:2\"] exec = [\"/bin/sh\"] nice = 6 "
	    "max-sessions = 8 kill-grace = 2 limit-nofile = 30 }\n"
	    "directory = \"/etc\"\n"
	    "environment = [\"A=1\"]\n",
	    false);
	const struct service *x = config_find(config, "x");
	const struct service *y = config_find(config, "y");

	ck_assert_int_eq(config->max_sessions, 7);
	ck_assert_int_eq(x->nice, 5);
	ck_assert_int_eq(x->max_sessions, 256); /* not the total */
	ck_assert_int_eq(x->kill_grace, 60 * SECOND);
	ck_assert_uint_eq(x->limits[RLIMIT_NOFILE].soft, 10);
	ck_assert_uint_eq(x->limits[RLIMIT_NOFILE].hard, 20);
	ck_assert_int_eq(y->nice, 6);
	ck_assert_int_eq(y->max_sessions, 8);
	ck_assert_int_eq(y->kill_grace, 2 * SECOND);
	ck_assert_uint_eq(y->limits[RLIMIT_NOFILE].soft, 30);
	ck_assert_uint_eq(y->limits[RLIMIT_NOFILE].hard, 30);
	ck_assert_str_eq(y->directory, "/etc");
	ck_assert_str_eq(y->environment[0], "A=1");
	ck_assert_ptr_null(y->environment[1]);
	ck_assert_ptr_null(config_find(config, "z"));
}
END_TEST

/* Every byte that a string can hold, as people might write them. */
static void
all_bytes(char *raw, char *written, size_t size)
{
	size_t used = 0;
	int c;

	for (c = 1; c < 256; c++) {
		raw[c - 1] = (char)c;
		if (c == '"' || c == '\\' || c < ' ' || c == 0x7f)
			used += (size_t)snprintf(
			    written + used, size - used, "\\x%02x", c);
		else
			used += (size_t)snprintf(
			    written + used, size - used, "%c", c);
	}
	raw[255] = '\0';
	ck_assert_uint_lt(used, size);
}

START_TEST(print_is_read_again)
{
	static const char rest[] =
	    "max-sessions = 99 max-per-source = 9 max-load = 4.5\n"
	    "allow = [\"192.0.2.0/24\", \"2001:db8::/32\"] deny = []\n"
	    "control = \"/run/c\" control-group = \"daemon\"\n"
	    "resolve-interval = \"10m\"\n"
	    "stop-timeout = \"2h\" drain-delay = \"15s\"\n"
	    "log-format = \"json\" log-address = \"prefix\"\n"
	    "log-facility = \"local3\"\n"
	    "b: {\n"
	    "listen = [\"/run/b\", \"*:7890\"] builtin = \"chargen\"\n"
	    "backlog = 5 socket-user = \"root\" socket-group = \"daemon\"\n"
	    "socket-mode = \"0007\" freebind = true disable = true\n"
	    "allow-user = [\"root\"] allow-group = [\"daemon\", \"root\"]\n"
	    "}\n"
	    "e: {\n"
	    "listen = [\"[::1]:7890\"] exec = [\"/bin/sh\", \"-c\", \"\", "
	    "\"a \\\" b \\\\ \\x7f\"]\n"
	    "argv0 = \"-sh\" user = \"nobody\" group = \"daemon\" "
	    "groups = [\"root\", \"daemon\"]\n"
	    "chroot = \"/\" directory = \"/bin\" umask = \"007\" nice = -3\n"
	    "environment = [\"A=\", \"B=\\\"\\n=\"] no-new-privileges = true\n"
	    "limit-as = \"1G\" limit-core = \"unlimited\" limit-cpu = 10\n"
	    "limit-data = \"1M:unlimited\" limit-fsize = \"15E\"\n"
	    "limit-locks = 1 limit-memlock = \"64K\" limit-msgqueue = 2\n"
	    "limit-nice = 3 limit-nofile = \"64:128\" limit-nproc = 4\n"
	    "limit-rss = 5 limit-rtprio = 6 limit-rttime = 7\n"
	    "limit-sigpending = 8 limit-stack = \"8M\"\n"
	    "sandbox = \"basic\" private-tmp = true\n"
	    "read-only-paths = [\"/etc\", \"-/nowhere\"]\n"
	    "read-write-paths = [\"/tmp\"] inaccessible-paths = [\"/srv\"]\n"
	    "bind-paths = [\"/usr:/opt\"] bind-read-only-paths = [\"/bin\"]\n"
	    "cpu-quota = \"12.5%\" cpu-affinity = [\"0\"]\n"
	    "oom-score-adjust = -7 oom-policy = \"continue\"\n"
	    "max-sessions = 3 at-limit = \"refuse\"\n"
	    "busy-message = \"busy\\n\" max-per-source = \"none\"\n"
	    "source-prefix-v4 = 24 source-prefix-v6 = 48\n"
	    "rate = \"50/s:100\" rate-per-source = \"3/h\"\n"
	    "allow = [\"192.0.2.1\", \"::1\", \"0.0.0.0/0\"]\n"
	    "deny = [\"::ffff:192.0.2.0/120\"] proxy-from = [\"192.0.2.9\"]\n"
	    "session-timeout = \"90s\" kill-grace = \"2d\"\n"
	    "leftovers = \"keep\" on-disconnect = \"continue\"\n"
	    "stderr = \"client\" log-start = true\n"
	    "}\n"
	    "c: { listen = [\"/run/c\"] user = \"nobody\" commands: {\n"
	    "d: { exec = [\"/bin/sh\", \"%1\"] stdin = true args = \"1-\"\n"
	    "arg-match = [\"[a-z]*\"] arg-dash = true mask-args = [1]\n"
	    "name = \"p.q\" accept-env = [\"LC_*\"] summary = \"s\" help = "
	    "\"h\" } } }\n"
	    "t: { listen = [\"*:3\"] message = \"x\" tls = true\n"
	    "tls-certificate = [\"/c1\", \"/c2\"] tls-key = [\"/k1\", "
	    "\"/k2\"]\n"
	    "tls-minimum = \"1.2\" tls-alpn = \"hail/1\" tls-priority = "
	    "\"NORMAL\"\n"
	    "tls-client = \"optional\" tls-client-ca = \"/ca\" "
	    "tls-client-crl = \"/crl\"\n"
	    "identities = [\"/i\"] allow-identity = [\"*.example.org\", "
	    "\"uri:spiffe://a/*\"]\n"
	    "max-per-identity = \"none\" on-truncation = \"kill\"\n"
	    "start-timeout = \"3s\" }\n"
	    "i: { listen = [\"*:4\", \"[fe80::1%lo]:5\", \"[fe80::2%1]:6\", "
	    "\"[fe80::3]:7\"] interface = \"lo\" defer-accept = \"90s\"\n"
	    "builtin = \"echo\" }\n"
	    "f: { listen = [\"*:8\"] forward = [\"127.0.0.1:http\", "
	    "\"[::1]:80\"]\n"
	    "forward-policy = \"round-robin\" forward-proxy = \"v2\"\n"
	    "connect-timeout = \"2s\" idle-timeout = \"1h\" }\n"
	    "fs: { listen = [\"*:9\"] forward = \"127.0.0.1:80\"\n"
	    "forward-source = \"127.0.0.2\" }\n"
	    "g: { listen = [\"*:1\"] message = \"x\" groups = [] }\n";
	char raw[256], written[1024], text[8192], line[64];
	char *first, *second;
	const struct config *config;
	size_t i;

	all_bytes(raw, written, sizeof(written));
	snprintf(text, sizeof(text),
	    "m: { listen = [\"*:2\"] message = \"%s\" }\n%s", written, rest);
	config = good(text, true);
	ck_assert_str_eq(config_find(config, "m")->message, raw);
	first = build_print(config);
	for (i = 0; i < nsettings; i++) {
		/* The services of the other file are printed in its place. */
		if (strcmp(settings[i].name, "inetd-conf") == 0)
			continue;
		snprintf(line, sizeof(line), "\n%s%s = ",
		    settings[i].handlers == HANDLER_COMMAND ? "\t\t\t"
			: settings[i].scope == GLOBAL	    ? ""
							    : "\t",
		    settings[i].name);
		/* The first line of all has no newline before it. */
		ck_assert_msg(strstr(first, line) != NULL ||
			strncmp(first, line + 1, strlen(line + 1)) == 0,
		    "no%s\nin\n%s", line, first);
	}

	config = good(first, true);
	ck_assert_str_eq(config_find(config, "m")->message, raw);
	ck_assert_str_eq(config_find(config, "e")->environment[1], "B=\"\n=");
	ck_assert_uint_eq(config_find(config, "g")->identity->ngroups, 0);
	second = build_print(config);
	build_strip_notes(first);
	build_strip_notes(second);
	ck_assert_str_eq(first, second);
	free(first);
	free(second);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, unit_enter_dir, build_leave);
	tcase_add_test(tc, syntax);
	tcase_add_test(tc, names);
	tcase_add_test(tc, names_of_services);
	tcase_add_test(tc, types);
	tcase_add_test(tc, numbers_have_a_range);
	tcase_add_test(tc, networks);
	tcase_add_test(tc, rates_and_loads);
	tcase_add_test(tc, modes_are_octal);
	tcase_add_test(tc, durations);
	tcase_add_test(tc, limits);
	tcase_add_test(tc, each_limit_sets_the_one_of_its_name);
	tcase_add_test(tc, words);
	tcase_add_test(tc, paths_are_absolute);
	tcase_add_test(tc, defaults);
	tcase_add_test(tc, defaults_in_print);
	tcase_add_test(tc, services_inherit_and_override);
	tcase_add_test(tc, print_is_read_again);
}

int
main(void)
{
	return unit_run("settings", add);
}
