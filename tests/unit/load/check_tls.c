/*
 * check_tls.c -- the settings of TLS, and how haild-load reports the answers of
 * "haild-tls --check".
 */

#include "tests/unit/unit.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "tests/unit/build.h"

/* A valid service with TLS, to which a test adds settings. */
#define PAIR "tls-certificate = \"/c\" tls-key = \"/k\" "
#define T M "tls = true " PAIR
#define REQUIRED "tls-client = \"required\" "
#define PEER T REQUIRED "identities = \"/i\" "

/* --- what goes together --------------------------------------------------- */

START_TEST(values)
{
	static const struct refused cases[] = {
		{ "x: { " M "\ntls = 1 }",
		    "test.conf:2: \"tls\" must be true or false" },
		{ "x: { " M
		  "tls = true\ntls-certificate = 1 tls-key = \"/k\" }",
		    "test.conf:2: \"tls-certificate\" must be a path, or a "
		    "list of paths, such as \"/a\" or [\"/a\", \"/b\"]\n"
		    "test.conf:1: \"tls\": service \"x\" needs "
		    "\"tls-certificate\"" },
		{ "x: { " M "tls = true\ntls-certificate = [\"/c\", \"d\"] "
		  "tls-key = [\"k\", \"/l\"] }",
		    "test.conf:2: \"tls-certificate\": \"d\" is not an "
		    "absolute path\n"
		    "test.conf:2: \"tls-key\": \"k\" is not an absolute "
		    "path" },
		{ "x: { " T "\ntls-minimum = \"1.1\" }",
		    "test.conf:2: \"tls-minimum\" must be \"1.3\" or "
		    "\"1.2\"" },
		{ "x: { " T "\ntls-client = \"yes\" }",
		    "test.conf:2: \"tls-client\" must be \"none\", "
		    "\"optional\", \"required\" or \"any\"" },
		{ "x: { " T "\ntls-alpn = [\"a\", \"\"] }",
		    "test.conf:2: \"tls-alpn\": \"\": a protocol's name has "
		    "1 to 255 bytes" },
		{ "x: { " T "\ntls-alpn = [\"1\", \"2\", \"3\", \"4\", \"5\", "
		  "\"6\", \"7\", \"8\", \"9\"] }",
		    "test.conf:2: \"tls-alpn\" has 9 elements; at most 8 are "
		    "allowed" },
		{ "x: { " T "\ntls-alpn = 1 }",
		    "test.conf:2: \"tls-alpn\" must be a string, or a list of "
		    "strings, such as \"a\" or [\"a\", \"b\"]" },
		{ "x: { " T REQUIRED "\nidentities = [\"/1\", \"/2\", \"/3\", "
		  "\"/4\", \"/5\", \"/6\", \"/7\", \"/8\", \"/9\"] }",
		    "test.conf:2: \"identities\" has 9 elements; at most 8 are "
		    "allowed" },
		{ "x: { " PEER "\nallow-identity = [] }",
		    "test.conf:2: \"allow-identity\" has no pattern" },
		{ "x: { " PEER "\nallow-identity = \"\" }",
		    "test.conf:2: \"allow-identity\": \"\" is empty" },
		{ "x: { " PEER "\nmax-per-identity = 0 }",
		    "test.conf:2: \"max-per-identity\" must be from 1 to "
		    "65536" },
		{ "x: { " T "\non-truncation = \"ignore\" }",
		    "test.conf:2: \"on-truncation\" must be \"continue\" or "
		    "\"kill\"" },
	};

	REFUSE(cases, false);
}
END_TEST

START_TEST(names_of_protocols_have_a_limit)
{
	char name[257], text[1024], want[1024];

	memset(name, 'a', sizeof(name));
	name[255] = '\0';
	snprintf(text, sizeof(text), "x: { " T "tls-alpn = \"%s\" }", name);
	ck_assert_str_eq(good_service(text, false)->tls_alpn[0], name);
	name[255] = 'a';
	name[256] = '\0';
	snprintf(text, sizeof(text), "x: { " T "\ntls-alpn = \"%s\" }", name);
	snprintf(want, sizeof(want),
	    "test.conf:2: \"tls-alpn\": \"%s\": a protocol's name has 1 to 255 "
	    "bytes",
	    name);
	ck_assert_ptr_null(build_text(text, false));
	ck_assert_str_eq(errors, want);
}
END_TEST

START_TEST(settings_of_tls_need_it)
{
	static const char *const of_tls[] = {
		"tls-certificate = \"/c\"",
		"tls-key = \"/k\"",
		"tls-minimum = \"1.3\"",
		"tls-alpn = \"a\"",
		"tls-priority = \"NORMAL\"",
		"tls-client = \"none\"",
		"tls-client-ca = \"/ca\"",
		"tls-client-crl = \"/crl\"",
		"identities = \"/i\"",
		"allow-identity = \"*\"",
		"max-per-identity = 1",
		"on-truncation = \"kill\"",
	};
	char text[256], want[256];
	size_t i;

	for (i = 0; i < COUNT(of_tls); i++) {
		snprintf(text, sizeof(text), "x: { " M "\n%s }", of_tls[i]);
		snprintf(want, sizeof(want),
		    "test.conf:2: \"%.*s\" needs \"tls = true\"",
		    (int)strcspn(of_tls[i], " "), of_tls[i]);
		ck_assert_ptr_null(build_text(text, false));
		ck_assert_str_eq(errors, want);
	}
	/* Defaults at the top are for those that have TLS. */
	good(PAIR
	    "tls-minimum = \"1.2\" tls-client = \"required\"\n"
	    "identities = \"/i\" on-truncation = \"kill\"\n"
	    "x: { " M "}",
	    false);
}
END_TEST

START_TEST(settings_of_clients_need_a_request)
{
	static const struct refused cases[] = {
		{ "x: { " T "\ntls-client-ca = \"/ca\"\n"
		  "tls-client-crl = \"/crl\"\nidentities = \"/i\"\n"
		  "allow-identity = \"*\"\nmax-per-identity = 1 }",
		    "test.conf:2: \"tls-client-ca\" needs a \"tls-client\" "
		    "other than \"none\"\n"
		    "test.conf:3: \"tls-client-crl\" needs a \"tls-client\" "
		    "other than \"none\"\n"
		    "test.conf:4: \"identities\" needs a \"tls-client\" other "
		    "than \"none\"\n"
		    "test.conf:5: \"allow-identity\" needs a \"tls-client\" "
		    "other than \"none\"\n"
		    "test.conf:6: \"max-per-identity\" needs a \"tls-client\" "
		    "other than \"none\"" },
		{ "x: { " T "\ntls-client = \"required\" }",
		    "test.conf:2: \"tls-client\": service \"x\" needs "
		    "\"tls-client-ca\" or \"identities\" to verify clients" },
		{ "tls-client = \"optional\"\nx: { " T "}",
		    "test.conf:1: \"tls-client\": service \"x\" needs "
		    "\"tls-client-ca\" or \"identities\" to verify clients" },
		{ "x: { " T REQUIRED "identities = \"/i\"\n"
		  "tls-client-crl = \"/crl\" }",
		    "test.conf:2: \"tls-client-crl\": service \"x\" needs "
		    "\"tls-client-ca\", which signs revocation lists" },
		{ "x: { " T "tls-client = \"any\"\nallow-identity = \"a\"\n"
		  "max-per-identity = 2 }",
		    "test.conf:2: \"allow-identity\" needs \"tls-client-ca\" "
		    "or \"identities\"\n"
		    "test.conf:3: \"max-per-identity\" needs "
		    "\"tls-client-ca\" or \"identities\"" },
		{ "allow-identity = \"*\"\nx: { " PEER "}",
		    "test.conf:1: \"allow-identity\" belongs in a service" },
	};

	REFUSE(cases, false);
	good("x: { " T "tls-client = \"any\" }", false);
	good("x: { " T
	     "tls-client = \"any\" identities = \"/i\" "
	     "allow-identity = \"a\" }",
	    false);
	/* An empty list in a service is none, whatever the default is. */
	ck_assert_ptr_null(good_service(
	    "tls-client-ca = \"/ca\" x: { " PEER "tls-client-ca = [] }", false)
			       ->tls_client_ca);
}
END_TEST

START_TEST(pairs)
{
	static const struct refused cases[] = {
		{ "x: { " M "\ntls = true }",
		    "test.conf:2: \"tls\": service \"x\" needs "
		    "\"tls-certificate\"\n"
		    "test.conf:2: \"tls\": service \"x\" needs \"tls-key\"" },
		{ "tls = true\nx: { " M "tls-certificate = \"/c\" "
		  "tls-key = [] }",
		    "test.conf:1: \"tls\": service \"x\" needs \"tls-key\"" },
		{ "x: { " M "tls = true tls-certificate = [\"/c\", \"/d\"]\n"
		  "tls-key = \"/k\" }",
		    "test.conf:2: \"tls-key\" has 1 file, but "
		    "\"tls-certificate\" has 2: each certificate needs its "
		    "key, in the same order" },
		{ "x: { " M "tls = true tls-certificate = \"/c\"\n"
		  "tls-key = [\"/k\", \"/l\"] }",
		    "test.conf:2: \"tls-key\" has 2 files, but "
		    "\"tls-certificate\" has 1: each certificate needs its "
		    "key, in the same order" },
	};
	const struct service *s;

	REFUSE(cases, false);
	s = good_service(
	    "tls-certificate = [\"/c\", \"/d\"] tls-key = [\"/k\", "
	    "\"/l\"] x: { " M "tls = true }",
	    false);
	ck_assert_str_eq(s->tls_certificate[1], "/d");
	ck_assert_str_eq(s->tls_key[1], "/l");
	ck_assert_ptr_null(s->tls_key[2]);
}
END_TEST

START_TEST(a_wait_service_has_no_tls)
{
	static const struct refused cases[] = {
		{ "x: { " X "wait = true\ntls = true }",
		    "test.conf:2: \"tls\" does not apply to a service with "
		    "\"wait\"" },
		{ "tls = true\n" PAIR "\nx: { " X "wait = true }",
		    "test.conf:3: \"tls\" at the top level cannot apply to "
		    "service \"x\": with \"wait\", its program accepts the "
		    "clients; add \"tls = false\"" },
		{ "x: { listen = [\"udp:*:1\"] builtin = \"echo\" wait = true\n"
		  "tls = true " PAIR "}",
		    "test.conf:2: \"tls\" does not apply to a service with "
		    "\"wait\"" },
	};

	REFUSE(cases, false);
	good("tls = true " PAIR "x: { " X "wait = true tls = false }", false);
}
END_TEST

START_TEST(any_handler_has_a_start_to_time)
{
	const struct service *s;

	s = good_service("x: { " T "start-timeout = \"3s\" }", false);
	ck_assert_int_eq(s->start_timeout, 3 * INT64_C(1000000000));
	ck_assert(s->tls);
	good_service("x: { " X "tls = true " PAIR "start-timeout = 3 }", false);
	/* A Unix socket can have it, too. */
	good_service("x: { listen = [\"/s\"] message = \"\" tls = true " PAIR
		     "start-timeout = 3 }",
	    false);
}
END_TEST

START_TEST(an_identity_has_the_limit_of_a_source)
{
	ck_assert_int_eq(
	    good_service("x: { " PEER "}", false)->max_per_identity, 32);
	ck_assert_int_eq(
	    good_service("x: { " PEER "max-per-source = \"none\" }", false)
		->max_per_identity,
	    -1);
	ck_assert_int_eq(good_service("x: { " PEER "max-per-source = 3 "
				      "max-per-identity = \"none\" }",
			     false)
			     ->max_per_identity,
	    -1);
	ck_assert_int_eq(
	    good_service("x: { " PEER "max-per-identity = 7 }", false)
		->max_per_identity,
	    7);
}
END_TEST

START_TEST(an_identity_that_can_take_all_is_warned_of)
{
#define WIDE "listen = [\"*:80\"] message = \"\" tls = true " PAIR
	const struct config_source source = { .file = "test.conf",
		.advise = true };

	unit_write_file("test.conf",
	    "x: { " WIDE REQUIRED
	    "tls-client-ca = \"/ca\"\n"
	    "max-sessions = 9\nmax-per-identity = 9 }");
	ck_assert_ptr_nonnull(build(&source));
	ck_assert_str_eq(warnings,
	    "test.conf:3: one identity can take all 9 sessions of service "
	    "\"x\": lower \"max-per-identity\"");
	unit_write_file("test.conf",
	    "x: { " WIDE REQUIRED
	    "tls-client-ca = \"/ca\"\n"
	    "max-sessions = 9\nmax-per-identity = 8 }");
	ck_assert_ptr_nonnull(build(&source));
	ck_assert_str_eq(warnings, "");
}
END_TEST

/* Commands have their own list; the service decides whether it can hold. */
START_TEST(commands_can_ask_for_an_identity)
{
#define C "listen = [\"*:1\"] commands: { c: { exec = [\"/bin/sh\"]\n"
#define ASKS "allow-identity = \"a.example.org\" } } "
	static const struct refused cases[] = {
		{ "x: { listen = [\"127.0.0.1:1\"] commands: { c: { exec = "
		  "[\"/bin/sh\"]\n" ASKS "}",
		    "test.conf:2: \"allow-identity\" needs \"tls = true\"" },
		{ "x: { tls = true tls-client = \"any\" allow = "
		  "[\"::/0\"] " PAIR
		  "listen = [\"*:1\"] commands: { c: { exec = "
		  "[\"/bin/sh\"]\n" ASKS "}",
		    "test.conf:2: \"allow-identity\" needs \"tls-client-ca\" "
		    "or \"identities\"" },
		{ "x: { tls = true tls-client = \"required\" identities = "
		  "\"/i\" " PAIR "listen = [\"*:1\"] commands: { c: { exec = "
		  "[\"/bin/sh\"]\nmax-per-identity = 1 } } }",
		    "test.conf:2: \"max-per-identity\" does not apply to a "
		    "command" },
	};
	const struct service *s;

	REFUSE(cases, false);
	s = good_service(
	    "x: { tls = true tls-client = \"required\" identities "
	    "= \"/i\" allow-identity = [\"*\"] " PAIR C ASKS "}",
	    false);
	ck_assert_str_eq(s->allow_identity[0], "*");
	ck_assert_str_eq(s->commands[0].allow_identity[0], "a.example.org");
	s = good_service(
	    "x: { tls = true tls-client = \"required\" identities "
	    "= \"/i\" allow-identity = [\"*\"] " PAIR C "} } }",
	    false);
	ck_assert_ptr_null(s->commands[0].allow_identity); /* not inherited */
}
END_TEST

START_TEST(a_relay_reads_the_proxys_header_for_root)
{
	static const struct refused cases[] = {
		{ "x: { " M "user = \"root\"\nproxy-from = [\"192.0.2.1\"] }",
		    "test.conf:2: \"proxy-from\": service \"x\" runs as root, "
		    "which must not read what a proxy sends: use another "
		    "\"user\"" },
	};
	const struct config *config;

	REFUSE(cases, true);
	/* Without haild-tls, whose files are not checked here. */
	config = good(
	    "x: { " T "user = \"root\" proxy-from = [\"192.0.2.1\"] }", true);
	ck_assert_ptr_nonnull(config->tls.name);
	config = good("x: { " M "}", true);
	ck_assert_ptr_null(config->tls.name);
	config = good("x: { " T
		      "disable = true }\ny: { listen = "
		      "[\"127.0.0.1:81\"] message = \"\" }",
	    true);
	ck_assert_ptr_null(config->tls.name);
}
END_TEST

/* --- the answers of haild-tls --------------------------------------------- */

/* fds_execute needs a program, not a script: sh, which argv tells what to do.
 */
static const struct config *
build_checked(const char *text, int program)
{
	const struct config_source source = { .file = "test.conf",
		.trial = TRIAL_WARN,
		.advise = true,
		.tls_program = program };

	unit_write_file("test.conf", text);
	return build(&source);
}

static int
open_program(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	ck_assert_msg(fd != -1, "cannot open %s", path);
	return fd;
}

static int
open_haild_tls(void)
{
	const char *builddir = getenv("builddir");
	char path[4096];

	snprintf(path, sizeof(path), "%s/haild-tls",
	    builddir != NULL ? builddir : ".");
	return open_program(path);
}

START_TEST(what_haild_tls_finds_has_its_line)
{
	int program = open_haild_tls();

	ck_assert_ptr_null(build_checked("x: { " M "tls = true\n"
					 "tls-certificate = \"/none/c\"\n"
					 "tls-key = \"/none/k\"\n"
					 "tls-priority = \"NORMAL:-X\" }",
	    program));
	ck_assert_str_eq(errors,
	    "test.conf:2: \"tls-certificate\": /none/c: No such file or "
	    "directory\n"
	    "test.conf:3: \"tls-key\": /none/k: No such file or directory\n"
	    "test.conf:4: \"tls-priority\": NORMAL:-X: unknown word \"-X\": "
	    "see gnutls-cli --list");
	/* Nothing is wrong with the text itself: a later attempt may do. */
	ck_assert(!build_wrong);
	close(program);
}
END_TEST

START_TEST(the_same_files_are_checked_once)
{
	int program = open_haild_tls();

	ck_assert_ptr_null(build_checked(
	    "tls = true\ntls-certificate = \"/none/c\" tls-key = \"/none/k\"\n"
	    "x: { listen = [\"127.0.0.1:80\"] message = \"\" }\n"
	    "y: { listen = [\"127.0.0.1:81\"] message = \"\" }\n"
	    "z: { listen = [\"127.0.0.1:82\"] message = \"\" tls = false }\n"
	    "d: { listen = [\"127.0.0.1:83\"] message = \"\" disable = true\n"
	    "tls-certificate = \"/none/d\" }\n",
	    program));
	ck_assert_str_eq(errors,
	    "test.conf:2: \"tls-certificate\": /none/c: No such file or "
	    "directory\n"
	    "test.conf:2: \"tls-key\": /none/k: No such file or directory");
	close(program);
}
END_TEST

/* Files that do not verify clients are not used, and not checked. */
START_TEST(files_that_are_not_used_are_not_checked)
{
	int program = open_haild_tls();

	ck_assert_ptr_null(
	    build_checked("tls-client-ca = \"/none/ca\"\nx: { " M
			  "tls = true\ntls-certificate = \"/none/c\" "
			  "tls-key = \"/none/c\" }",
		program));
	ck_assert_ptr_null(strstr(errors, "/none/ca"));
	close(program);
}
END_TEST

#define CANNOT                                                       \
	"test.conf:2: cannot check the files of service \"x\" with " \
	"haild-tls: "

/*
 * The behaviour of this program in place of haild-tls, selected by the
 * certificate.
 */
static const struct {
	const char *certificate, *output;
	int status;
	const char *errors, *warnings;
} answers[] = {
	{ "/good", "", 0, "", "" },
	{ "/error", "error: a\nerror: \"tls-key\": b\n", EX_CONFIG,
	    "test.conf:2: a\ntest.conf:3: \"tls-key\": b", "" },
	{ "/warning", "warning: \"nice\": a\nwarning: \"tls-x\": b", 0, "",
	    "test.conf:2: \"nice\": a\ntest.conf:2: \"tls-x\": b" },
	{ "/advice", "advice: a", 0, "", "test.conf:2: a" },
	{ "/denied", "denied: d", EX_CONFIG, "", "test.conf:2: d" },
	{ "/both", "warning: w\nerror: e", EX_CONFIG, "test.conf:2: e",
	    "test.conf:2: w" },
	{ "/expires", "expires: 0 1800000000\n", 0, "", "" },
	{ "/index", "expires: 1 1800000000\n", 0,
	    CANNOT "it printed an invalid line", "" },
	{ "/number", "expires: 0\n", 0, CANNOT "it printed an invalid line",
	    "" },
	{ "/other", "hello\n", 0, CANNOT "it printed an invalid line", "" },
	{ "/untold", "", EX_CONFIG, CANNOT "exited with status 78", "" },
	{ "/unsaid", "error: e\n", 0,
	    "test.conf:2: e\n" CANNOT "exited with status 0", "" },
	{ "/failed", "", 1, CANNOT "exited with status 1", "" },
	{ "/killed", "", -1, CANNOT "was killed by signal 9 (Killed)", "" },
	{ "/flood", NULL, 0, CANNOT "it printed too much", "" },
	{ "/hung", "", -2, CANNOT "it took longer than 10 s", "" },
};

static int
answer(const char *certificate)
{
	size_t i;

	for (i = 0; i < COUNT(answers); i++)
		if (strcmp(answers[i].certificate, certificate) == 0)
			break;
	if (i == COUNT(answers))
		return EX_SOFTWARE;
	while (answers[i].output == NULL)
		if (puts("warning: ") == EOF)
			return EX_IOERR;
	fputs(answers[i].output, stdout);
	fflush(stdout);
	if (answers[i].status == -1)
		raise(SIGKILL);
	while (answers[i].status == -2)
		pause();
	return answers[i].status;
}

START_TEST(answers_are_reported)
{
	int program = open_program("/proc/self/exe");
	char text[256];

	snprintf(text, sizeof(text),
	    "x: { " M
	    "tls = true\ntls-certificate = \"%s\"\ntls-key = "
	    "\"/k\" }",
	    answers[_i].certificate);
	ck_assert((build_checked(text, program) == NULL) ==
	    (answers[_i].errors[0] != '\0'));
	ck_assert_str_eq(errors, answers[_i].errors);
	ck_assert_str_eq(warnings, answers[_i].warnings);
	ck_assert(!build_wrong);
	close(program);
}
END_TEST

START_TEST(expiry_is_stored)
{
	int program = open_program("/proc/self/exe");
	const struct config *config = build_checked(
	    "x: { " M
	    "tls = true\ntls-certificate = \"/expires\"\ntls-key = \"/k\" }\n"
	    "y: { message = \"\"\nlisten = [\"127.0.0.1:2\"]\ntls = true\n"
	    "tls-certificate = \"/expires\"\ntls-key = \"/k\" }\n"
	    "z: { message = \"\"\nlisten = [\"127.0.0.1:3\"]\ntls = true\n"
	    "tls-certificate = \"/good\"\ntls-key = \"/k\" }",
	    program);

	ck_assert_ptr_nonnull(config);
	ck_assert_int_eq(config->services[0].tls_expires[0], 1800000000);
	ck_assert_int_eq(config->services[1].tls_expires[0], 1800000000);
	ck_assert_int_eq(config->services[2].tls_expires[0], -1);
	close(program);
}
END_TEST

START_TEST(what_is_no_program_is_an_error)
{
	int fd;

	unit_write_file("file", "text");
	fd = open_program("file");
	ck_assert_ptr_null(
	    build_checked("x: { " M "tls = true\n" PAIR "}", fd));
	ck_assert_str_eq(errors, CANNOT "exited with status 71");
	close(fd);
}
END_TEST

/* --- files of identities -------------------------------------------------- */

START_TEST(lines_of_identities_are_warned_of)
{
	char text[512], want[1024], cwd[256];

	ck_assert_ptr_nonnull(getcwd(cwd, sizeof(cwd)));
	unit_write_file("ids", "# comment\n\nweb1\n");
	snprintf(text, sizeof(text),
	    "x: { " T REQUIRED "\nidentities = [\"%s/ids\", \"/none\"] }", cwd);
	ck_assert_ptr_nonnull(build_checked(text, 0));
	snprintf(
	    want, sizeof(want), "test.conf:2: \"identities\": %s/ids:3: ", cwd);
	ck_assert_int_eq(strncmp(warnings, want, strlen(want)), 0);
	ck_assert_ptr_nonnull(strstr(warnings, "; this line is ignored\n"));
	ck_assert_ptr_nonnull(strstr(warnings,
	    "test.conf:2: \"identities\": /none: No such file or directory"));
}
END_TEST

/* --- files that others can change ----------------------------------------- */

START_TEST(others_must_not_replace_a_key)
{
	char text[1024], want[1024], cwd[256];

	if (geteuid() != 0)
		return;
	ck_assert_ptr_nonnull(getcwd(cwd, sizeof(cwd)));
	unit_write_file("c", "");
	unit_write_file("k", "");
	ck_assert_int_eq(chmod("c", 0644), 0);
	ck_assert_int_eq(chmod("k", 0602), 0);
	snprintf(text, sizeof(text),
	    "x: { " M
	    "tls = true\ntls-certificate = \"%s/c\"\n"
	    "tls-key = \"%s/k\" }",
	    cwd, cwd);
	snprintf(want, sizeof(want),
	    "test.conf:3: \"tls-key\": %s/k: is writable by everyone: chmod "
	    "o-w it",
	    cwd);
	ck_assert_ptr_null(build_text(text, true));
	ck_assert_str_eq(errors, want);
	ck_assert(!build_wrong);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, unit_enter_dir, build_leave);
	tcase_add_test(tc, values);
	tcase_add_test(tc, names_of_protocols_have_a_limit);
	tcase_add_test(tc, settings_of_tls_need_it);
	tcase_add_test(tc, settings_of_clients_need_a_request);
	tcase_add_test(tc, pairs);
	tcase_add_test(tc, a_wait_service_has_no_tls);
	tcase_add_test(tc, any_handler_has_a_start_to_time);
	tcase_add_test(tc, an_identity_has_the_limit_of_a_source);
	tcase_add_test(tc, an_identity_that_can_take_all_is_warned_of);
	tcase_add_test(tc, commands_can_ask_for_an_identity);
	tcase_add_test(tc, a_relay_reads_the_proxys_header_for_root);
	tcase_add_test(tc, what_haild_tls_finds_has_its_line);
	tcase_add_test(tc, the_same_files_are_checked_once);
	tcase_add_test(tc, files_that_are_not_used_are_not_checked);
	tcase_add_loop_test(tc, answers_are_reported, 0, (int)COUNT(answers));
	tcase_add_test(tc, expiry_is_stored);
	tcase_add_test(tc, what_is_no_program_is_an_error);
	tcase_add_test(tc, lines_of_identities_are_warned_of);
	tcase_add_test(tc, others_must_not_replace_a_key);
}

int
main(int argc, char **argv)
{
	static const char certificate[] = "certificate=";

	if (argc > 2 && strcmp(argv[1], "--check") == 0)
		return answer(argv[2] + strlen(certificate));
	return unit_run("tls", add);
}
