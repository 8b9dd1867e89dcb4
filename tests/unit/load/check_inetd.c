/*
 * check_inetd.c -- inetd.conf: each kind of line, each error and its words, and
 * what becomes of it.
 */

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libconfig.h>

#include "tests/unit/build.h"
#include "load/inetd.h"
#include "lib/io.h"

/* --- one line ---------------------------------------------------------------
 */

static char line[512];
static struct inetd_line l;

static int
parse(const char *text)
{
	ck_assert_uint_lt(strlcpy(line, text, sizeof(line)), sizeof(line));
	return inetd_parse(line, &l);
}

START_TEST(lines_without_a_service)
{
	static const char *const nothing[] = { "", " ", "\t \r", "#",
		" \t# indented", "#:INFO: Information", "# on or off", "#@",
		"# echo stream tcp nowait root internal",
		"#<off># echo stream tcp nowait root internal" };
	size_t i;

	for (i = 0; i < COUNT(nothing); i++) {
		ck_assert_int_eq(parse(nothing[i]), 0);
		ck_assert_int_eq(l.kind, INETD_NOTHING);
	}
	ck_assert_int_eq(parse("127.0.0.1,[::1]:"), 0);
	ck_assert_int_eq(l.kind, INETD_ADDRESS);
	ck_assert_str_eq(l.addresses, "127.0.0.1,[::1]");
	ck_assert_int_eq(parse("*: "), 0);
	ck_assert_int_eq(l.kind, INETD_ADDRESS);
	ck_assert_str_eq(l.addresses, "*");
}
END_TEST

START_TEST(a_line_of_a_service)
{
	ck_assert_int_eq(
	    parse("ftp\tstream  tcp nowait\troot /usr/sbin/in.ftpd ftpd -l\r"),
	    0);
	ck_assert_int_eq(l.kind, INETD_SERVICE);
	ck_assert_ptr_null(l.addresses);
	ck_assert_str_eq(l.service, "ftp");
	ck_assert(!l.dgram && !l.wait && !l.internal);
	ck_assert_int_eq(l.family, AF_UNSPEC);
	ck_assert_int_eq(l.max, 0);
	ck_assert_str_eq(l.user, "root");
	ck_assert_ptr_null(l.group);
	ck_assert_str_eq(l.program, "/usr/sbin/in.ftpd");
	ck_assert_str_eq(l.args[0], "ftpd");
	ck_assert_str_eq(l.args[1], "-l");
	ck_assert_ptr_null(l.args[2]);
	/* without arguments its own path is the first one */
	ck_assert_int_eq(parse("ftp stream tcp nowait root /bin/x"), 0);
	ck_assert_str_eq(l.args[0], "/bin/x");
	ck_assert_ptr_null(l.args[1]);
}
END_TEST

START_TEST(words_of_a_line)
{
	ck_assert_int_eq(
	    parse("[::1]:tftp dgram udp6 wait.40 a.b:c /bin/x x"), 0);
	ck_assert_str_eq(l.addresses, "[::1]");
	ck_assert_str_eq(l.service, "tftp");
	ck_assert(l.dgram && l.wait);
	ck_assert_int_eq(l.family, AF_INET6);
	ck_assert_int_eq(l.max, 40);
	ck_assert_str_eq(l.user, "a.b");
	ck_assert_str_eq(l.group, "c");
	ck_assert_int_eq(
	    parse("::1:80 stream tcp4 nowait:7 a.b:c.d /bin/x x"), 0);
	ck_assert_str_eq(l.addresses, "::1");
	ck_assert_str_eq(l.service, "80");
	ck_assert_int_eq(l.family, AF_INET);
	ck_assert_int_eq(l.max, 7);
	ck_assert_str_eq(l.user, "a.b");
	ck_assert_str_eq(l.group, "c.d");
	/* which dot it is, only the names of users tell */
	ck_assert_int_eq(parse("x stream tcp nowait a.b.c /bin/x"), 0);
	ck_assert_str_eq(l.user, "a.b.c");
	ck_assert_ptr_null(l.group);
	ck_assert_int_eq(parse("x stream tcp nowait.40.d:e f /bin/x"), 0);
	ck_assert_int_eq(l.max, 40);
	ck_assert_str_eq(l.user, "f");
	ck_assert_str_eq(l.group, "d:e");
	ck_assert_int_eq(parse("/run/x:y stream unix wait root /bin/x"), 0);
	ck_assert_ptr_null(l.addresses);
	ck_assert_str_eq(l.service, "/run/x:y");
	ck_assert_int_eq(l.family, AF_UNIX);
	ck_assert_int_eq(parse("time dgram udp nowait root internal"), 0);
	ck_assert(l.internal && l.dgram);
}
END_TEST

/* FreeBSD: sessions, rate of a source, sessions of a source; 0 is no limit. */
START_TEST(limits_of_freebsd)
{
	static const struct {
		const char *word;
		bool wait;
		int sessions, rate, source;
	} cases[] = {
		{ "nowait", false, -1, -1, -1 },
		{ "nowait/10", false, 10, -1, -1 },
		{ "nowait/3/10", false, 3, 10, -1 },
		{ "nowait/0/5/2", false, 0, 5, 2 },
		{ "nowait//5", false, -1, 5, -1 },
		{ "nowait///2", false, -1, -1, 2 },
		{ "nowait/", false, -1, -1, -1 },
		{ "nowait/65536/65536/65536", false, 65536, 65536, 65536 },
		{ "wait/1", true, 1, -1, -1 },
		{ "wait/0/0/0", true, 0, 0, 0 },
	};
	char text[64];
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		snprintf(text, sizeof(text), "x stream tcp %s root /x",
		    cases[i].word);
		ck_assert_msg(parse(text) == 0, "%s: %s", text, l.error);
		ck_assert_int_eq(l.wait, cases[i].wait);
		ck_assert_int_eq(l.max_sessions, cases[i].sessions);
		ck_assert_int_eq(l.rate_per_source, cases[i].rate);
		ck_assert_int_eq(l.max_per_source, cases[i].source);
		ck_assert_int_eq(l.max, 0);
		ck_assert_ptr_null(l.group);
	}
}
END_TEST

START_TEST(lines_that_are_wrong)
{
	static const char few[] =
	    "a line needs at least six words: name, socket type, protocol, "
	    "wait, user, program";
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "x", few },
		{ "x stream tcp nowait root", few },
		{ ":x stream tcp nowait root /x", "\":x\" has no address" },
		{ ":", "\":\" has no address" },
		{ "*: stream tcp nowait root /x", "\"*:\" has no service" },
		{ "x raw tcp nowait root /x",
		    "unknown socket type \"raw\": it must be stream or dgram" },
		{ "x stream ip nowait root /x",
		    "unknown protocol \"ip\": it must be tcp, tcp4, tcp6, udp, "
		    "udp4, udp6 or unix" },
		{ "x stream udp nowait root /x",
		    "socket type \"stream\" does not match protocol \"udp\"" },
		{ "x dgram tcp6 wait root /x",
		    "socket type \"dgram\" does not match protocol \"tcp6\"" },
		{ "/x dgram unix wait root /x",
		    "socket type \"dgram\" does not match protocol \"unix\"" },
		{ "x/1 dgram rpc/udp wait root /x",
		    "\"rpc/udp\": RPC services are not supported" },
		{ "tcpmux/x stream tcp nowait root /x",
		    "\"tcpmux/x\": TCPMUX services are not supported" },
		{ "x stream tcp,rcvbuf=1k nowait root /x",
		    "\"tcp,rcvbuf=1k\": buffer sizes are not supported" },
		{ "x stream unix nowait root /x",
		    "\"x\" is not an absolute path" },
		{ "/x stream tcp nowait root /x",
		    "\"/x\" is a path, but the protocol \"tcp\" is not unix" },
		{ "x stream tcp maybe root /x",
		    "\"maybe\" is neither wait nor nowait" },
		{ "x stream tcp nowait. root /x",
		    "\"\": the number of starts per minute must be from 1 to "
		    "1000000" },
		{ "x stream tcp nowait.0 root /x",
		    "\"0\": the number of starts per minute must be from 1 to "
		    "1000000" },
		{ "x stream tcp nowait.+5 root /x",
		    "\"+5\": the number of starts per minute must be from 1 to "
		    "1000000" },
		{ "x stream tcp nowait/5.2 root /x",
		    "\"5.2\": a limit must be a number from 0 to 65536" },
		{ "x stream tcp nowait/65537 root /x",
		    "\"65537\": a limit must be a number from 0 to 65536" },
		{ "x stream tcp nowait/1/-1 root /x",
		    "\"-1\": a limit must be a number from 0 to 65536" },
		{ "x stream tcp nowait/1/2/3/4 root /x", "more than 3 limits" },
		{ "x dgram udp wait/1/2 root /x",
		    "\"2\": a limit for each source needs \"nowait\"" },
		{ "x stream tcp maybe/5 root /x",
		    "\"maybe\" is neither wait nor nowait" },
		{ "x stream tcp6/faith nowait root /x",
		    "\"tcp6/faith\": FAITH and T/TCP services are not "
		    "supported" },
		{ "x stream tcp nowait root x",
		    "program \"x\" is not an absolute path; write one such as "
		    "\"/usr/sbin/x\"" },
		{ "x stream tcp nowait root ./bin/x y",
		    "program \"./bin/x\" is not an absolute path; write one "
		    "such as \"/usr/sbin/x\"" },
		{ "x on bind = *, protocol = tcp;",
		    "\"x on\": the keys and values of NetBSD are not "
		    "supported; write a line of name, socket type, protocol, "
		    "wait, user, program" },
		{ "x off",
		    "\"x off\": the keys and values of NetBSD are not "
		    "supported; write a line of name, socket type, protocol, "
		    "wait, user, program" },
		{ ".include \"/etc/inetd.d/*\"",
		    "\".include \"/etc/inetd.d/*\"\" is not supported; write "
		    "its lines here" },
		{ "#@ in ipsec esp/transport//require",
		    "\"#@ in\": IPsec policies are not supported" },
		{ "x stream tcp nowait.5. root /x",
		    "\"nowait.5.\" has no group" },
		{ "x stream tcp nowait.5.a root:b /x",
		    "\"root:b\": the group is already \"a\"" },
		{ "x stream tcp nowait root/staff /x",
		    "\"root/staff\": login classes are not supported" },
		{ "x stream tcp nowait root: /x",
		    "\"root:\" is not user, user:group or user.group" },
		{ "x stream tcp nowait :root /x",
		    "\":root\" is not user, user:group or user.group" },
		{ "x stream tcp nowait root:wheel/daemon /x",
		    "\"root:wheel/daemon\": login classes are not "
		    "supported" },
		{ "x stream tcp nowait .root /x",
		    "\".root\" is not user, user:group or user.group" },
		{ "x dgram udp nowait root /x",
		    "a dgram service must be \"wait\"" },
		{ "ftp stream tcp nowait root internal",
		    "unknown internal service \"ftp\": it must be "
		    "\"chargen\", \"daytime\", \"discard\", \"echo\", "
		    "\"health\" or \"time\"" },
		{ "echo stream tcp wait root internal",
		    "an internal service over tcp must be \"nowait\"" },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		ck_assert_msg(parse(cases[i].text) == -1, "%s", cases[i].text);
		ck_assert_str_eq(l.error, cases[i].want);
	}
}
END_TEST

START_TEST(arguments_have_a_limit)
{
	char text[512] = "x stream tcp nowait root /x";
	int i;

	for (i = 0; i < INETD_ARGS_MAX; i++)
		strlcat(text, " a", sizeof(text));
	ck_assert_int_eq(parse(text), 0);
	ck_assert_ptr_null(l.args[INETD_ARGS_MAX]);
	strlcat(text, " a", sizeof(text));
	ck_assert_int_eq(parse(text), -1);
	ck_assert_str_eq(l.error, "more than 64 arguments");
}
END_TEST

/* --- all of it --------------------------------------------------------------
 */

static const struct config *
build_inetd(const char *text, bool root)
{
	static const struct config_source as_root = { .inetd = "inetd.conf",
		.root = true };
	static const struct config_source as_user = { .inetd = "inetd.conf" };

	unit_write_file("inetd.conf", text);
	return build(root ? &as_root : &as_user);
}

/* The name and the only "listen" of the only service in TEXT. */
static void
becomes(const char *text, const char *name, const char *listen)
{
	const struct config *config = build_inetd(text, true);

	ck_assert_msg(config != NULL, "%s: %s", text, errors);
	ck_assert_uint_eq(config->nservices, 1);
	ck_assert_str_eq(config->services[0].name, name);
	ck_assert_str_eq(config->services[0].listen[0], listen);
	ck_assert_ptr_null(config->services[0].listen[1]);
}

#define CAT " nowait nobody /bin/cat cat\n"
#define WCAT " wait nobody /bin/cat cat\n"

START_TEST(names_and_addresses)
{
	becomes("http stream tcp" CAT, "http-tcp", "*:80");
	becomes("80 stream tcp4" CAT, "port-80-tcp4", "0.0.0.0:80");
	becomes("80 stream tcp6" CAT, "port-80-tcp6", "[::]:80");
	becomes("*:80 stream tcp6" CAT, "port-80-tcp6", "[::]:80");
	becomes("80 stream tcp46" CAT, "port-80-tcp46", "*:80");
	becomes("tftp dgram udp" WCAT, "tftp-udp", "udp:*:69");
	becomes("[::1]:tftp dgram udp" WCAT, "tftp-udp", "udp:[::1]:69");
	becomes("::1:80 stream tcp6" CAT, "port-80-tcp6", "[::1]:80");
	becomes("127.0.0.1:80 stream tcp4" CAT, "port-80-tcp4", "127.0.0.1:80");
	becomes("/tmp/a.b stream unix" CAT, "tmp-a-b-unix", "/tmp/a.b");
	becomes("127.0.0.1:\n80 stream tcp" CAT, "port-80-tcp", "127.0.0.1:80");
	becomes("127.0.0.1:\n*:\n80 stream tcp" CAT, "port-80-tcp", "*:80");
	becomes("127.0.0.1:\n*:80 stream tcp" CAT, "port-80-tcp", "*:80");
	becomes("127.0.0.1:\n/tmp/x stream unix" CAT, "tmp-x-unix", "/tmp/x");
}
END_TEST

START_TEST(names_are_made_unique)
{
	const struct config *config = build_inetd(
	    "127.0.0.1:80 stream tcp" CAT "127.0.0.2:80 stream tcp" CAT
	    "127.0.0.3,127.0.0.4:80 stream tcp" CAT "80 dgram udp" WCAT,
	    true);

	ck_assert_msg(config != NULL, "%s", errors);
	ck_assert_uint_eq(config->nservices, 4);
	ck_assert_str_eq(config->services[0].name, "port-80-tcp");
	ck_assert_str_eq(config->services[1].name, "port-80-tcp-2");
	ck_assert_str_eq(config->services[2].name, "port-80-tcp-3");
	ck_assert_str_eq(config->services[2].listen[1], "127.0.0.4:80");
	ck_assert_str_eq(config->services[3].name, "port-80-udp");
	ck_assert_int_eq(config->services[3].line, 4);
	ck_assert_str_eq(config->services[3].file, "inetd.conf");
}
END_TEST

START_TEST(what_inetd_would_do)
{
	const struct config *config = build_inetd(
	    "80 stream tcp nowait nobody:daemon /bin/cat /usr/bin/dog\n"
	    "\t-x  \"y\"\n"
	    " # no argument\n"
	    " 80 dgram udp wait nobody /bin/cat\n"
	    "/tmp/x stream unix nowait.40 nobody /bin/cat cat\n"
	    "echo stream tcp nowait root internal\n",
	    true);
	const struct service *s;

	ck_assert_msg(config != NULL, "%s", errors);
	ck_assert_int_eq(config->max_sessions, SESSIONS_MAX);
	s = &config->services[0];
	ck_assert_str_eq(s->exec[0], "/bin/cat");
	ck_assert_str_eq(s->exec[1], "-x");
	ck_assert_str_eq(s->exec[2], "\"y\""); /* no quotes in inetd.conf */
	ck_assert_ptr_null(s->exec[3]);
	ck_assert_str_eq(s->argv0, "/usr/bin/dog");
	ck_assert_str_eq(s->identity->name, "nobody");
	ck_assert_str_eq(s->group, "daemon");
	ck_assert_int_eq(s->stderr_to, STDERR_CLIENT);
	ck_assert_int_eq(s->no_new_privileges, 0);
	ck_assert_int_eq(s->leftovers, LEFTOVERS_KEEP);
	ck_assert_int_eq(s->on_disconnect, DISCONNECT_CONTINUE);
	ck_assert_int_eq(s->max_sessions, SESSIONS_MAX);
	ck_assert_int_eq(s->max_per_source, SESSIONS_MAX / 2);
	ck_assert_int_eq(s->rate_per_source.count, 128);
	ck_assert_int_eq(s->rate.count, 256);
	ck_assert_int_eq(s->rate.period, 60 * SECOND);
	ck_assert_int_eq(s->session_timeout, -1);
	ck_assert(!s->wait);
	s = &config->services[1];
	ck_assert_ptr_null(s->argv0);
	ck_assert(s->wait);
	ck_assert_int_eq(s->rate.count, 0); /* listener.h has one for all */
	ck_assert_int_eq(s->line, 4);
	s = &config->services[2];
	ck_assert_int_eq(s->socket_mode, 0666);
	ck_assert_int_eq(s->rate.count, 40);
	ck_assert_int_eq(s->rate_per_source.count, 20);
	ck_assert_int_eq(s->rate_per_source.period, 60 * SECOND);
	ck_assert_str_eq(s->socket_user, "nobody");
	s = &config->services[3];
	ck_assert_str_eq(s->builtin, "echo");
	ck_assert_uint_ne(s->identity->uid, 0); /* whatever the line says */
}
END_TEST

START_TEST(limits_as_in_the_inetd_of_freebsd)
{
	const struct config *config = build_inetd(
	    "80 stream tcp nowait/3/10 nobody /bin/cat\n"
	    "81 stream tcp nowait/0//4 nobody /bin/cat\n"
	    "82 dgram udp wait/1 nobody /bin/cat\n"
	    "echo stream tcp nowait/2/3/1 root internal\n",
	    true);
	const struct service *s;

	ck_assert_msg(config != NULL, "%s", errors);
	s = &config->services[0];
	ck_assert_int_eq(s->max_sessions, 3);
	ck_assert_int_eq(s->rate_per_source.count, 10);
	ck_assert_int_eq(s->rate_per_source.period, 60 * SECOND);
	ck_assert_int_eq(s->rate.count, 256); /* its default, too */
	s = &config->services[1];
	ck_assert_int_eq(s->max_sessions, SESSIONS_MAX);
	ck_assert_int_eq(s->max_per_source, 4);
	ck_assert(config->services[2].wait);
	s = &config->services[3];
	ck_assert_int_eq(s->max_sessions, 2);
	ck_assert_int_eq(s->rate_per_source.count, 3);
	ck_assert_int_eq(s->max_per_source, 1);
}
END_TEST

START_TEST(users_and_groups)
{
	const struct config *config = build_inetd(
	    "80 stream tcp nowait nobody.daemon /bin/cat\n"
	    "81 stream tcp nowait 65534:1 /bin/cat\n"
	    "/tmp/x stream unix nowait nobody.1 /bin/cat\n"
	    "82 stream tcp nowait.5.daemon nobody /bin/cat 'x y'\n",
	    true);
	const struct service *s;
	size_t i;

	ck_assert_msg(config != NULL, "%s", errors);
	ck_assert_ptr_nonnull(strstr(warnings,
	    "inetd.conf:4: argument 'x: quotes have no special meaning; the "
	    "program gets them"));
	for (i = 0; i < config->nservices; i++) {
		s = &config->services[i];
		ck_assert_str_eq(s->identity->name, "nobody");
		ck_assert_uint_eq(s->identity->gid, 1);
	}
	ck_assert_str_eq(config->services[2].socket_user, "nobody");

	/* The whole word is reported, unless a part of it is a user. */
	ck_assert_ptr_null(
	    build_inetd("80 stream tcp nowait no.such.user /bin/cat\n"
			"81 stream tcp nowait nobody.no.such /bin/cat\n"
			"82 stream tcp nowait nobody. /bin/cat\n",
		true));
	ck_assert_str_eq(errors,
	    "inetd.conf:1: user \"no.such.user\" does not exist\n"
	    "inetd.conf:2: group \"no.such\" does not exist\n"
	    "inetd.conf:3: user \"nobody.\" does not exist");
}
END_TEST

/* NetBSD's keys and values are one error, however many lines they take. */
START_TEST(keys_and_values)
{
	ck_assert_ptr_null(
	    build_inetd("80 on bind = ::1,\n"
			"protocol = tcp,\n"
			"exec = /bin/cat;\n"
			"81 stream\n"
			"82 on user = nobody;\n"
			"83 stream\n"
			"84 on port = 85\n"
			"# It has no end.\n"
			"protocol = tcp\n"
			"86 stream\n",
		true));
	ck_assert_str_eq(errors,
	    "inetd.conf:1: \"80 on\": the keys and values of NetBSD are not "
	    "supported; write a line of name, socket type, protocol, wait, "
	    "user, program\n"
	    "inetd.conf:4: a line needs at least six words: name, socket type, "
	    "protocol, wait, user, program\n"
	    "inetd.conf:5: \"82 on\": the keys and values of NetBSD are not "
	    "supported; write a line of name, socket type, protocol, wait, "
	    "user, program\n"
	    "inetd.conf:6: a line needs at least six words: name, socket type, "
	    "protocol, wait, user, program\n"
	    "inetd.conf:7: \"84 on\": the keys and values of NetBSD are not "
	    "supported; write a line of name, socket type, protocol, wait, "
	    "user, program\n"
	    "inetd.conf:10: a line needs at least six words: name, socket "
	    "type, protocol, wait, user, program");
}
END_TEST

START_TEST(errors_have_their_line)
{
	static const char text[] =
	    "# nothing\n"
	    "x stream\n"
	    "80 stream tcp nowait no-such-user /bin/cat\n"
	    "81 stream tcp nowait nobody\n"
	    "\t/no-such-program x\n"
	    "82 stream tcp nowait nobody cat\n"
	    "no-such-service stream tcp" CAT "127.0.0.1:83 stream tcp6" CAT
	    "localhost:83 stream tcp4" CAT "127.0.0.1,,::1:83 stream tcp" CAT
	    "84 stream tcp" CAT "84 stream tcp" CAT "85 stream";

	ck_assert_ptr_null(build_inetd(text, true));
	ck_assert_str_eq(errors,
	    "inetd.conf:2: a line needs at least six words: name, socket type, "
	    "protocol, wait, user, program\n"
	    "inetd.conf:6: program \"cat\" is not an absolute path; write one "
	    "such as \"/usr/sbin/cat\"\n"
	    "inetd.conf:8: address \"127.0.0.1\" does not match \"tcp6\"\n"
	    "inetd.conf:9: \"localhost\" with \"tcp4\" must be an address, not "
	    "a name\n"
	    "inetd.conf:10: \"127.0.0.1,,::1\" has an empty address\n"
	    "inetd.conf:13: a line needs at least six words: name, socket "
	    "type, protocol, wait, user, program\n"
	    "inetd.conf:3: user \"no-such-user\" does not exist\n"
	    "inetd.conf:4: \"exec\": /no-such-program: No such file or "
	    "directory\n"
	    "inetd.conf:7: listen \"*:no-such-service\": port "
	    "\"no-such-service\" is not in /etc/services\n"
	    "inetd.conf:12: listen \"*:84\": service \"port-84-tcp\" already "
	    "listens on \"*:84\"");
}
END_TEST

START_TEST(beside_haild_conf)
{
	static const char more[] = "echo stream tcp nowait root internal\n";
	const struct config_source both = { .file = "test.conf",
		.inetd = "inetd.conf" };
	const struct config *config;
	char cwd[256], text[512];

	ck_assert_ptr_nonnull(getcwd(cwd, sizeof(cwd)));
	unit_write_file("inetd.conf", more);
	snprintf(text, sizeof(text),
	    "inetd-conf = \"%s/inetd.conf\"\nx: { " M "}\n", cwd);
	config = good(text, false);
	ck_assert_uint_eq(config->nservices, 2);
	ck_assert_str_eq(config->services[0].name, "x");
	ck_assert_str_eq(config->services[1].name, "echo-tcp");
	ck_assert_int_eq(config->max_sessions, 1024);
	ck_assert_uint_eq(config->ntexts, 2);
	ck_assert(!config->texts[0].inetd && config->texts[1].inetd);
	ck_assert_str_eq(config->texts[1].text, more);

	/* -I does the same, but not both. */
	ck_assert_ptr_null(build(&both));
	ck_assert_str_eq(errors,
	    "test.conf:1: \"inetd-conf\" and -I are mutually exclusive");
	unit_write_file("test.conf", "x: { " M "}\n");
	ck_assert_ptr_nonnull(config = build(&both));
	ck_assert_uint_eq(config->nservices, 2);

	ck_assert_ptr_null(build_text("inetd-conf = \"x\"\n", false));
	ck_assert_str_eq(errors,
	    "test.conf:1: \"inetd-conf\": \"x\" is not an absolute path");
	ck_assert_ptr_null(build_text(
	    "inetd-conf = \"/nonexistent/inetd.conf\"\nx: { " M "}\n", false));
	ck_assert_str_eq(
	    errors, "/nonexistent/inetd.conf: No such file or directory");
	/* a name that is taken */
	unit_write_file(
	    "test.conf", "echo-tcp: { listen = [\"*:1\"] message = \"\" }\n");
	ck_assert_ptr_null(build(&both));
	ck_assert_str_eq(errors,
	    "inetd.conf:1: service \"echo-tcp\" already exists at test.conf:1");
}
END_TEST

START_TEST(an_empty_one_is_no_error)
{
	const struct config *config = build_inetd("", false);

	ck_assert_ptr_nonnull(config);
	ck_assert_uint_eq(config->nservices, 0);
	ck_assert_str_eq(config->inetd_conf, "inetd.conf");
	ck_assert_ptr_nonnull(build_inetd("# nothing yet\n\n", false));
}
END_TEST

/* What is out of service is tried again with the same text. */
START_TEST(its_text_is_kept)
{
	static char copy[64];
	struct config old = { 0 };
	struct text text = { "inetd.conf", copy, true };
	const struct config_source again = { .inetd = "inetd.conf",
		.again = &old };
	const struct config *config;

	strlcpy(copy, "time stream tcp nowait root internal", sizeof(copy));
	old.texts = &text;
	old.ntexts = 1;
	unit_write_file("inetd.conf", "somebody is editing this");
	ck_assert_msg((config = build(&again)) != NULL, "%s", errors);
	ck_assert_uint_eq(config->nservices, 1);
	ck_assert_str_eq(config->services[0].name, "time-tcp");
	ck_assert_str_eq(config->texts[0].text, copy);
	ck_assert(config->texts[0].inetd);
}
END_TEST

START_TEST(print_is_read_again)
{
	const struct config *config = build_inetd(
	    "127.0.0.1,[::1]:80 stream tcp nowait.5 nobody.daemon /bin/cat x "
	    "y\n"
	    "69 dgram udp wait nobody /bin/cat cat \\ \"\n"
	    "echo dgram udp wait root internal\n"
	    "daytime stream tcp nowait root internal\n"
	    "/tmp/x stream unix wait nobody /bin/cat cat\n",
	    true);
	char *first, *second;

	ck_assert_msg(config != NULL, "%s", errors);
	first = build_print(config);
	config = good(first, true);
	second = build_print(config);
	build_strip_notes(first);
	build_strip_notes(second);
	ck_assert_str_eq(first, second);
	ck_assert_ptr_nonnull(strstr(first, "argv0 = \"x\""));
	free(first);
	free(second);
}
END_TEST

/* What Debian's files have: a line for each family. */
START_TEST(tcp_beside_tcp6_is_ipv4)
{
	const struct config *config = build_inetd(
	    "80 stream tcp" CAT "80 stream tcp6" CAT "*:81 dgram udp6" WCAT
	    "81 dgram udp" WCAT "81 stream tcp" CAT,
	    true);
	static const char *const want[] = { "0.0.0.0:80", "[::]:80",
		"udp:[::]:81", "udp:0.0.0.0:81", "*:81" };
	size_t i;

	ck_assert_msg(config != NULL, "%s", errors);
	ck_assert_uint_eq(config->nservices, COUNT(want));
	for (i = 0; i < COUNT(want); i++)
		ck_assert_str_eq(config->services[i].listen[0], want[i]);
}
END_TEST

static void
no_error(void *arg UNUSED, bool error UNUSED, const char *text)
{
	ck_abort_msg("%s", text);
}

/* It takes no time that grows with the cube of their number. */
START_TEST(thousands_may_have_one_name)
{
	enum { LINES = 5000 };
	struct loader loader = { .sink = no_error };
	char *text = NULL, *result;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int i;

	ck_assert_ptr_nonnull(out);
	for (i = 0; i < LINES; i++)
		fputs("echo stream tcp nowait root internal\n", out);
	ck_assert_int_eq(fclose(out), 0);
	result = translate_inetd(&loader, text);
	ck_assert_ptr_nonnull(strstr(result, "echo-tcp: {"));
	ck_assert_ptr_nonnull(strstr(result, "\necho-tcp-5000: {"));
	ck_assert_ptr_null(strstr(result, "echo-tcp-5001: {"));
	free(result);
	free(text);
}
END_TEST

/* Whatever is in it, what comes out is haild.conf's syntax, line for line. */
static void
ignore(void *arg UNUSED, bool error, const char *text)
{
	int number;

	ck_assert(error || strstr(text, "quotes") != NULL);
	ck_assert_int_eq(sscanf(text, "x:%d: ", &number), 1);
	ck_assert_int_ge(number, 1);
}

START_TEST(noise_stays_in_its_line)
{
	static const char alphabet[] =
	    " \t\n\n#:,./[]*\"\\{}=@astreamdgcpudpnowaitx0158";
	unsigned int seed = 1;
	char text[400], copy[400], *result;
	size_t i, len, lines;
	config_t tree;
	struct loader loader;
	int n;

	for (n = 0; n < 3000; n++) {
		len = (size_t)rand_r(&seed) % (sizeof(text) - 80);
		for (i = 0; i < len; i++)
			text[i] = alphabet[(size_t)rand_r(&seed) %
			    (sizeof(alphabet) - 1)];
		text[len] = '\0';
		/* so that some are right */
		if (n % 2 == 0)
			strlcat(text, " stream tcp nowait root /bin/cat a\n",
			    sizeof(text));
		lines = 1;
		for (i = 0; text[i] != '\0'; i++)
			lines += text[i] == '\n';
		strlcpy(copy, text, sizeof(copy));
		loader = (struct loader) { .sink = ignore, .file = "x" };
		result = translate_inetd(&loader, copy);
		config_init(&tree);
		ck_assert_msg(config_read_string(&tree, result),
		    "%s\nbecomes\n%s", text, result);
		config_destroy(&tree);
		for (i = 0; result[i] != '\0'; i++)
			lines -= result[i] == '\n';
		ck_assert_uint_eq(lines, 0);
		free(result);
	}
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, unit_enter_dir, build_leave);
	tcase_add_test(tc, lines_without_a_service);
	tcase_add_test(tc, a_line_of_a_service);
	tcase_add_test(tc, words_of_a_line);
	tcase_add_test(tc, limits_of_freebsd);
	tcase_add_test(tc, lines_that_are_wrong);
	tcase_add_test(tc, arguments_have_a_limit);
	tcase_add_test(tc, names_and_addresses);
	tcase_add_test(tc, names_are_made_unique);
	tcase_add_test(tc, what_inetd_would_do);
	tcase_add_test(tc, limits_as_in_the_inetd_of_freebsd);
	tcase_add_test(tc, users_and_groups);
	tcase_add_test(tc, keys_and_values);
	tcase_add_test(tc, errors_have_their_line);
	tcase_add_test(tc, beside_haild_conf);
	tcase_add_test(tc, an_empty_one_is_no_error);
	tcase_add_test(tc, its_text_is_kept);
	tcase_add_test(tc, print_is_read_again);
	tcase_add_test(tc, tcp_beside_tcp6_is_ipv4);
	tcase_add_test(tc, thousands_may_have_one_name);
	tcase_add_test(tc, noise_stays_in_its_line);
}

int
main(void)
{
	return unit_run("inetd", add);
}
