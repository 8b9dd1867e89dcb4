/*
 * check_config.c -- from text to struct config: what is refused, with which
 * words, and what is understood.
 */

#include "unit.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "config.h"
#include "io.h"
#include "settings.h"

/* What a test looks at after build(). */
static struct arena arena;
static char errors[16384];
static char warnings[4096];

static void
collect(void *arg UNUSED, bool error, const char *text)
{
	char *to = error ? errors : warnings;
	size_t size = error ? sizeof(errors) : sizeof(warnings);

	ck_assert_ptr_null(strchr(text, '\n'));
	if (to[0] != '\0')
		strlcat(to, "\n", size);
	ck_assert_uint_lt(strlcat(to, text, size), size);
}

static const struct config *
build(const struct config_source *source)
{
	if (arena.base != NULL)
		arena_destroy(&arena);
	errors[0] = warnings[0] = '\0';
	ck_assert_int_eq(arena_create(&arena), 0);
	ck_assert_int_eq(arena_open(&arena), 0);
	return config_build(source, &arena, collect, NULL);
}

/* Build test.conf and conf.d as they are. */
static const struct config *
build_files(bool root)
{
	const struct config_source source = {
		.file = "test.conf", .dir = "conf.d", .root = root
	};

	return build(&source);
}

static const struct config *
build_text(const char *text, bool root)
{
	unit_write_file("test.conf", text);
	return build_files(root);
}

/* The same, which must be good. */
static const struct config *
good(const char *text, bool root)
{
	const struct config *config = build_text(text, root);

	ck_assert_msg(config != NULL, "%s\nis refused:\n%s", text, errors);
	ck_assert_str_eq(errors, "");
	ck_assert_ptr_eq(config_check(arena.base), config);
	return config;
}

static const struct service *
good_service(const char *text, bool root)
{
	const struct config *config = good(text, root);

	ck_assert_uint_eq(config->nservices, 1);
	return &config->services[0];
}

static void
leave(void)
{
	arena_destroy(&arena);
	unit_leave_dir();
}

struct refused {
	const char *text, *want;
};

static void
refuse(const struct refused *cases, size_t n, bool root)
{
	size_t i;

	for (i = 0; i < n; i++) {
		ck_assert_msg(build_text(cases[i].text, root) == NULL,
		    "%s\nis not refused", cases[i].text);
		ck_assert_msg(strcmp(errors, cases[i].want) == 0,
		    "%s\nis refused with\n%s\nnot with\n%s", cases[i].text,
		    errors, cases[i].want);
	}
}

#define REFUSE(cases, root) refuse(cases, COUNT(cases), root)

/* A service that is right but for what a test adds. */
#define M "listen = [\"127.0.0.1:80\"] message = \"\" "
#define X "listen = [\"127.0.0.1:80\"] exec = [\"/bin/sh\"] "

/* A user that this process is not. */
static const char *
other_user(void)
{
	return geteuid() == 0 ? "nobody" : "root";
}

/* --- files ------------------------------------------------------------------
 */

START_TEST(missing_file)
{
	ck_assert_ptr_null(build_files(false));
	ck_assert_str_eq(errors, "test.conf: No such file or directory");
}
END_TEST

START_TEST(unreadable_file)
{
	bool root = geteuid() == 0;

	unit_write_file("test.conf", "x: { " M "}");
	ck_assert_int_eq(chmod("test.conf", 0), 0);
	/* Root reads everything, so it is somebody else for the call. */
	if (root)
		ck_assert_int_eq(seteuid(65534), 0);
	ck_assert_ptr_null(build_files(false));
	if (root)
		ck_assert_int_eq(seteuid(0), 0);
	ck_assert_str_eq(errors, "test.conf: Permission denied");
}
END_TEST

START_TEST(empty_file)
{
	static const struct refused cases[] = {
		{ "", "test.conf: is empty" },
		{ "\n", "test.conf: no service is configured" },
		{ "max-sessions = 3", "test.conf: no service is configured" },
	};

	REFUSE(cases, false);
}
END_TEST

START_TEST(directory_is_not_read)
{
	ck_assert_int_eq(mkdir("test.conf", 0755), 0);
	ck_assert_ptr_null(build_files(false));
	ck_assert_str_eq(errors, "test.conf: is a directory");
}
END_TEST

START_TEST(fifo_is_not_waited_for)
{
	ck_assert_int_eq(mkfifo("test.conf", 0644), 0);
	ck_assert_ptr_null(build_files(false));
	ck_assert_str_eq(errors, "test.conf: is not a regular file");
}
END_TEST

START_TEST(world_writable_file_is_refused_under_root_alone)
{
	unit_write_file("test.conf", "x: { " M "}");
	ck_assert_int_eq(chmod("test.conf", 0666), 0);
	ck_assert_ptr_null(build_files(true));
	ck_assert_str_eq(errors, "test.conf: is writable by everyone");
	ck_assert_ptr_nonnull(build_files(false));
}
END_TEST

START_TEST(symbolic_links)
{
	unit_write_file("real", "x: { " M "}");
	ck_assert_int_eq(symlink("real", "test.conf"), 0);
	ck_assert_ptr_nonnull(build_files(false));
	/* Only root can make a link of somebody else. */
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(lchown("test.conf", 1, 1), 0);
	ck_assert_ptr_null(build_files(false));
	ck_assert_str_eq(errors, "test.conf: is a symbolic link of uid 1");
}
END_TEST

START_TEST(nul_byte)
{
	FILE *f = fopen("test.conf", "w");

	ck_assert_ptr_nonnull(f);
	fwrite("max-sessions = 3\n\0", 1, 18, f);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_ptr_null(build_files(false));
	ck_assert_str_eq(errors, "test.conf: has a NUL byte in it");
}
END_TEST

START_TEST(too_large_file)
{
	unit_write_file("test.conf", "x: { " M "}");
	ck_assert_int_eq(truncate("test.conf", (4 << 20) + 1), 0);
	ck_assert_ptr_null(build_files(false));
	ck_assert_str_eq(errors, "test.conf: is larger than 4 MB");
}
END_TEST

START_TEST(files_of_the_directory)
{
	unit_write_file("test.conf", "max-sessions = 3");
	ck_assert_int_eq(mkdir("conf.d", 0755), 0);
	ck_assert_int_eq(mkdir("conf.d/dir.conf", 0755), 0);
	unit_write_file("conf.d/empty.conf", "");
	unit_write_file("conf.d/.hidden.conf", "@");
	unit_write_file("conf.d/other", "@");
	unit_write_file("conf.d/.conf", "@");
	unit_write_file("conf.d/x.conf.dpkg-old", "@");
	ck_assert_ptr_null(build_files(false));
	ck_assert_str_eq(errors,
	    "conf.d/dir.conf: is a directory\n"
	    "conf.d/empty.conf: is empty");
}
END_TEST

/* --- syntax, names, scopes --------------------------------------------------
 */

START_TEST(syntax)
{
	static const struct refused cases[] = {
		{ "x: {\n  message = \n}\n", "test.conf:3: syntax error" },
		{ "x: {", "test.conf:1: syntax error" },
		{ "\nmax-sessions = 1\nmax-sessions = 2\n",
		    "test.conf:3: duplicate setting name" },
		{ "x: { " M "}\nx: { " M "}\n",
		    "test.conf:2: duplicate setting name" },
		{ "x: { " M "\nnice = 1 nice = 2 }",
		    "test.conf:2: duplicate setting name" },
		{ "x: { listen = [\"a\", 1] }",
		    "test.conf:1: mismatched element type in array" },
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
		    "test.conf:3: unknown setting \"mesage\"" },
		{ "colour = \"red\"\nx: { " M "}\n",
		    "test.conf:1: unknown setting \"colour\"" },
		{ "limit-foo = 1\nx: { " M "limit-bar = \"2\" }\n",
		    "test.conf:1: unknown setting \"limit-foo\"\n"
		    "test.conf:2: unknown setting \"limit-bar\"" },
		{ "x: { " M "\n y: { z = 1 } }\n",
		    "test.conf:2: unknown setting \"y\"" },
		{ "x: { " M "\n stop-timeout = \"1s\" }",
		    "test.conf:2: \"stop-timeout\" is not for one service: "
		    "put it at the top" },
		{ "x: { " M "\n log-facility = \"user\" }",
		    "test.conf:2: \"log-facility\" is not for one service: "
		    "put it at the top" },
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

START_TEST(given_twice_in_two_files)
{
	ck_assert_int_eq(mkdir("conf.d", 0755), 0);
	unit_write_file("conf.d/a.conf", "\nnice = 2\nx: { " M "}\n");
	ck_assert_ptr_null(build_text("nice = 1\nx: { " M "}\n", false));
	ck_assert_str_eq(errors,
	    "conf.d/a.conf:2: \"nice\" was given at test.conf:1 already\n"
	    "conf.d/a.conf:3: service \"x\" was given at test.conf:2 already\n"
	    "conf.d/a.conf:3: listen \"127.0.0.1:80\": service \"x\" has "
	    "\"127.0.0.1:80\" already");
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

/* --- values -----------------------------------------------------------------
 */

START_TEST(types)
{
	static const struct refused cases[] = {
		{ "x: { " M "\nuser = 1 }",
		    "test.conf:2: \"user\" must be a string, in quotes" },
		{ "x: { listen = [\"127.0.0.1:80\"]\nmessage = 1 }",
		    "test.conf:2: \"message\" must be a string, in quotes\n"
		    "test.conf:1: service \"x\" has no handler: give it "
		    "\"message\", \"builtin\" or \"exec\"" },
		{ "x: { " X "\ndirectory = true }",
		    "test.conf:2: \"directory\" must be a string, in quotes" },
		{ "log-facility = 3\nx: { " M "}",
		    "test.conf:1: \"log-facility\" must be a string, in "
		    "quotes" },
		{ "x: { message = \"\"\nlisten = \"127.0.0.1:80\" }",
		    "test.conf:2: \"listen\" must be a list of strings, as "
		    "[\"a\", \"b\"]\n"
		    "test.conf:1: service \"x\" listens nowhere: give it "
		    "\"listen\"" },
		{ "x: { " X "\nenvironment = (\"A=1\", 1) }",
		    "test.conf:2: \"environment\" must be a list of strings, "
		    "as "
		    "[\"a\", \"b\"]" },
		{ "x: { " X "\nenvironment = [1] }",
		    "test.conf:2: \"environment\" must be a list of strings, "
		    "as [\"a\", \"b\"]" },
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
		    "test.conf:2: \"umask\" must be an octal number in "
		    "quotes, as \"0660\"" },
		{ "x: { " M "\nlimit-core = true }",
		    "test.conf:2: \"limit-core\" must be a limit, as 64, "
		    "\"64K\", \"64K:1M\" or \"unlimited\"" },
		{ "kill-grace = true\nx: { " M "}",
		    "test.conf:1: \"kill-grace\" must be a duration, as "
		    "\"30s\", \"5m\", \"1h\"" },
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
		    "test.conf:2: \"umask\" must be an octal number in "
		    "quotes, as \"0660\"");
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
		    "test.conf:2: \"kill-grace\" must be a duration, as "
		    "\"30s\", \"5m\", \"1h\"" },
		{ "x: { " M "\nsession-timeout = \"\" }",
		    "test.conf:2: \"session-timeout\" must be a duration, as "
		    "\"30s\", \"5m\", \"1h\" or \"none\"" },
		{ "x: { " M "\nsession-timeout = \"-1\" }",
		    "test.conf:2: \"session-timeout\" must be a duration, as "
		    "\"30s\", \"5m\", \"1h\" or \"none\"" },
		{ "x: { " M "\nkill-grace = \"none\" }",
		    "test.conf:2: \"kill-grace\" must be a duration, as "
		    "\"30s\", \"5m\", \"1h\"" },
		{ "stop-timeout = \"none\"\nx: { " M "}",
		    "test.conf:1: \"stop-timeout\" must be a duration, as "
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
		    "test.conf:2: \"limit-nofile\" must be a limit, as 64, "
		    "\"64K\", \"64K:1M\" or \"unlimited\"");
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
		    "test.conf:1: unknown facility \"demon\"" },
		{ "x: { listen = [\"127.0.0.1:80\"]\nbuiltin = \"finger\" }",
		    "test.conf:2: unknown builtin \"finger\": there are "
		    "chargen, daytime, discard, echo, time" },
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
		    "test.conf:2: \"exec\" names no program" },
	};

	REFUSE(cases, true);
}
END_TEST

/* --- what belongs together --------------------------------------------------
 */

START_TEST(one_handler)
{
	static const struct refused cases[] = {
		{ "\nx: { listen = [\"127.0.0.1:80\"] }",
		    "test.conf:2: service \"x\" has no handler: give it "
		    "\"message\", \"builtin\" or \"exec\"" },
		{ "\n\nx: { " M "builtin = \"echo\" }",
		    "test.conf:3: service \"x\" has two handlers, "
		    "\"message\" and \"builtin\"" },
		{ "x: { " X "builtin = \"echo\" }",
		    "test.conf:1: service \"x\" has two handlers, "
		    "\"builtin\" and \"exec\"" },
	};

	REFUSE(cases, false);
}
END_TEST

/* Each setting that only programs honour, by the table, but as it is said. */
START_TEST(settings_of_programs_mean_nothing_to_others)
{
	static const struct {
		const char *name, *value;
	} of_programs[] = {
		{ "directory", "\"/\"" },
		{ "umask", "\"022\"" },
		{ "environment", "[\"A=1\"]" },
		{ "no-new-privileges", "true" },
		{ "leftovers", "\"kill\"" },
		{ "on-disconnect", "\"kill\"" },
		{ "stderr", "\"log\"" },
	};
	char text[256], want[256];
	size_t i, n = 0;

	for (i = 0; i < nsettings; i++)
		if (!(settings[i].handlers & HANDLER_MESSAGE) &&
		    (settings[i].handlers & HANDLER_EXEC))
			n++;
	ck_assert_uint_eq(n, COUNT(of_programs));
	for (i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "x: { " M "\n%s = %s }",
		    of_programs[i].name, of_programs[i].value);
		snprintf(want, sizeof(want),
		    "test.conf:2: \"%s\" means nothing to the handler "
		    "\"message\"",
		    of_programs[i].name);
		ck_assert_ptr_null(build_text(text, false));
		ck_assert_str_eq(errors, want);

		snprintf(text, sizeof(text),
		    "x: { listen = [\"127.0.0.1:80\"]\nbuiltin = \"echo\"\n"
		    "%s = %s }",
		    of_programs[i].name, of_programs[i].value);
		snprintf(want, sizeof(want),
		    "test.conf:3: \"%s\" means nothing to the handler "
		    "\"builtin\"",
		    of_programs[i].name);
		ck_assert_ptr_null(build_text(text, false));
		ck_assert_str_eq(errors, want);

		/* As a default it is for those it means something to. */
		snprintf(text, sizeof(text), "%s = %s\nx: { " M "}",
		    of_programs[i].name, of_programs[i].value);
		good(text, false);
	}
}
END_TEST

START_TEST(owner_of_a_socket_needs_a_path)
{
	static const struct refused cases[] = {
		{ "x: { " M "\nsocket-user = \"root\"\nsocket-group = "
		  "\"root\"\nsocket-mode = \"0666\" }",
		    "test.conf:2: \"socket-user\" means nothing without a "
		    "Unix socket in \"listen\"\n"
		    "test.conf:3: \"socket-group\" means nothing without a "
		    "Unix socket in \"listen\"\n"
		    "test.conf:4: \"socket-mode\" means nothing without a "
		    "Unix socket in \"listen\"" },
	};
	const struct service *s;

	REFUSE(cases, false);
	good("socket-mode = \"0666\"\nx: { " M "}", false);
	s = good_service(
	    "x: { listen = [\"/tmp/x\"] message = \"\" "
	    "socket-user = \"root\" socket-mode = \"0666\" }",
	    false);
	ck_assert_int_eq(s->socket_uid, 0);
	ck_assert_int_eq(s->socket_gid, -1);
	ck_assert_int_eq(s->socket_mode, 0666);
}
END_TEST

START_TEST(where_to_listen)
{
	static const struct refused cases[] = {
		{ "\nx: { message = \"\" }",
		    "test.conf:2: service \"x\" listens nowhere: give it "
		    "\"listen\"" },
		{ "\nx: { message = \"\" listen = [] }",
		    "test.conf:2: service \"x\" listens nowhere: give it "
		    "\"listen\"" },
		{ "x: { message = \"\"\nlisten = [\"\"] }",
		    "test.conf:2: listen \"\" is neither address:port nor a "
		    "path" },
		{ "x: { message = \"\"\nlisten = [\":80\", \"[::1\",\n"
		  "\"[::1]80\", \"localhost:\"] }",
		    "test.conf:2: listen \":80\" is neither address:port nor "
		    "a path\n"
		    "test.conf:2: listen \"[::1\" is neither address:port "
		    "nor a path\n"
		    "test.conf:2: listen \"[::1]80\" is neither address:port "
		    "nor a path\n"
		    "test.conf:2: listen \"localhost:\" is neither "
		    "address:port nor a path" },
		{ "x: { message = \"\"\nlisten = [\"127.0.0.1\", \"::1\"] }",
		    "test.conf:2: listen \"127.0.0.1\" has no port\n"
		    "test.conf:2: listen \"::1\" has no port" },
		{ "x: { message = \"\"\nlisten = [\"*:no-such-port\"] }",
		    "test.conf:2: listen \"*:no-such-port\": unknown port "
		    "\"no-such-port\"" },
		{ "x: { message = \"\"\nlisten = [\"127.0.0.1:65536\"] }",
		    "test.conf:2: listen \"127.0.0.1:65536\": unknown port "
		    "\"65536\"" },
		{ "x: { message = \"\"\nlisten = [\"./x\", \"run/x\"] }",
		    "test.conf:2: listen \"./x\" is not an absolute path\n"
		    "test.conf:2: listen \"run/x\" is not an absolute path" },
	};

	REFUSE(cases, false);
}
END_TEST

START_TEST(paths_to_listen_on_have_a_limit)
{
	char path[ADDR_PATH_MAX + 2], text[256], want[256];

	memset(path, 'p', sizeof(path));
	path[0] = '/';
	path[ADDR_PATH_MAX + 1] = '\0';
	snprintf(text, sizeof(text), "x: { message = \"\"\nlisten = [\"%s\"] }",
	    path);
	snprintf(want, sizeof(want),
	    "test.conf:2: listen \"%s\": the path is longer than 107 bytes",
	    path);
	ck_assert_ptr_null(build_text(text, false));
	ck_assert_str_eq(errors, want);
	path[ADDR_PATH_MAX] = '\0';
	snprintf(text, sizeof(text), "x: { message = \"\"\nlisten = [\"%s\"] }",
	    path);
	ck_assert_str_eq(good_service(text, false)->endpoints[0].text, path);
}
END_TEST

START_TEST(unresolvable_host)
{
	static const char want[] =
	    "test.conf:2: listen "
	    "\"nowhere.invalid:80\": nowhere.invalid: ";

	ck_assert_ptr_null(
	    build_text("x: { message = \"\"\n"
		       "listen = [\"nowhere.invalid:80\"] }",
		false));
	/* What follows is the resolver's: there may be none. */
	ck_assert_msg(strncmp(errors, want, strlen(want)) == 0, "%s", errors);
	ck_assert_uint_gt(strlen(errors), strlen(want));
	ck_assert_ptr_null(strchr(errors, '\n'));
}
END_TEST

START_TEST(two_claims_on_one_listener)
{
	static const struct refused cases[] = {
		{ "a: { " M "}\nb: { message = \"\"\n"
		  "listen = [\"127.0.0.1:80\"] }",
		    "test.conf:3: listen \"127.0.0.1:80\": service \"a\" has "
		    "\"127.0.0.1:80\" already" },
		{ "a: { message = \"\" listen = [\"*:80\"] }\nb: { " M "}",
		    "test.conf:2: listen \"127.0.0.1:80\": service \"a\" has "
		    "\"*:80\" already" },
		{ "a: { message = \"\" listen = [\"[::1]:80\"] }\n"
		  "b: { message = \"\" listen = [\"*:80\"] }",
		    "test.conf:2: listen \"*:80\": service \"a\" has "
		    "\"[::1]:80\" already" },
		{ "a: { message = \"\"\n"
		  "listen = [\"127.0.0.1:80\", \"127.0.0.1:80\"] }",
		    "test.conf:2: listen \"127.0.0.1:80\": service \"a\" has "
		    "\"127.0.0.1:80\" already" },
		{ "a: { message = \"\" listen = [\"/run/a\"] }\n"
		  "b: { message = \"\" listen = [\"/run/b\", \"/run/a\"] }",
		    "test.conf:2: listen \"/run/a\": service \"a\" has "
		    "\"/run/a\" already" },
	};

	REFUSE(cases, false);
	good(
	    "a: { message = \"\" listen = [\"0.0.0.0:80\", \"*:81\"] }\n"
	    "b: { message = \"\" listen = [\"[::]:80\", \"*:82\"] }\n"
	    "c: { message = \"\" listen = [\"*:0\"] }\n"
	    "d: { message = \"\" listen = [\"*:0\"] }\n"
	    "e: { message = \"\" listen = [\"*:81\"] disable = true }\n",
	    false);
}
END_TEST

START_TEST(users_and_groups)
{
	static const struct refused cases[] = {
		{ "\nx: { " X "}",
		    "test.conf:2: service \"x\": \"exec\" under root needs "
		    "\"user\" (\"root\" must be written too)" },
		{ "x: { " X "\nuser = \"no-such-user\" }",
		    "test.conf:2: unknown user \"no-such-user\"" },
		{ "user = \"no-such-user\"\nx: { " M "}",
		    "test.conf:1: unknown user \"no-such-user\"" },
		{ "x: { " X "user = \"root\"\ngroup = \"no-such-group\" }",
		    "test.conf:2: unknown group \"no-such-group\"" },
		{ "x: { " M "\ngroup = \"no-such-group\" }",
		    "test.conf:2: unknown group \"no-such-group\"" },
		{ "x: { " X "user = \"root\"\n"
		  "groups = [\"root\", \"no-such-group\"] }",
		    "test.conf:2: unknown group \"no-such-group\"" },
		{ "x: { listen = [\"/run/x\"] message = \"\"\n"
		  "socket-user = \"no-such-user\"\n"
		  "socket-group = \"no-such-group\" }",
		    "test.conf:2: unknown user \"no-such-user\"\n"
		    "test.conf:3: unknown group \"no-such-group\"" },
	};
	const struct service *s;
	const struct config *config;

	REFUSE(cases, true);

	s = good_service("x: { " X
			 "user = \"root\" group = \"daemon\" "
			 "groups = [\"root\", \"daemon\"] }",
	    true);
	ck_assert_str_eq(s->identity->name, "root");
	ck_assert_uint_eq(s->identity->uid, 0);
	ck_assert_uint_eq(s->identity->gid, getgrnam("daemon")->gr_gid);
	ck_assert_uint_eq(s->identity->ngroups, 2);
	ck_assert_uint_eq(s->identity->groups[0], getgrnam("root")->gr_gid);
	ck_assert_uint_eq(s->identity->groups[1], getgrnam("daemon")->gr_gid);
	ck_assert_str_eq(s->identity->home, getpwnam("root")->pw_dir);
	ck_assert_str_eq(s->identity->shell, getpwnam("root")->pw_shell);
	ck_assert_int_eq(s->no_new_privileges, 0);

	/* An empty list is none at all, not what initgroups(3) gives. */
	s = good_service("x: { " X "user = \"nobody\" groups = [] }", true);
	ck_assert_uint_eq(s->identity->uid, getpwnam("nobody")->pw_uid);
	ck_assert_uint_eq(s->identity->ngroups, 0);
	ck_assert_int_eq(s->no_new_privileges, 1);
	s = good_service("x: { " X "user = \"nobody\" }", true);
	ck_assert_uint_ge(s->identity->ngroups, 1);

	/* Without a program and a user it is haild's own. */
	config = good("x: { " M "}", true);
	s = &config->services[0];
	ck_assert_str_eq(s->identity->name, config->haild.name);
	ck_assert_uint_eq(s->identity->uid, config->haild.uid);
	ck_assert_uint_ne(config->haild.uid, 0);
	ck_assert_uint_ge(config->haild.ngroups, 1);
}
END_TEST

START_TEST(nobody_stands_in_for_haild)
{
	const struct config *config = good("x: { " M "}", true);

	if (getpwnam("haild") != NULL) {
		ck_assert_str_eq(warnings, "");
		ck_assert_str_eq(config->haild.name, "haild");
	} else {
		ck_assert_str_eq(
		    warnings, "there is no user \"haild\": nobody stands in");
		ck_assert_str_eq(config->haild.name, "nobody");
	}
	good("x: { " M "}", false);
	ck_assert_str_eq(warnings, "");
}
END_TEST

START_TEST(without_root_a_process_stays_who_it_is)
{
	static const struct refused cases[] = {
		{ "x: { " M "\ngroup = \"root\"\ngroups = []\n"
		  "chroot = \"/\" }",
		    "test.conf:2: \"group\": haild does not run as root\n"
		    "test.conf:3: \"groups\": haild does not run as root\n"
		    "test.conf:4: \"chroot\": haild does not run as root" },
		{ "chroot = \"/\"\nx: { " M "}",
		    "test.conf:1: \"chroot\": haild does not run as root" },
	};
	const struct passwd *pw = getpwuid(geteuid());
	const struct service *s;
	char text[256], want[256];

	REFUSE(cases, false);
	snprintf(
	    text, sizeof(text), "x: { " X "\nuser = \"%s\" }", other_user());
	snprintf(want, sizeof(want),
	    "test.conf:2: \"user\": cannot become \"%s\": haild does not run "
	    "as root",
	    other_user());
	ck_assert_ptr_null(build_text(text, false));
	ck_assert_str_eq(errors, want);

	good("x: { " X "}", false);
	/* A user without a name in the system cannot write it. */
	if (pw == NULL)
		return;
	snprintf(text, sizeof(text), "x: { " X "user = \"%s\" }", pw->pw_name);
	s = good_service(text, false);
	ck_assert_uint_eq(s->identity->uid, geteuid());
}
END_TEST

START_TEST(files_that_a_service_needs)
{
	static const struct refused cases[] = {
		{ "x: { listen = [\"127.0.0.1:80\"]\n"
		  "exec = [\"/nonexistent/program\"] }",
		    "test.conf:2: \"exec\": /nonexistent/program: No such "
		    "file or directory" },
		{ "x: { listen = [\"127.0.0.1:80\"]\n"
		  "exec = [\"/etc/passwd\"] }",
		    "test.conf:2: \"exec\": /etc/passwd: is not executable" },
		{ "x: { listen = [\"127.0.0.1:80\"]\nexec = [\"/etc\"] }",
		    "test.conf:2: \"exec\": /etc: is not executable" },
		{ "x: { " X "\ndirectory = \"/nonexistent\" }",
		    "test.conf:2: \"directory\": /nonexistent: No such file "
		    "or directory" },
		{ "x: { " X "\ndirectory = \"/etc/passwd\" }",
		    "test.conf:2: \"directory\": /etc/passwd: is not a "
		    "directory" },
		{ "directory = \"/nonexistent\"\nx: { " X "}",
		    "test.conf:1: \"directory\": /nonexistent: No such file "
		    "or directory" },
	};
	static const struct refused with_root[] = {
		{ "x: { " M "\nchroot = \"/nonexistent\" }",
		    "test.conf:2: \"chroot\": /nonexistent: No such file or "
		    "directory" },
		{ "x: { " M "\nchroot = \"/etc/passwd\" }",
		    "test.conf:2: \"chroot\": /etc/passwd: is not a "
		    "directory" },
		{ "x: { listen = [\"127.0.0.1:80\"] user = \"root\"\n"
		  "exec = [\"/bin/sh\"]\nchroot = \"/etc\" }",
		    "test.conf:2: \"exec\": /etc/bin/sh: No such file or "
		    "directory" },
		{ "x: { " X "user = \"root\"\nchroot = \"/\"\n"
		  "directory = \"/nonexistent\" }",
		    "test.conf:3: \"directory\": //nonexistent: No such file "
		    "or directory" },
	};

	REFUSE(cases, false);
	REFUSE(with_root, true);
}
END_TEST

START_TEST(disabled_services)
{
	static const struct refused cases[] = {
		{ "x: { " M "disable = true }\ny: { " X "disable = true }",
		    "test.conf: every service is disabled" },
	};
	const struct config *config;

	REFUSE(cases, false);
	/* What is missing around one that does not run is no error. */
	config = good("x: { " M
		      "}\n"
		      "y: { listen = [\"127.0.0.1:80\"] disable = true "
		      "exec = [\"/nonexistent\"] user = \"no-such-user\" "
		      "directory = \"/nonexistent\" }\n",
	    true);
	ck_assert_uint_eq(config->nservices, 2);
	ck_assert(!config->services[0].disable);
	ck_assert(config->services[1].disable);
}
END_TEST

START_TEST(all_errors_are_listed_in_order)
{
	static const struct refused cases[] = {
		{ "x: {\n"
		  "  listen = [\"127.0.0.1\"]\n"
		  "  nice = 20\n"
		  "  mesage = \"\"\n"
		  "}\n"
		  "colour = 1\n"
		  "y: {\n"
		  "  exec = [\"/nonexistent\"]\n"
		  "}\n"
		  "log-facility = \"\"\n",
		    "test.conf:6: unknown setting \"colour\"\n"
		    "test.conf:10: unknown facility \"\"\n"
		    "test.conf:3: \"nice\" must be from -20 to 19\n"
		    "test.conf:4: unknown setting \"mesage\"\n"
		    "test.conf:1: service \"x\" has no handler: give it "
		    "\"message\", \"builtin\" or \"exec\"\n"
		    "test.conf:2: listen \"127.0.0.1\" has no port\n"
		    "test.conf:7: service \"y\" listens nowhere: give it "
		    "\"listen\"\n"
		    "test.conf:8: \"exec\": /nonexistent: No such file or "
		    "directory" },
	};

	REFUSE(cases, false);
}
END_TEST

/* --- what is understood -----------------------------------------------------
 */

START_TEST(defaults)
{
	const struct config *config = good("x: { " X "}", false);
	const struct service *s = &config->services[0];
	int i;

	ck_assert_int_eq(config->max_sessions, 1024);
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
	ck_assert_int_eq(s->at_limit, AT_LIMIT_WAIT);
	ck_assert_int_eq(s->session_timeout, -1);
	ck_assert_int_eq(s->kill_grace, 5 * SECOND);
	ck_assert_int_eq(s->leftovers, LEFTOVERS_KILL);
	ck_assert_int_eq(s->on_disconnect, DISCONNECT_KILL);
	ck_assert_int_eq(s->stderr_to, STDERR_LOG);
	ck_assert(!s->log_start);
}
END_TEST

static char *
print(const struct config *config)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	config_print(config, out);
	ck_assert_int_eq(fclose(out), 0);
	return text;
}

/* The whole of it, so that a new setting does not slip in unseen. */
START_TEST(defaults_in_print)
{
	const struct config *config =
	    good("x: { " X
		 "no-new-privileges = true }\n"
		 "y: { listen = [\"/run/y\"] message = \"\" }\n",
		false);
	char *text = print(config);

	ck_assert_str_eq(text,
	    "max-sessions = 1024\n"
	    "stop-timeout = \"30s\"\n"
	    "strict-start = false\n"
	    "log-facility = \"daemon\"\n"
	    "\n"
	    "x: {\n"
	    "\tlisten = [\"127.0.0.1:80\"]\n"
	    "\tbacklog = 4096\n"
	    "\tfreebind = false\n"
	    "\tdisable = false\n"
	    "\texec = [\"/bin/sh\"]\n"
	    "\tdirectory = \"/\"\n"
	    "\tumask = \"0022\"\n"
	    "\tnice = 0\n"
	    "\tno-new-privileges = true\n"
	    "\tlimit-core = \"0\"\n"
	    "\tmax-sessions = 256\n"
	    "\tat-limit = \"wait\"\n"
	    "\tsession-timeout = \"none\"\n"
	    "\tkill-grace = \"5s\"\n"
	    "\tleftovers = \"kill\"\n"
	    "\ton-disconnect = \"kill\"\n"
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
	    "\tat-limit = \"wait\"\n"
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

START_TEST(files_are_read_in_order_and_defaults_hold_in_all)
{
	const struct config *config;

	ck_assert_int_eq(mkdir("conf.d", 0755), 0);
	unit_write_file(
	    "conf.d/20.conf", "\nc: { listen = [\"*:3\"] message = \"\" }");
	unit_write_file(
	    "conf.d/10.conf", "b: { listen = [\"*:2\"] message = \"\" }");
	unit_write_file("conf.d/30.conf", "nice = 3");
	config = good("a: { listen = [\"*:1\"] message = \"\" }", false);
	ck_assert_uint_eq(config->nservices, 3);
	ck_assert_str_eq(config->services[0].name, "a");
	ck_assert_str_eq(config->services[0].file, "test.conf");
	ck_assert_str_eq(config->services[1].name, "b");
	ck_assert_str_eq(config->services[1].file, "conf.d/10.conf");
	ck_assert_str_eq(config->services[2].name, "c");
	ck_assert_str_eq(config->services[2].file, "conf.d/20.conf");
	ck_assert_int_eq(config->services[2].line, 2);
	ck_assert_int_eq(config->services[0].nice, 3);
	ck_assert_int_eq(config->services[1].nice, 3);
	ck_assert_int_eq(config->services[2].nice, 3);
}
END_TEST

START_TEST(star_is_two_endpoints)
{
	const struct service *s = good_service(
	    "x: { listen = [\"*:7890\", \"[::1]:7891\"] message = \"\" }",
	    false);

	ck_assert_uint_eq(s->nendpoints, 3);
	ck_assert_int_eq(s->endpoints[0].addr.sa.sa_family, AF_INET);
	ck_assert_uint_eq(addr_port(&s->endpoints[0].addr), 7890);
	ck_assert(!s->endpoints[0].twin);
	ck_assert_str_eq(s->endpoints[0].text, "*:7890");
	ck_assert_int_eq(s->endpoints[1].addr.sa.sa_family, AF_INET6);
	ck_assert_uint_eq(addr_port(&s->endpoints[1].addr), 7890);
	ck_assert(s->endpoints[1].twin);
	ck_assert_str_eq(s->endpoints[1].text, "*:7890");
	ck_assert_str_eq(s->endpoints[2].text, "[::1]:7891");
	ck_assert(!s->endpoints[2].twin);
	ck_assert_str_eq(s->listen[0], "*:7890");
	ck_assert_str_eq(s->listen[1], "[::1]:7891");
	ck_assert_ptr_null(s->listen[2]);
}
END_TEST

START_TEST(names_of_ports_become_numbers)
{
	const struct service *s;

	/* A system may do without /etc/services. */
	if (getservbyname("http", "tcp") == NULL)
		return;
	s = good_service(
	    "x: { listen = [\"127.0.0.1:http\", \"*:ftp\"] "
	    "message = \"\" }",
	    false);
	ck_assert_str_eq(s->listen[0], "127.0.0.1:80");
	ck_assert_str_eq(s->listen[1], "*:21");
	ck_assert_uint_eq(addr_port(&s->endpoints[0].addr), 80);
}
END_TEST

START_TEST(names_of_hosts_become_addresses)
{
	const struct service *s = good_service(
	    "x: { listen = [\"localhost:7890\"] message = \"\" }", false);
	size_t i;

	ck_assert_uint_ge(s->nendpoints, 1);
	for (i = 0; i < s->nendpoints; i++) {
		ck_assert(strcmp(s->endpoints[i].text, "[::1]:7890") == 0 ||
		    strncmp(s->endpoints[i].text, "127.", 4) == 0);
		ck_assert_uint_eq(addr_port(&s->endpoints[i].addr), 7890);
		ck_assert_str_eq(s->listen[i], s->endpoints[i].text);
	}
	ck_assert_ptr_null(s->listen[i]);
}
END_TEST

/* --- the command line -------------------------------------------------------
 */

START_TEST(command_line_with_a_message)
{
	const struct config_source source = { .listen = "127.0.0.1:80",
		.message = "a \"b\" \\ c\n" };
	const struct config *config = build(&source);
	const struct service *s;

	ck_assert_ptr_nonnull(config);
	ck_assert_uint_eq(config->nservices, 1);
	s = &config->services[0];
	ck_assert_str_eq(s->name, "message");
	ck_assert_str_eq(s->file, "command line");
	ck_assert_str_eq(s->message, "a \"b\" \\ c\n");
	ck_assert_str_eq(s->listen[0], "127.0.0.1:80");
	ck_assert_int_eq(s->handler, HANDLER_MESSAGE);
	ck_assert_int_eq(s->backlog, 4096);
}
END_TEST

START_TEST(command_line_with_a_program)
{
	char arg0[] = "/bin/sh", arg1[] = "-c", arg2[] = "echo \"\\x41\"";
	char *const exec[] = { arg0, arg1, arg2, NULL };
	const struct config_source source = {
		.listen = "*:80", .user = "nobody", .exec = exec, .root = true
	};
	const struct config *config = build(&source);
	const struct service *s;

	ck_assert_msg(config != NULL, "%s", errors);
	s = &config->services[0];
	ck_assert_str_eq(s->name, "sh");
	ck_assert_str_eq(s->exec[0], "/bin/sh");
	ck_assert_str_eq(s->exec[1], "-c");
	ck_assert_str_eq(s->exec[2], "echo \"\\x41\"");
	ck_assert_ptr_null(s->exec[3]);
	ck_assert_str_eq(s->identity->name, "nobody");
}
END_TEST

START_TEST(command_line_with_odd_names)
{
	static const struct {
		const char *program, *name;
	} cases[] = {
		{ "[", "program" },
		{ "7z", "program" },
		{ "g++", "program" },
		{ "x.sh", "program" },
		{ "a b", "program" },
		{ "a-b_c9", "a-b_c9" },
		{ "listen", "listen" },
	};
	char path[4096], *text, *cwd = getcwd(NULL, 0);
	char *const exec[] = { path, NULL };
	const struct config_source source = { .listen = "*:80", .exec = exec };
	const struct config *config;
	size_t i;

	ck_assert_ptr_nonnull(cwd);
	for (i = 0; i < COUNT(cases); i++) {
		snprintf(path, sizeof(path), "%s/%s", cwd, cases[i].program);
		unit_write_file(path, "");
		ck_assert_int_eq(chmod(path, 0755), 0);
		config = build(&source);
		ck_assert_msg(config != NULL, "%s", errors);
		ck_assert_str_eq(config->services[0].name, cases[i].name);
		ck_assert_str_eq(config->services[0].exec[0], path);
		/* -T of it can be put in a file. */
		text = print(config);
		good(text, false);
		free(text);
	}
	free(cwd);
}
END_TEST

START_TEST(command_line_errors_have_no_line)
{
	char arg0[] = "no-such-program", missing[] = "/nonexistent";
	char *const relative[] = { arg0, NULL };
	char *const gone[] = { missing, NULL };
	struct config_source source = { .listen = "nonsense", .message = "" };

	ck_assert_ptr_null(build(&source));
	ck_assert_str_eq(
	    errors, "command line: listen \"nonsense\" has no port");
	source = (struct config_source) { .listen = "*:80", .exec = gone };
	ck_assert_ptr_null(build(&source));
	ck_assert_str_eq(errors,
	    "command line: \"exec\": /nonexistent: No such file or "
	    "directory");
	source.exec = relative;
	ck_assert_ptr_null(build(&source));
	ck_assert_str_eq(
	    errors, "command line: no-such-program is not in PATH");
	source = (struct config_source) { .listen = "*:80",
		.message = "",
		.user = "no-such-user",
		.root = true };
	ck_assert_ptr_null(build(&source));
	ck_assert_str_eq(errors, "command line: unknown user \"no-such-user\"");
}
END_TEST

/* --- and back ---------------------------------------------------------------
 */

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
	    "max-sessions = 99\n"
	    "stop-timeout = \"2h\"\n"
	    "log-facility = \"local3\"\n"
	    "b: {\n"
	    "listen = [\"/run/b\", \"*:7890\"] builtin = \"chargen\"\n"
	    "backlog = 5 socket-user = \"root\" socket-group = \"daemon\"\n"
	    "socket-mode = \"0007\" freebind = true disable = true\n"
	    "}\n"
	    "e: {\n"
	    "listen = [\"[::1]:7890\"] exec = [\"/bin/sh\", \"-c\", \"\", "
	    "\"a \\\" b \\\\ \\x7f\"]\n"
	    "user = \"nobody\" group = \"daemon\" "
	    "groups = [\"root\", \"daemon\"]\n"
	    "chroot = \"/\" directory = \"/bin\" umask = \"007\" nice = -3\n"
	    "environment = [\"A=\", \"B=\\\"\\n=\"] no-new-privileges = false\n"
	    "limit-as = \"1G\" limit-core = \"unlimited\" limit-cpu = 10\n"
	    "limit-data = \"1M:unlimited\" limit-fsize = \"15E\"\n"
	    "limit-locks = 1 limit-memlock = \"64K\" limit-msgqueue = 2\n"
	    "limit-nice = 3 limit-nofile = \"64:128\" limit-nproc = 4\n"
	    "limit-rss = 5 limit-rtprio = 6 limit-rttime = 7\n"
	    "limit-sigpending = 8 limit-stack = \"8M\"\n"
	    "max-sessions = 3 at-limit = \"refuse\"\n"
	    "session-timeout = \"90s\" kill-grace = \"2d\"\n"
	    "leftovers = \"keep\" on-disconnect = \"continue\"\n"
	    "stderr = \"client\" log-start = true\n"
	    "}\n"
	    "g: { listen = [\"*:1\"] message = \"x\" groups = [] }\n";
	char raw[256], written[1024], text[4096], line[64];
	char *first, *second;
	const struct config *config;
	size_t i;

	all_bytes(raw, written, sizeof(written));
	snprintf(text, sizeof(text),
	    "m: { listen = [\"*:2\"] message = \"%s\" }\n%s", written, rest);
	config = good(text, true);
	ck_assert_str_eq(config_find(config, "m")->message, raw);
	first = print(config);
	for (i = 0; i < nsettings; i++) {
		snprintf(line, sizeof(line),
		    "\n%s%s = ", settings[i].scope == GLOBAL ? "" : "\t",
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
	second = print(config);
	ck_assert_str_eq(first, second);
	free(first);
	free(second);
}
END_TEST

START_TEST(something_else_is_no_configuration)
{
	static const struct config zeroed;

	ck_assert_ptr_null(config_check(&zeroed));
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, unit_enter_dir, leave);
	tcase_add_test(tc, missing_file);
	tcase_add_test(tc, unreadable_file);
	tcase_add_test(tc, empty_file);
	tcase_add_test(tc, directory_is_not_read);
	tcase_add_test(tc, fifo_is_not_waited_for);
	tcase_add_test(tc, world_writable_file_is_refused_under_root_alone);
	tcase_add_test(tc, symbolic_links);
	tcase_add_test(tc, nul_byte);
	tcase_add_test(tc, too_large_file);
	tcase_add_test(tc, files_of_the_directory);
	tcase_add_test(tc, syntax);
	tcase_add_test(tc, names);
	tcase_add_test(tc, given_twice_in_two_files);
	tcase_add_test(tc, names_of_services);
	tcase_add_test(tc, types);
	tcase_add_test(tc, numbers_have_a_range);
	tcase_add_test(tc, modes_are_octal);
	tcase_add_test(tc, durations);
	tcase_add_test(tc, limits);
	tcase_add_test(tc, each_limit_sets_the_one_of_its_name);
	tcase_add_test(tc, words);
	tcase_add_test(tc, paths_are_absolute);
	tcase_add_test(tc, one_handler);
	tcase_add_test(tc, settings_of_programs_mean_nothing_to_others);
	tcase_add_test(tc, owner_of_a_socket_needs_a_path);
	tcase_add_test(tc, where_to_listen);
	tcase_add_test(tc, paths_to_listen_on_have_a_limit);
	tcase_add_test(tc, unresolvable_host);
	tcase_add_test(tc, two_claims_on_one_listener);
	tcase_add_test(tc, users_and_groups);
	tcase_add_test(tc, nobody_stands_in_for_haild);
	tcase_add_test(tc, without_root_a_process_stays_who_it_is);
	tcase_add_test(tc, files_that_a_service_needs);
	tcase_add_test(tc, disabled_services);
	tcase_add_test(tc, all_errors_are_listed_in_order);
	tcase_add_test(tc, defaults);
	tcase_add_test(tc, defaults_in_print);
	tcase_add_test(tc, services_inherit_and_override);
	tcase_add_test(tc, files_are_read_in_order_and_defaults_hold_in_all);
	tcase_add_test(tc, star_is_two_endpoints);
	tcase_add_test(tc, names_of_ports_become_numbers);
	tcase_add_test(tc, names_of_hosts_become_addresses);
	tcase_add_test(tc, command_line_with_a_message);
	tcase_add_test(tc, command_line_with_a_program);
	tcase_add_test(tc, command_line_with_odd_names);
	tcase_add_test(tc, command_line_errors_have_no_line);
	tcase_add_test(tc, print_is_read_again);
	tcase_add_test(tc, something_else_is_no_configuration);
}

int
main(void)
{
	return unit_run("config", add);
}
