/*
 * check_forward.c -- "forward": targets, what goes together, and loops.
 */

#include "tests/unit/unit.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/build.h"

#define F(targets) "x: { listen = [\"127.0.0.1:1\"]\nforward = " targets " "

START_TEST(each_form_of_a_target)
{
	const struct service *s =
	    good_service(F("[\"127.0.0.1:8080\", \"[2001:db8::1]:http\", "
			   "\"[fe80::1%lo]:80\", "
			   "\"/run/app.sock\", \"@abstract\"]") "}",
		false);
	static const char *const want[] = { "127.0.0.1:8080",
		"[2001:db8::1]:80", "[fe80::1%lo]:80", "/run/app.sock",
		"@abstract" };
	size_t i;

	ck_assert_int_eq(s->handler, HANDLER_FORWARD);
	ck_assert_uint_eq(s->ntargets, COUNT(want));
	for (i = 0; i < COUNT(want); i++) {
		ck_assert_str_eq(s->targets[i].text, want[i]);
		if (i != 2)
			ck_assert_ptr_null(s->targets[i].host);
	}
	/* An interface may come and go, as an address of a name. */
	ck_assert_str_eq(s->targets[2].host, "fe80::1%lo");
	ck_assert_int_eq(s->forward_policy, FORWARD_FIRST);
	ck_assert_int_eq(s->connect_timeout, INT64_C(10000000000));
	ck_assert_ptr_null(s->source);
	s = good_service(F("\"127.0.0.1:8080\"") "}", false);
	ck_assert_uint_eq(s->ntargets, 1);
}
END_TEST

START_TEST(a_wrong_target)
{
	static const char long_path[] =
	    "/23456789012345678901234567890123456789012345678901234567890"
	    "123456789012345678901234567890123456789012345678";
	char text[512], want[512];
	static const struct refused cases[] = {
		{ F("[\"127.0.0.1:80\", \"127.0.0.1\"]") "}",
		    "test.conf:2: forward \"127.0.0.1\" has no port: write "
		    "\"127.0.0.1:PORT\"" },
		{ F("[\"127.0.0.1:80\",\n\"*:80\"]") "}",
		    "test.conf:3: forward \"*:80\" has no host: write "
		    "\"HOST:80\"" },
		{ F("\"@\"") "}",
		    "test.conf:2: forward \"@\" has no name: write \"@NAME\"" },
		{ F("[]") "}",
		    "test.conf:2: \"forward\" has no target\n"
		    "test.conf:1: service \"x\" has no handler: add "
		    "\"message\", \"builtin\", \"exec\", \"commands\" or "
		    "\"forward\"" },
		{ F("80") "}",
		    "test.conf:2: \"forward\" must be a string, or a list of "
		    "strings, such as \"a\" or [\"a\", \"b\"]\n"
		    "test.conf:1: service \"x\" has no handler: add "
		    "\"message\", \"builtin\", \"exec\", \"commands\" or "
		    "\"forward\"" },
		{ F("\"127.0.0.1:nosuchport\"") "}",
		    "test.conf:2: forward \"127.0.0.1:nosuchport\": port "
		    "\"nosuchport\" is not in /etc/services" },
		{ F("\"udp:127.0.0.1:53\" disable = true") "}\ny: { " M "}",
		    "test.conf:2: forward \"udp:127.0.0.1:53\" has the prefix "
		    "\"udp:\": write HOST:PORT, a path or \"@NAME\"" },
		{ F("\"127.0.0.1:80\"") "wait = true }",
		    "test.conf:2: \"wait\" does not apply to \"forward\" "
		    "services" },
		{ F("\"127.0.0.1:80\"") "message = \"\" }",
		    "test.conf:1: service \"x\" has two handlers, \"message\" "
		    "and \"forward\"" },
		{ F("\"127.0.0.1:80\"") "user = \"pool:1000-2000\" }",
		    "test.conf:2: \"user\": a pool does not apply to "
		    "\"forward\" services" },
	};

	REFUSE(cases, false);
	ck_assert_uint_eq(strlen(long_path), 108);
	snprintf(text, sizeof(text), F("\"%s\"") "}", long_path);
	snprintf(want, sizeof(want),
	    "test.conf:2: forward \"%s\": the path is longer than 107 bytes",
	    long_path);
	ck_assert_ptr_null(build_text(text, false));
	ck_assert_str_eq(errors, want);
	snprintf(text, sizeof(text), F("\"@%s\"") "}", long_path);
	snprintf(want, sizeof(want),
	    "test.conf:2: forward \"@%s\": the name is longer than 107 bytes",
	    long_path);
	ck_assert_ptr_null(build_text(text, false));
	ck_assert_str_eq(errors, want);
}
END_TEST

START_TEST(a_target_that_is_there_twice)
{
	const struct service *s = good_service(
	    F("[\"127.0.0.1:80\",\n\"127.0.0.2:80\", \"127.0.0.1:http\"]") "}",
	    false);

	ck_assert_uint_eq(s->ntargets, 2);
	ck_assert_str_eq(warnings,
	    "test.conf:3: the target \"127.0.0.1:80\" is in \"forward\" "
	    "twice");
}
END_TEST

START_TEST(a_source)
{
	static const struct refused cases[] = {
		{ F("\"127.0.0.1:80\"") "\nforward-source = \"127.0.0.1:1\" }",
		    "test.conf:3: \"forward-source\": \"127.0.0.1:1\" is not "
		    "an address: write an IPv4 or IPv6 address without a "
		    "port" },
		{ F("\"127.0.0.1:80\"") "\nforward-source = \"0.0.0.0\" }",
		    "test.conf:3: \"forward-source\": \"0.0.0.0\" is the "
		    "wildcard address: write an address of this host" },
		{ F("\"127.0.0.1:80\"") "\nforward-source = \"192.0.2.77\" }",
		    "test.conf:3: \"forward-source\": cannot bind "
		    "\"192.0.2.77\": Cannot assign requested address" },
		{ F("[\"127.0.0.1:80\", \"[::1]:80\"]") "\nforward-source = "
							"\"127.0.0.1\" }",
		    "test.conf:2: forward \"[::1]:80\" is an IPv6 address, and "
		    "\"forward-source\" is an IPv4 address" },
		{ F("\"/run/x\"") "\nforward-source = \"127.0.0.1\" }",
		    "test.conf:2: forward \"/run/x\": \"forward-source\" does "
		    "not apply to a Unix socket" },
		{ "forward-source = \"127.0.0.1\"\n" F("\"/run/x\"") "}",
		    "test.conf:1: \"forward-source\" belongs in a service" },
	};
	const struct service *s;

	REFUSE(cases, false);
	s = good_service(
	    F("\"127.0.0.1:80\"") "forward-source = \"127.0.0.2\" }", false);
	ck_assert_ptr_nonnull(s->source);
	ck_assert_int_eq(s->source->sa.sa_family, AF_INET);
}
END_TEST

START_TEST(no_session_runs_as_root)
{
	static const struct refused cases[] = {
		{ F("\"127.0.0.1:80\"") "\nuser = \"root\" }",
		    "test.conf:3: \"user\": service \"x\" runs as root, which "
		    "must not read what clients send: use another \"user\"" },
		{ "user = \"root\"\n" F("\"127.0.0.1:80\"") "}",
		    "test.conf:1: \"user\": service \"x\" runs as root, which "
		    "must not read what clients send: use another \"user\"" },
	};

	REFUSE(cases, true);
	ck_assert_ptr_nonnull(
	    build_text(F("\"127.0.0.1:80\"") "user = \"nobody\" }", true));
}
END_TEST

/* --- which settings apply --- */

START_TEST(settings_of_others)
{
	static const struct {
		const char *setting, *want;
	} cases[] = {
		{ "start-timeout = \"1s\"",
		    "\"start-timeout\" needs \"proxy-from\" or \"tls = "
		    "true\"" },
		{ "linger = true",
		    "\"linger\" does not apply to \"forward\" services" },
		{ "sandbox = \"basic\"",
		    "\"sandbox\" does not apply to \"forward\" services" },
		{ "stderr = \"log\"",
		    "\"stderr\" does not apply to \"forward\" services" },
		{ "allow-identity = [\"a\"]",
		    "\"allow-identity\" needs \"tls-client = "
		    "\\\"required\\\"\"" },
	};
	char text[512], want[512];
	size_t i;

	for (i = 0; i + 1 < COUNT(cases); i++) {
		snprintf(text, sizeof(text), F("\"127.0.0.1:80\"") "\n%s }",
		    cases[i].setting);
		snprintf(want, sizeof(want), "test.conf:3: %s", cases[i].want);
		ck_assert_ptr_null(build_text(text, false));
		ck_assert_str_eq(errors, want);
	}
}
END_TEST

START_TEST(settings_that_apply)
{
	static const char *const cases[] = {
		"idle-timeout = \"1m\"",
		"session-timeout = \"1h\" kill-grace = \"1s\"",
		"forward-policy = \"round-robin\"",
		"forward-proxy = \"v2\"",
		"connect-timeout = \"3s\"",
		"max-sessions = 9 max-per-source = 3 rate = \"10/s\"",
		"nice = 5 limit-nofile = 64 log-start = true",
		"proxy-from = [\"127.0.0.1\"] start-timeout = \"1s\"",
		"tcp-keepalive = \"1m\" busy-message = \"busy\\n\"",
	};
	char text[512];
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		snprintf(
		    text, sizeof(text), F("\"127.0.0.1:80\"") "%s }", cases[i]);
		ck_assert_msg(build_text(text, false) != NULL, "%s: %s",
		    cases[i], errors);
	}
}
END_TEST

START_TEST(settings_of_forward_do_not_apply_to_others)
{
	static const char *const names[] = { "forward-policy = \"first\"",
		"forward-source = \"127.0.0.1\"", "forward-proxy = \"v1\"",
		"connect-timeout = \"1s\"" };
	char text[256], want[256];
	size_t i;

	for (i = 0; i < COUNT(names); i++) {
		snprintf(text, sizeof(text), "x: { " M "\n%s }", names[i]);
		snprintf(want, sizeof(want),
		    "test.conf:2: \"%.*s\" does not apply to \"message\" "
		    "services",
		    (int)strcspn(names[i], " "), names[i]);
		ck_assert_ptr_null(build_text(text, false));
		ck_assert_str_eq(errors, want);
	}
}
END_TEST

/* As written, also ports, since names are resolved again. */
START_TEST(printed_as_written)
{
	const struct config *config = good(
	    "resolve-interval = \"none\"\n" F(
		"[\"127.0.0.1:http\", \"@a\"]") "forward-policy = "
						"\"round-robin\" "
						"connect-timeout = \"2s\" }",
	    false);
	char *first = build_print(config), *second;

	ck_assert_ptr_nonnull(
	    strstr(first, "\tforward = [\"127.0.0.1:http\", \"@a\"]\n"));
	ck_assert_ptr_nonnull(
	    strstr(first, "\tforward-policy = \"round-robin\"\n"));
	ck_assert_ptr_nonnull(strstr(first, "\tconnect-timeout = \"2s\"\n"));
	ck_assert_ptr_nonnull(strstr(first, "resolve-interval = \"none\"\n"));
	ck_assert_ptr_null(strstr(first, "forward-source"));
	build_strip_notes(first);
	second = build_print(good(first, false));
	build_strip_notes(second);
	ck_assert_str_eq(first, second);
	free(first);
	free(second);
}
END_TEST

/* --- loops --- */

START_TEST(loops)
{
	static const struct refused cases[] = {
		{ "x: { listen = [\"127.0.0.1:1\"]\n"
		  "forward = \"127.0.0.1:1\" }",
		    "test.conf:2: forward \"127.0.0.1:1\" makes a loop: "
		    "service "
		    "\"x\" itself listens there (test.conf:1)" },
		{ "x: { listen = [\"*:1\"]\nforward = [\"192.0.2.1:1\",\n"
		  "\"127.0.0.9:1\"] }",
		    "test.conf:2: forward \"127.0.0.9:1\" makes a loop: "
		    "service "
		    "\"x\" itself listens there (test.conf:1)" },
		{ "x: { listen = [\"*:1\"]\nforward = \"[::1]:1\" }",
		    "test.conf:2: forward \"[::1]:1\" makes a loop: service "
		    "\"x\" "
		    "itself listens there (test.conf:1)" },
		{ "x: { listen = [\"*:1\"]\n"
		  "forward = \"[::ffff:127.0.0.1]:1\" }",
		    "test.conf:2: forward \"[::ffff:127.0.0.1]:1\" makes a "
		    "loop: "
		    "service \"x\" itself listens there (test.conf:1)" },
		{ "x: { listen = [\"/run/../run/x\"]\nforward = \"/run/x\" }",
		    "test.conf:2: forward \"/run/x\" makes a loop: service "
		    "\"x\" "
		    "itself listens there (test.conf:1)" },
		{ "a: { listen = [\"127.0.0.1:1\"]\n"
		  "forward = \"127.0.0.1:2\" }\n"
		  "b: { listen = [\"127.0.0.1:2\"]\n"
		  "forward = [\"192.0.2.1:1\", \"127.0.0.1:3\"] }\n"
		  "c: { listen = [\"127.0.0.1:3\"]\n"
		  "forward = \"127.0.0.1:1\" }",
		    "test.conf:2: forward \"127.0.0.1:2\" makes a loop: \"a\" "
		    "forwards to \"b\" (test.conf:4), \"b\" forwards to \"c\" "
		    "(test.conf:6), \"c\" forwards to \"a\"" },
		/* two at once, and one that only leads there */
		{ "z: { listen = [\"127.0.0.1:9\"]\n"
		  "forward = \"127.0.0.1:1\" }\n"
		  "a: { listen = [\"127.0.0.1:1\"]\n"
		  "forward = [\"127.0.0.1:2\", \"127.0.0.1:1\"] }\n"
		  "b: { listen = [\"127.0.0.1:2\"]\n"
		  "forward = \"127.0.0.1:1\" }",
		    "test.conf:4: forward \"127.0.0.1:2\" makes a loop: \"a\" "
		    "forwards to \"b\" (test.conf:6), \"b\" forwards to "
		    "\"a\"\n"
		    "test.conf:4: forward \"127.0.0.1:1\" makes a loop: "
		    "service "
		    "\"a\" itself listens there (test.conf:3)" },
	};

	REFUSE(cases, false);
}
END_TEST

START_TEST(no_loops)
{
	static const char *const cases[] = {
		/* to another service, and from two to one */
		"a: { listen = [\"127.0.0.1:1\"] "
		"forward = [\"127.0.0.1:2\", \"127.0.0.1:3\"] }\n"
		"b: { listen = [\"127.0.0.1:2\"] forward = \"127.0.0.1:3\" }\n"
		"c: { listen = [\"127.0.0.1:3\"] message = \"\" }",
		/* another address or port */
		"a: { listen = [\"127.0.0.1:1\"] "
		"forward = [\"127.0.0.2:1\", \"[::1]:1\", \"127.0.0.1:2\"] }",
		/* another host */
		"a: { listen = [\"*:1\"] forward = \"192.0.2.1:1\" }",
		/* it is not served */
		"a: { listen = [\"127.0.0.1:1\"] forward = \"127.0.0.1:1\" "
		"disable = true }\nb: { listen = [\"127.0.0.1:2\"] "
		"message = \"\" }",
		/* of two kinds */
		"a: { listen = [\"/run/a\"] forward = [\"@a\", \"/run/b\", "
		"\"/a\"] }",
		"a: { listen = [\"127.0.0.1:0\"] forward = \"127.0.0.1:1\" }",
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		ck_assert_msg(build_text(cases[i], false) != NULL, "%s: %s",
		    cases[i], errors);
}
END_TEST

/* A hard or symbolic link to the socket. */
START_TEST(a_loop_by_another_path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	char cwd[64], text[512];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_ptr_nonnull(getcwd(cwd, sizeof(cwd)));
	snprintf(un.sun_path, sizeof(un.sun_path), "%s/sock", cwd);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	ck_assert_int_eq(symlink("sock", "other"), 0);
	snprintf(text, sizeof(text),
	    "x: { listen = [\"%s/sock\"] forward = \"%s/other\" }", cwd, cwd);
	ck_assert_ptr_null(build_text(text, false));
	ck_assert_ptr_nonnull(
	    strstr(errors, "/other\" makes a loop: service \"x\""));
	close(fd);
}
END_TEST

/* A configuration that is large, with one long chain. */
START_TEST(a_long_chain)
{
	enum { N = 3000 };
	char *text = malloc(N * 100);
	size_t used = 0;
	int i;

	ck_assert_ptr_nonnull(text);
	for (i = 1; i <= N; i++)
		used += (size_t)snprintf(text + used, N * 100 - used,
		    "s%d: { listen = [\"127.0.0.1:%d\"] forward = "
		    "\"127.0.0.1:%d\" }\n",
		    i, i, i + 1);
	ck_assert_msg(build_text(text, false) != NULL, "%s", errors);
	snprintf(text + used, N * 100 - used,
	    "last: { listen = [\"127.0.0.1:%d\"] forward = \"127.0.0.1:1\" }\n",
	    N + 1);
	ck_assert_ptr_null(build_text(text, false));
	ck_assert_ptr_nonnull(strstr(
	    errors, "test.conf:1: forward \"127.0.0.1:2\" makes a loop: "));
	free(text);
}
END_TEST

/* What "haild -t" says about TEXT. */
static const char *
advice(const char *text, bool root)
{
	struct config_source source = { .file = "test.conf",
		.dir = "conf.d",
		.root = root,
		.advise = true };

	unit_write_file("test.conf", text);
	ck_assert_msg(build(&source) != NULL, "%s\n%s", text, errors);
	return warnings;
}

#define SILENT                                                           \
	"test.conf:1: service \"x\" never ends the session of a silent " \
	"client: set \"idle-timeout\" or \"session-timeout\", or "       \
	"\"idle-timeout\" to \"none\" if this is intended"

START_TEST(advice_about_silent_clients)
{
	static const char *const quiet[] = {
		F("\"127.0.0.1:80\"") "}",
		"x: { listen = [\"*:1\"] forward = \"127.0.0.1:80\" "
		"idle-timeout = \"none\" }",
		"x: { listen = [\"*:1\"] forward = \"127.0.0.1:80\" "
		"session-timeout = \"1h\" }",
		"idle-timeout = \"1h\" x: { listen = [\"*:1\"] "
		"forward = \"127.0.0.1:80\" }",
		"x: { listen = [\"*:1\"] forward = \"127.0.0.1:80\" "
		"disable = true } y: { " M "}",
	};
	size_t i;

	ck_assert_str_eq(advice("x: { listen = [\"*:1\"] "
				"forward = \"127.0.0.1:80\" }",
			     false),
	    SILENT);
	for (i = 0; i < COUNT(quiet); i++)
		ck_assert_str_eq(advice(quiet[i], false), "");
}
END_TEST

START_TEST(advice_about_servers_that_speak_first)
{
	static const char *const quiet[] = {
		F("\"127.0.0.1:80\"") "defer-accept = \"9s\" }",
		F("\"127.0.0.1:25\"") "defer-accept = \"none\" }",
		F("\"127.0.0.1:25\"") "defer-accept = \"9s\" "
				      "proxy-from = [\"127.0.0.1\"] session-timeout = \"1h\" }",
	};
	size_t i;

	ck_assert_str_eq(
	    advice(F("[\"127.0.0.1:80\", \"127.0.0.1:25\"]") "defer-accept = "
							     "\"9s\" }",
		false),
	    "test.conf:2: \"defer-accept\": clients of SMTP wait for data and "
	    "send none");
	ck_assert_str_eq(
	    advice("x: { listen = [\"127.0.0.1:22\"]\nexec = [\"/bin/sh\"] "
		   "defer-accept = \"9s\" }",
		false),
	    "test.conf:2: \"defer-accept\": clients of SSH wait for data and "
	    "send none");
	for (i = 0; i < COUNT(quiet); i++)
		ck_assert_str_eq(advice(quiet[i], false), "");
}
END_TEST

/* In a directory that only this user can enter. */
START_TEST(advice_about_sockets)
{
	char cwd[96], path[128], text[512], want[512];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	ck_assert_int_eq(mkdir("d", 0700), 0);
	ck_assert_int_eq(chmod(".", 0755), 0);
	snprintf(path, sizeof(path), "%s/d/s", getcwd(cwd, sizeof(cwd)));
	snprintf(
	    text, sizeof(text), F("[\n\"%s\"]") "user = \"nobody\" }", path);
	snprintf(want, sizeof(want),
	    "test.conf:3: forward \"%s\": user "
	    "\"nobody\" cannot connect to it now: ",
	    path);
	ck_assert_ptr_nonnull(strstr(advice(text, true), want));
	ck_assert_ptr_nonnull(strstr(warnings, ": Permission denied"));
	ck_assert_int_eq(chmod("d", 0755), 0);
	ck_assert_ptr_nonnull(strstr(advice(text, true), want));
	ck_assert_ptr_nonnull(strstr(warnings, ": No such file or directory"));
	snprintf(sun.sun_path, sizeof(sun.sun_path), "d/s");
	ck_assert_int_eq(mkdir("d/s", 0777), 0);
	ck_assert_int_eq(chmod("d/s", 0777), 0);
	ck_assert_ptr_nonnull(strstr(advice(text, true), want));
	ck_assert_ptr_nonnull(
	    strstr(warnings, ": Socket operation on non-socket"));
	ck_assert_int_eq(rmdir("d/s"), 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	ck_assert_int_eq(chmod("d/s", 0755), 0);
	ck_assert_ptr_nonnull(strstr(advice(text, true), want));
	ck_assert_ptr_nonnull(strstr(warnings, ": Permission denied"));
	ck_assert_int_eq(chmod("d/s", 0666), 0);
	ck_assert_ptr_null(strstr(advice(text, true), "cannot connect"));
	ck_assert_uint_eq(geteuid(), 0);
	close(fd);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, advice_about_silent_clients);
	tcase_add_test(tc, advice_about_servers_that_speak_first);
	if (geteuid() == 0)
		tcase_add_test(tc, advice_about_sockets);
	tcase_add_checked_fixture(tc, unit_enter_dir, build_leave);
	tcase_add_test(tc, each_form_of_a_target);
	tcase_add_test(tc, a_wrong_target);
	tcase_add_test(tc, a_target_that_is_there_twice);
	tcase_add_test(tc, a_source);
	if (geteuid() == 0)
		tcase_add_test(tc, no_session_runs_as_root);
	tcase_add_test(tc, settings_of_others);
	tcase_add_test(tc, settings_that_apply);
	tcase_add_test(tc, settings_of_forward_do_not_apply_to_others);
	tcase_add_test(tc, printed_as_written);
	tcase_add_test(tc, loops);
	tcase_add_test(tc, no_loops);
	tcase_add_test(tc, a_loop_by_another_path);
	tcase_add_test(tc, a_long_chain);
}

int
main(void)
{
	return unit_run("forward", add);
}
