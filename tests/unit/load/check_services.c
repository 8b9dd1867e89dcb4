/*
 * check_services.c -- what belongs together in a service, and what it needs of
 * the system.
 */

#include "tests/unit/unit.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <arpa/inet.h>
#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/build.h"
#include "lib/io.h"
#include "load/settings.h"

/* A user that this process is not. */
static const char *
other_user(void)
{
	return geteuid() == 0 ? "nobody" : "root";
}

/* --- what belongs together ------------------------------------------------ */

START_TEST(one_handler)
{
	static const struct refused cases[] = {
		{ "\nx: { listen = [\"127.0.0.1:80\"] }",
		    "test.conf:2: service \"x\" has no handler: add "
		    "\"message\", \"builtin\", \"exec\", \"commands\" or "
		    "\"forward\"" },
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

#define F "forward = [\"127.0.0.1:80\"] "

/* Version 1 of the PROXY protocol cannot describe clients of Unix sockets. */
START_TEST(a_header_that_cannot_describe_clients)
{
	static const struct refused cases[] = {
		{ "x: { listen = [\"127.0.0.1:79\", \"/run/x\"] " F
		  "\nforward-proxy = \"v1\" }",
		    "test.conf:2: \"forward-proxy\": \"v1\" cannot describe "
		    "the clients of \"/run/x\": use \"v2\"" },
		{ "forward-proxy = \"v1\"\n"
		  "x: { listen = [\"/run/x\", \"/run/y\"] " F "}",
		    "test.conf:1: \"forward-proxy\": \"v1\" cannot describe "
		    "the clients of \"/run/x\": use \"v2\"\n"
		    "test.conf:1: \"forward-proxy\": \"v1\" cannot describe "
		    "the clients of \"/run/y\": use \"v2\"" },
		{ "x: { listen = [\"127.0.0.1:79\"] " F
		  "forward-proxy = \"v3\" }",
		    "test.conf:1: \"forward-proxy\" must be "
		    "\"none\", \"v1\" or \"v2\"" },
	};

	REFUSE(cases, false);
	ck_assert_int_eq(good_service("x: { listen = [\"/run/x\"] " F
				      "forward-proxy = \"v2\" }",
			     false)
			     ->forward_proxy,
	    FORWARD_PROXY_V2);
	ck_assert_int_eq(
	    good_service("forward-proxy = \"v1\" x: { listen = "
			 "[\"/run/x\"] " F "forward-proxy = \"none\" }",
		false)
		->forward_proxy,
	    FORWARD_PROXY_NONE);
}
END_TEST

/* Each setting that only programs honour, by the table, but as it is said. */
START_TEST(settings_of_programs_do_not_apply_to_others)
{
	static const struct {
		const char *name, *value;
	} of_programs[] = {
		{ "directory", "\"/\"" },
		{ "umask", "\"022\"" },
		{ "environment", "[\"A=1\"]" },
		{ "no-new-privileges", "true" },
		{ "sandbox", "\"basic\"" },
		{ "private-network", "true" },
		{ "private-tmp", "true" },
		{ "private-devices", "true" },
		{ "private-pids", "true" },
		{ "private-ipc", "true" },
		{ "protect-hostname", "true" },
		{ "protect-system", "\"yes\"" },
		{ "protect-home", "\"yes\"" },
		{ "read-only-paths", "[\"/etc\"]" },
		{ "read-write-paths", "[\"/etc\"]" },
		{ "inaccessible-paths", "[\"/etc\"]" },
		{ "bind-paths", "[\"/etc\"]" },
		{ "bind-read-only-paths", "[\"/etc\"]" },
		{ "system-call-filter", "[\"~@mount\"]" },
		{ "restrict-address-families", "[\"AF_UNIX\"]" },
		{ "restrict-namespaces", "true" },
		{ "landlock-scope", "true" },
		{ "capabilities", "[]" },
		{ "memory-max", "\"64M\"" },
		{ "tasks-max", "10" },
		{ "cpu-quota", "\"50%\"" },
		{ "oom-policy", "\"kill\"" },
		{ "oom-score-adjust", "0" },
		{ "cpu-affinity", "[\"0\"]" },
		{ "leftovers", "\"kill\"" },
		{ "on-disconnect", "\"kill\"" },
		{ "linger", "true" },
		{ "stderr", "\"log\"" },
	};
	char text[256], want[256];
	size_t i, n = 0;

	for (i = 0; i < nsettings; i++)
		if (settings[i].scope == DEFAULT &&
		    !(settings[i].handlers & HANDLER_MESSAGE) &&
		    (settings[i].handlers & HANDLER_EXEC))
			n++;
	ck_assert_uint_eq(n, COUNT(of_programs));
	for (i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "x: { " M "\n%s = %s }",
		    of_programs[i].name, of_programs[i].value);
		snprintf(want, sizeof(want),
		    "test.conf:2: \"%s\" does not apply to \"message\" "
		    "services",
		    of_programs[i].name);
		ck_assert_ptr_null(build_text(text, false));
		ck_assert_str_eq(errors, want);

		snprintf(text, sizeof(text),
		    "x: { listen = [\"127.0.0.1:80\"]\nbuiltin = \"echo\"\n"
		    "%s = %s }",
		    of_programs[i].name, of_programs[i].value);
		snprintf(want, sizeof(want),
		    "test.conf:3: \"%s\" does not apply to \"builtin\" "
		    "services",
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

START_TEST(a_name_is_for_a_program)
{
	static const struct refused cases[] = {
		{ "x: { " M "\nargv0 = \"x\" }",
		    "test.conf:2: \"argv0\" does not apply to \"message\" "
		    "services" },
	};

	REFUSE(cases, false);
	ck_assert_str_eq(
	    good_service("x: { " X "argv0 = \"-sh\" }", false)->argv0, "-sh");
}
END_TEST

START_TEST(owner_of_a_socket_needs_a_path)
{
	static const struct refused cases[] = {
		{ "x: { " M "\nsocket-user = \"root\"\nsocket-group = "
		  "\"root\"\nsocket-mode = \"0666\" }",
		    "test.conf:2: \"socket-user\" needs a path in "
		    "\"listen\"\n"
		    "test.conf:3: \"socket-group\" needs a path in "
		    "\"listen\"\n"
		    "test.conf:4: \"socket-mode\" needs a path in "
		    "\"listen\"" },
		/* neither has a file of haild's */
		{ "x: { listen = [\"@x\", \"fd:x\"] message = \"\"\n"
		  "socket-mode = \"0666\" }",
		    "test.conf:2: \"socket-mode\" needs a path in "
		    "\"listen\"" },
	};
	const struct service *s;

	REFUSE(cases, false);
	good("socket-mode = \"0666\"\nx: { " M "}", false);
	good("socket-mode = \"0666\"\nx: { listen = [\"@x\"] message = \"\" }",
	    false);
	good(
	    "x: { listen = [\"@x\", \"/x\"] message = \"\" "
	    "socket-mode = \"0666\" }",
	    false);
	s = good_service(
	    "x: { listen = [\"/tmp/x\"] message = \"\" "
	    "socket-user = \"root\" socket-mode = \"0666\" }",
	    false);
	ck_assert_int_eq(s->socket_uid, 0);
	ck_assert_int_eq(s->socket_gid, -1);
	ck_assert_int_eq(s->socket_mode, 0666);
}
END_TEST

START_TEST(time_and_proxies_apply_or_are_refused)
{
	static const struct refused cases[] = {
		{ "x: { " M "\nstart-timeout = 5 }",
		    "test.conf:2: \"start-timeout\" needs \"proxy-from\" or "
		    "\"tls = true\"" },
		{ "x: { listen = [\"*:1\"] exec = [\"/bin/true\"]\n"
		  "idle-timeout = 5\nstart-timeout = 5 }",
		    "test.conf:3: \"start-timeout\" needs \"proxy-from\" or "
		    "\"tls = true\"\n"
		    "test.conf:2: \"idle-timeout\" does not apply to \"exec\" "
		    "services" },
		{ "x: { listen = [\"/run/x\"] message = \"\"\n"
		  "tcp-keepalive = 5 }",
		    "test.conf:2: \"tcp-keepalive\" needs an address in "
		    "\"listen\"" },
		{ "x: { listen = [\"a\nb:\t1\"] message = \"\" }",
		    "test.conf:1: listen \"a?b:?1\" has an invalid port, "
		    "\"?1\": write a number from 0 to 65535 or a name of "
		    "services(5)" },
		{ "tcp-keepalive = \"2d\"\nx: { " M " }",
		    "test.conf:1: \"tcp-keepalive\" must be from 1s to 1d" },
		{ "start-timeout = 0\nx: { " M " }",
		    "test.conf:1: \"start-timeout\" must be from 1s to 365d" },
		{ "idle-timeout = \"x\"\nx: { " M " }",
		    "test.conf:1: \"idle-timeout\" must be a duration, such as "
		    "\"30s\", \"5m\", \"1h\" or \"none\"" },
	};
	static const struct refused as_root[] = {
		{ "x: { " M " user = \"root\"\nproxy-from = [\"::1\"] }",
		    "test.conf:2: \"proxy-from\": service \"x\" runs as root, "
		    "which must not read what a proxy sends: use another "
		    "\"user\"" },
	};
	const struct service *s;

	REFUSE(cases, false);
	REFUSE(as_root, true);
	s = good_service(
	    "start-timeout = \"none\" idle-timeout = 7\n"
	    "x: { listen = [\"*:1\"] builtin = \"echo\" "
	    "tcp-keepalive = \"none\" }",
	    false);
	ck_assert_int_eq(s->start_timeout, -1);
	ck_assert_int_eq(s->idle_timeout, 7 * SECOND);
	ck_assert_int_eq(s->tcp_keepalive, -1);
}
END_TEST

/* A client is selected by its address, or by its user. */
START_TEST(access_needs_such_a_listener)
{
	static const struct refused cases[] = {
		{ "x: { " M "\nallow-user = [\"root\"]\nallow-group = [] }",
		    "test.conf:2: \"allow-user\" needs a Unix socket in "
		    "\"listen\"\n"
		    "test.conf:3: \"allow-group\" needs a Unix socket in "
		    "\"listen\"" },
		{ "x: { listen = [\"/run/x\"] message = \"\"\n"
		  "allow = []\ndeny = []\nsource-prefix-v4 = 1\n"
		  "source-prefix-v6 = 1\nproxy-from = [] }",
		    "test.conf:4: \"source-prefix-v4\" needs an address in "
		    "\"listen\"\n"
		    "test.conf:5: \"source-prefix-v6\" needs an address in "
		    "\"listen\"\n"
		    "test.conf:2: \"allow\" needs an address in \"listen\"\n"
		    "test.conf:3: \"deny\" needs an address in \"listen\"\n"
		    "test.conf:6: \"proxy-from\" needs an address in "
		    "\"listen\"" },
		{ "x: { listen = [\"/run/x\"] message = \"\"\n"
		  "allow-user = [\"root\", \"no-such-user\"]\n"
		  "allow-group = [\"no-such-group\"] }",
		    "test.conf:2: user \"no-such-user\" does not exist\n"
		    "test.conf:3: group \"no-such-group\" does not exist" },
	};
	const struct service *s;

	REFUSE(cases, false);
	good(
	    "allow-user = [\"root\"] proxy-from = [] allow = []\n"
	    "x: { " M "}\ny: { listen = [\"/run/x\"] message = \"\" }",
	    false);
	s = good_service(
	    "x: { listen = [\"/run/x\", \"127.0.0.1:80\"] message = \"\" "
	    "allow-user = [\"nobody\", \"root\"] allow-group = [\"daemon\"] "
	    "allow = [\"127.0.0.1\"] }",
	    false);
	ck_assert_uint_eq(s->nallow_uids, 2);
	ck_assert_uint_eq(s->allow_uids[0], getpwnam("nobody")->pw_uid);
	ck_assert_uint_eq(s->allow_uids[1], 0);
	ck_assert_uint_eq(s->nallow_gids, 1);
	ck_assert_uint_eq(s->allow_gids[0], getgrnam("daemon")->gr_gid);
}
END_TEST

START_TEST(where_to_listen)
{
	static const struct refused cases[] = {
		{ "\nx: { message = \"\" }",
		    "test.conf:2: service \"x\" does not listen: add "
		    "\"listen\"" },
		{ "\nx: { message = \"\" listen = [] }",
		    "test.conf:2: service \"x\" does not listen: add "
		    "\"listen\"" },
		{ "x: { message = \"\"\nlisten = [\"\"] }",
		    "test.conf:2: listen \"\" is empty" },
		{ "x: { message = \"\"\nlisten = [\":80\", \"[::1\",\n"
		  "\"[::1]80\", \"localhost:\"] }",
		    "test.conf:2: listen \":80\" has no address: write "
		    "\"*:80\"\n"
		    "test.conf:2: listen \"[::1\" has no \"]\"\n"
		    "test.conf:2: listen \"[::1]80\" has no \":\" between "
		    "\"]\" and the port: write \"[::1]:80\"\n"
		    "test.conf:2: listen \"localhost:\" has no port: write "
		    "\"localhost:PORT\"" },
		{ "x: { message = \"\"\nlisten = [\"::1:7890\"] }",
		    "test.conf:2: listen \"::1:7890\" has an IPv6 address "
		    "without brackets: write \"[::1]:7890\"" },
		{ "x: { message = \"\"\nlisten = [\"127.0.0.1\", \"::1\"] }",
		    "test.conf:2: listen \"127.0.0.1\" has no port: write "
		    "\"127.0.0.1:PORT\"\n"
		    "test.conf:2: listen \"::1\" has no port: write "
		    "\"[::1]:PORT\"" },
		{ "x: { message = \"\"\nlisten = [\"*:no-such-port\"] }",
		    "test.conf:2: listen \"*:no-such-port\": port "
		    "\"no-such-port\" is not in /etc/services" },
		{ "x: { message = \"\"\nlisten = [\"127.0.0.1:65536\"] }",
		    "test.conf:2: listen \"127.0.0.1:65536\" has an invalid "
		    "port, \"65536\": write a number from 0 to 65535 or a "
		    "name of services(5)" },
		{ "x: { message = \"\"\nlisten = [\"./x\", \"run/x\"] }",
		    "test.conf:2: listen \"./x\" is not an absolute path\n"
		    "test.conf:2: listen \"run/x\" is not an absolute path" },
	};

	REFUSE(cases, false);
}
END_TEST

#define DEFER(handler)                                               \
	"test.conf:1: \"defer-accept\" does not apply to \"" handler \
	"\", which sends before the client does"

START_TEST(scopes_and_interfaces)
{
	static const struct refused cases[] = {
		{ "x: { listen = [\"[fe80::1%nosuch]:80\"] message = \"\" }",
		    "test.conf:1: interface \"nosuch\" does not exist" },
		{ "x: { listen = [\"[fe80::1%4000000]:80\"] message = \"\" }",
		    "test.conf:1: interface \"4000000\" does not exist" },
		{ "x: { listen = [\"[fe80::1]:80\"] message = \"\" }",
		    "test.conf:1: listen \"[fe80::1]:80\" has a link-local "
		    "address without an interface: write "
		    "\"[fe80::1%INTERFACE]:80\"" },
		{ "x: { listen = [\"*:80\"] message = \"\"\n"
		  "interface = \"nosuch\" }",
		    "test.conf:2: interface \"nosuch\" does not exist" },
		{ "x: { " M
		  "\ninterface = \"interface-sixteen\" disable = true "
		  "}\ny: { " M "}",
		    "test.conf:2: \"interface\": \"interface-sixteen\": an "
		    "interface's name has at most 15 bytes" },
		{ "x: { " M "\ninterface = \"a b\" disable = true }\ny: { " M
		  "}",
		    "test.conf:2: \"interface\": \"a b\" is not the name of "
		    "an interface" },
		{ "x: { listen = [\"/run/x\"] message = \"\"\n"
		  "interface = \"lo\" }",
		    "test.conf:2: \"interface\" needs an address in "
		    "\"listen\"" },
		{ "x: { listen = [\"*:80\"] message = \"\" interface = \"lo\" "
		  "}\n"
		  "y: { listen = [\"*:80\"] message = \"\" }",
		    "test.conf:2: listen \"*:80\": service \"x\" already "
		    "listens on \"*:80\"" },
	};
	const struct config *config;
	const struct service *s;

	REFUSE(cases, false);
	s = good_service(
	    "interface = \"lo\"\n"
	    "x: { listen = [\"[fe80::1%lo]:80\", "
	    "\"[fe80::2]:80\"] message = \"\" }",
	    false);
	ck_assert_uint_eq(s->endpoints[0].addr.in6.sin6_scope_id, 1);
	ck_assert_uint_eq(s->endpoints[1].addr.in6.sin6_scope_id, 1);
	ck_assert_str_eq(s->listen[1], "[fe80::2]:80");
	/* A default does not apply to paths, and "none" is no interface. */
	config = good(
	    "interface = \"nosuch\"\n"
	    "x: { listen = [\"/run/x\"] message = \"\" }\n"
	    "y: { listen = [\"*:80\"] message = \"\" interface = "
	    "\"none\" }\n"
	    "z: { listen = [\"*:80\"] message = \"\" disable = true }",
	    false);
	ck_assert_ptr_null(config_find(config, "y")->interface);
}
END_TEST

START_TEST(clients_that_have_to_send_first)
{
	static const struct refused cases[] = {
		{ "x: { listen = [\"/run/x\"] builtin = \"echo\"\n"
		  "defer-accept = 30 }",
		    "test.conf:2: \"defer-accept\" needs an address in "
		    "\"listen\"" },
		{ "x: { listen = [\"udp:*:7\"] builtin = \"echo\" wait = "
		  "true\ndefer-accept = 30 }",
		    "test.conf:2: \"defer-accept\" needs a TCP address in "
		    "\"listen\"" },
		{ "x: { " M "defer-accept = 30 }", DEFER("message") },
		{ "x: { listen = [\"*:7\"] builtin = \"time\" "
		  "defer-accept = 30 }",
		    DEFER("time") },
		{ "x: { listen = [\"*:7\"] builtin = \"health\" "
		  "defer-accept = 30 }",
		    DEFER("health") },
		{ "x: { " M "\ndefer-accept = \"2h\" }",
		    "test.conf:2: \"defer-accept\" must be from 1s to 1h" },
		{ "defer-accept = 30\nx: { " M "}",
		    "test.conf:1: \"defer-accept\" belongs in a service" },
	};
	const struct service *s;

	REFUSE(cases, false);
	s = good_service(
	    "x: { listen = [\"*:7\", \"/run/x\"] builtin = "
	    "\"echo\" defer-accept = \"1m\" }",
	    false);
	ck_assert_int_eq(s->defer_accept, 60 * SECOND);
	/* What a proxy sends comes first. */
	s = good_service("x: { " M
			 "proxy-from = [\"192.0.2.1\"] "
			 "defer-accept = 30 }",
	    false);
	ck_assert_int_eq(s->defer_accept, 30 * SECOND);
	s = good_service("x: { " M "defer-accept = \"none\" }", false);
	ck_assert_int_eq(s->defer_accept, -1);
}
END_TEST

/* What "fd:" will be is not known: it may have all that a socket may have. */
START_TEST(names_to_listen_on)
{
	static const struct refused cases[] = {
		{ "x: { listen = [\"@x\"] message = \"\"\n"
		  "tcp-keepalive = 5 }",
		    "test.conf:2: \"tcp-keepalive\" needs an address in "
		    "\"listen\"" },
		{ "x: { listen = [\"@a\\\\101\"] message = \"\" }\n"
		  "y: { message = \"\"\nlisten = [\"@aA\"] }",
		    "test.conf:3: listen \"@aA\": service \"x\" already "
		    "listens on \"@aA\"" },
		{ "x: { listen = [\"fd:x\"] message = \"\" }\n"
		  "y: { message = \"\"\nlisten = [\"fd:y\", \"fd:x\"] }",
		    "test.conf:3: listen \"fd:x\": service \"x\" already "
		    "listens on \"fd:x\"" },
		{ "x: { message = \"\"\nlisten = [\"fd:x\", \"fd:x\"] }",
		    "test.conf:2: listen \"fd:x\": service \"x\" already "
		    "listens on \"fd:x\"" },
		{ "x: { message = \"\"\nlisten = [\"udp:@x\"] wait = true }",
		    "test.conf:2: listen \"udp:@x\": UDP needs an address, not "
		    "a name\n"
		    "test.conf:2: \"wait\" does not apply to \"message\" "
		    "services" },
	};
	const struct service *s;

	REFUSE(cases, false);
	s = good_service(
	    "x: { listen = [\"@a\\\\101/b\", \"fd:a b\", \"fd:80\"] "
	    "message = \"\" tcp-keepalive = 5 freebind = true "
	    "proxy-from = [\"::1\"] allow = [] allow-user = [\"root\"] }",
	    false);
	ck_assert_uint_eq(s->nendpoints, 3);
	ck_assert(addr_is_abstract(&s->endpoints[0].addr));
	ck_assert_str_eq(s->listen[0], "@aA/b");
	ck_assert_str_eq(s->listen[1], "fd:a b");
	ck_assert_str_eq(s->endpoints[1].passed, "a b");
	ck_assert_int_eq(s->endpoints[1].addr.sa.sa_family, AF_UNSPEC);
	ck_assert_str_eq(s->endpoints[2].passed, "80");
	/* the daemon looks at what they are */
	good(
	    "x: { listen = [\"fd:x\"] builtin = \"echo\" wait = true }", false);
	good("x: { listen = [\"fd:x\"] exec = [\"/bin/true\"] wait = true }",
	    false);
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

/* The reason depends on the network of this machine. */
START_TEST(unresolvable_host)
{
	static const char want[] =
	    "test.conf:2: listen \"nowhere.invalid:80\": cannot resolve "
	    "\"nowhere.invalid\": ";

	ck_assert_ptr_null(
	    build_text("x: { message = \"\"\n"
		       "listen = [\"nowhere.invalid:80\"] }",
		false));
	ck_assert_msg(strncmp(errors, want, strlen(want)) == 0, "%s", errors);
	ck_assert_uint_gt(strlen(errors), strlen(want));
}
END_TEST

START_TEST(two_claims_on_one_listener)
{
	static const struct refused cases[] = {
		{ "a: { " M "}\nb: { message = \"\"\n"
		  "listen = [\"127.0.0.1:80\"] }",
		    "test.conf:3: listen \"127.0.0.1:80\": service \"a\" "
		    "already listens on \"127.0.0.1:80\"" },
		{ "a: { message = \"\" listen = [\"*:80\"] }\nb: { " M "}",
		    "test.conf:2: listen \"127.0.0.1:80\": service \"a\" "
		    "already listens on \"*:80\"" },
		{ "a: { message = \"\" listen = [\"[::1]:80\"] }\n"
		  "b: { message = \"\" listen = [\"*:80\"] }",
		    "test.conf:2: listen \"*:80\": service \"a\" already "
		    "listens on \"[::1]:80\"" },
		{ "a: { message = \"\"\n"
		  "listen = [\"127.0.0.1:80\", \"127.0.0.1:80\"] }",
		    "test.conf:2: listen \"127.0.0.1:80\": service \"a\" "
		    "already listens on \"127.0.0.1:80\"" },
		{ "a: { message = \"\" listen = [\"/run/a\"] }\n"
		  "b: { message = \"\" listen = [\"/run/b\", \"/run/a\"] }",
		    "test.conf:2: listen \"/run/a\": service \"a\" already "
		    "listens on \"/run/a\"" },
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

/* The program takes in its clients, so nothing that selects them can hold. */
START_TEST(with_wait_settings_of_clients_are_refused)
{
	static const char *const about_clients[] = { "max-sessions = 1",
		"max-per-source = 1", "source-prefix-v4 = 24",
		"source-prefix-v6 = 64", "rate-per-source = \"1/s\"",
		"at-limit = \"wait\"", "busy-message = \"\"",
		"allow = [\"::1\"]", "deny = [\"::1\"]",
		"proxy-from = [\"::1\"]", "session-timeout = \"1s\"",
		"on-disconnect = \"kill\"", "linger = true" };
	static const struct refused cases[] = {
		{ "deny = [\"192.0.2.0/24\"]\nx: { " X "wait = true }",
		    "test.conf:2: \"allow\" and \"deny\" at the top level "
		    "cannot "
		    "apply to service \"x\": with \"wait\", its program "
		    "accepts the clients" },
	};
	char text[256], want[256];
	size_t i;

	for (i = 0; i < COUNT(about_clients); i++) {
		snprintf(text, sizeof(text), "x: { " X "wait = true\n%s }",
		    about_clients[i]);
		snprintf(want, sizeof(want),
		    "test.conf:2: \"%.*s\" does not apply to a service with "
		    "\"wait\"",
		    (int)strcspn(about_clients[i], " "), about_clients[i]);
		ck_assert_ptr_null(build_text(text, false));
		ck_assert_str_eq(errors, want);
	}
	REFUSE(cases, false);
	good("rate = \"1/s\"\nx: { " X "wait = true }", false);
}
END_TEST

START_TEST(wait_and_udp)
{
	static const struct refused cases[] = {
		{ "x: { " M "wait = true }",
		    "test.conf:1: \"wait\" does not apply to \"message\" "
		    "services" },
		{ "\nx: { listen = [\"*:1\", \"udp:*:1\"]\n"
		  "exec = [\"/bin/sh\"] }",
		    "test.conf:2: listen \"udp:*:1\": UDP needs \"wait = "
		    "true\"" },
		{ "\nx: { listen = [\"udp:[::1]:echo\"] builtin = \"echo\" }",
		    "test.conf:2: listen \"udp:[::1]:7\": UDP needs \"wait = "
		    "true\"" },
		{ "\nx: { listen = [\"udp:*:1\", \"127.0.0.1:1\"]\n"
		  "builtin = \"echo\" wait = true }",
		    "test.conf:2: listen \"127.0.0.1:1\": \"wait\" with "
		    "\"builtin\" needs UDP" },
		{ "x: { listen = [\"udp:127.0.0.1:1\"] builtin = \"health\" "
		  "wait = true }",
		    "test.conf:1: builtin \"health\" needs TCP or a Unix "
		    "socket, not \"wait\"" },
		{ "x: { " X "wait = true\nmax-sessions = 1\n"
		  "at-limit = \"wait\"\nsession-timeout = \"1m\"\n"
		  "on-disconnect = \"kill\" }",
		    "test.conf:2: \"max-sessions\" does not apply to a service "
		    "with \"wait\"\n"
		    "test.conf:3: \"at-limit\" does not apply to a service "
		    "with \"wait\"\n"
		    "test.conf:4: \"session-timeout\" does not apply to a "
		    "service with \"wait\"\n"
		    "test.conf:5: \"on-disconnect\" does not apply to a "
		    "service with \"wait\"" },
		{ "x: { exec = [\"/bin/sh\"] wait = true\n"
		  "listen = [\"udp:/run/x\", \"udp:1\", \"udp::1\"] }",
		    "test.conf:2: listen \"udp:/run/x\": UDP needs an address, "
		    "not a path\n"
		    "test.conf:2: listen \"udp:1\" has no address: write "
		    "\"udp:*:1\"\n"
		    "test.conf:2: listen \"udp::1\" has no address: write "
		    "\"udp:*:1\"" },
		{ "x: { listen = [\"udp:*:9\"] builtin = \"echo\" wait = true "
		  "}\ny: { listen = [\"udp:127.0.0.1:9\"]\n"
		  "builtin = \"echo\" wait = true }",
		    "test.conf:2: listen \"udp:127.0.0.1:9\": service \"x\" "
		    "already listens on \"udp:*:9\"" },
	};
	const struct service *s;

	REFUSE(cases, false);
	/* The same port over TCP is another one. */
	good("x: { " M
	     "} y: { listen = [\"udp:*:80\"] builtin = \"echo\" "
	     "wait = true }",
	    false);
	/* As defaults for all, those that mean nothing have no effect. */
	s = good_service(
	    "session-timeout = \"1m\" at-limit = \"refuse\"\n"
	    "x: { listen = [\"udp:*:tftp\"] wait = true\n"
	    "exec = [\"/bin/sh\"] }",
	    false);
	ck_assert(s->wait);
	ck_assert_int_eq(s->session_timeout, -1);
	ck_assert_int_eq(s->at_limit, AT_LIMIT_WAIT);
	ck_assert_int_eq(s->leftovers, LEFTOVERS_KEEP);
	ck_assert_uint_eq(s->nendpoints, 2);
	ck_assert(s->endpoints[0].dgram && s->endpoints[1].dgram);
	ck_assert(s->endpoints[1].twin);
	ck_assert_str_eq(s->listen[0], "udp:*:69");
	s = good_service("x: { " X "wait = true leftovers = \"kill\" }", false);
	ck_assert_int_eq(s->leftovers, LEFTOVERS_KILL);
}
END_TEST

START_TEST(users_and_groups)
{
	static const struct refused cases[] = {
		{ "\nx: { " X "}",
		    "test.conf:2: service \"x\": haild runs as root, so "
		    "\"exec\" "
		    "needs \"user\" (for root, user = \"root\")" },
		{ "x: { " X "\nuser = \"no-such-user\" }",
		    "test.conf:2: user \"no-such-user\" does not exist" },
		{ "user = \"no-such-user\"\nx: { " M "}",
		    "test.conf:1: user \"no-such-user\" does not exist" },
		{ "x: { " X "user = \"root\"\ngroup = \"no-such-group\" }",
		    "test.conf:2: group \"no-such-group\" does not exist" },
		{ "x: { " M "\ngroup = \"no-such-group\" }",
		    "test.conf:2: group \"no-such-group\" does not exist" },
		{ "x: { " X "user = \"root\"\n"
		  "groups = [\"root\", \"no-such-group\"] }",
		    "test.conf:2: group \"no-such-group\" does not exist" },
		{ "x: { listen = [\"/run/x\"] message = \"\"\n"
		  "socket-user = \"no-such-user\"\n"
		  "socket-group = \"no-such-group\" }",
		    "test.conf:2: user \"no-such-user\" does not exist\n"
		    "test.conf:3: group \"no-such-group\" does not exist" },
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

/* Where a user or a group is named, a number does as well. */
START_TEST(numbers_of_users_and_groups)
{
	static const struct refused cases[] = {
		{ "x: { " X "\nuser = \"4294967295\" }",
		    "test.conf:2: user \"4294967295\" does not exist" },
		{ "x: { " X "user = \"root\"\ngroup = \"4294967295\" }",
		    "test.conf:2: group \"4294967295\" does not exist" },
	};
	const struct passwd *pw = getpwnam("nobody");
	const struct service *s;
	char text[512];

	snprintf(text, sizeof(text),
	    "x: { listen = [\"/tmp/x\"] exec = [\"/bin/cat\"] "
	    "user = \"%u\" group = \"1\" groups = [\"1\", \"0\"] "
	    "socket-user = \"%u\" socket-group = \"1\" "
	    "allow-user = [\"%u\"] allow-group = [\"1\"] }",
	    pw->pw_uid, pw->pw_uid, pw->pw_uid);
	s = good_service(text, true);
	ck_assert_str_eq(s->identity->name, "nobody");
	ck_assert_uint_eq(s->identity->uid, pw->pw_uid);
	ck_assert_uint_eq(s->identity->gid, 1);
	ck_assert_uint_eq(s->identity->ngroups, 2);
	ck_assert_uint_eq(s->identity->groups[1], 1);
	ck_assert_int_eq(s->socket_uid, (int)pw->pw_uid);
	ck_assert_int_eq(s->socket_gid, 1);
	ck_assert_uint_eq(s->allow_uids[0], pw->pw_uid);
	ck_assert_uint_eq(s->allow_gids[0], 1);
	ck_assert_int_eq(s->no_new_privileges, 1);
	s = good_service("x: { " X "user = \"0\" }", true);
	ck_assert_str_eq(s->identity->name, "root");
	ck_assert_int_eq(s->no_new_privileges, 0);
	REFUSE(cases, true);
}
END_TEST

START_TEST(nobody_replaces_a_missing_haild)
{
	const struct config *config = good("x: { " M "}", true);

	if (getpwnam("haild") != NULL) {
		ck_assert_str_eq(warnings, "");
		ck_assert_str_eq(config->haild.name, "haild");
	} else {
		ck_assert_str_eq(warnings,
		    "user \"haild\" does not exist; using \"nobody\"");
		ck_assert_str_eq(config->haild.name, "nobody");
	}
	good("x: { " M "}", false);
	ck_assert_str_eq(warnings, "");
}
END_TEST

START_TEST(without_root_a_process_keeps_its_user)
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
}
END_TEST

START_TEST(without_root_one_may_name_oneself)
{
	const struct passwd *pw = getpwuid(geteuid());
	const struct service *s;
	char text[256];

	snprintf(text, sizeof(text), "x: { " X "user = \"%s\" }", pw->pw_name);
	s = good_service(text, false);
	ck_assert_uint_eq(s->identity->uid, geteuid());
	snprintf(text, sizeof(text), "x: { " X "user = \"%u\" }", geteuid());
	s = good_service(text, false);
	ck_assert_str_eq(s->identity->name, pw->pw_name);
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
		    "test.conf:2: \"exec\": /etc: is a directory" },
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

/* LINE is BEGIN and END, or empty if END is. */
static void
check_line(const char *line, const char *begin, const char *end)
{
	if (end[0] != '\0') {
		ck_assert_int_eq(strncmp(line, begin, strlen(begin)), 0);
		line += strlen(begin);
	}
	ck_assert_str_eq(line, end);
}

START_TEST(interpreters_that_a_service_needs)
{
	static const struct {
		const char *script, *want, *warning;
	} cases[] = {
		{ "#!/none/perl -w\n",
		    "its interpreter /none/perl does not exist", "" },
		{ "#!/etc/passwd\n",
		    "its interpreter /etc/passwd cannot be executed", "" },
		{ "#!/bin/sh\r\n",
		    "its interpreter \"/bin/sh\" is followed by a carriage "
		    "return: remove it",
		    "" },
		{ "echo\n", "", "is a script without a \"#!\" line" },
		{ "#!/bin/sh\n", "", "" },
	};
	char cwd[128], text[512], begin[256];
	size_t i;

	ck_assert_ptr_nonnull(getcwd(cwd, sizeof(cwd)));
	snprintf(text, sizeof(text),
	    "x: { listen = [\"127.0.0.1:80\"]\nexec = [\"%s/prog\"] }", cwd);
	snprintf(begin, sizeof(begin), "test.conf:2: \"exec\": %s/prog: ", cwd);
	for (i = 0; i < COUNT(cases); i++) {
		unit_write_file("prog", cases[i].script);
		ck_assert_int_eq(chmod("prog", 0755), 0);
		build_text(text, false);
		check_line(errors, begin, cases[i].want);
		check_line(warnings, begin, cases[i].warning);
	}
}
END_TEST

/* A mistake in one service does not hide those of the others. */
START_TEST(mistakes_in_the_syntax_hide_nothing_else)
{
	static const struct refused cases[] = {
		{ "a: {\n\tuser = nobody\n}\n"
		  "b: { " M "colour = 1 }\n"
		  "c: {\n\tmessage\n}\n"
		  "d: {\n\tnice = 99\n\n"
		  "e: { listen = [\"*:81\"] message = \"\" nice = 99 }\n",
		    "test.conf:2: \"user\": the value nobody must be in "
		    "quotes\n"
		    "test.conf:6: \"message\" has no value\n"
		    "test.conf:8: the \"{\" of \"d\" has no \"}\"\n"
		    "test.conf:4: unknown setting \"colour\"\n"
		    "test.conf:11: \"nice\" must be from -20 to 19" },
		/* A default that is lost would cause other errors. */
		{ "user = root\nx: { " X "colour = 1 }\ny: { nice }\n",
		    "test.conf:1: \"user\": the value root must be in quotes\n"
		    "test.conf:3: \"nice\" has no value" },
		{ "x: { " M "}\ny { " M "}\nx: { " M "}\n",
		    "test.conf:2: \":\" is missing between \"y\" and \"{\"\n"
		    "test.conf:3: \"x\" already exists at test.conf:1" },
	};

	REFUSE(cases, true);
}
END_TEST

START_TEST(very_many_errors_are_counted)
{
	char text[16384] = "x: { " M "\n", *end;
	int i;

	for (i = 0; i < 150; i++) {
		end = strchr(text, '\0');
		snprintf(end, 20, "zzzzz%d = 1\n", i);
	}
	strlcat(text, "}", sizeof(text));
	ck_assert_ptr_null(build_text(text, false));
	ck_assert_ptr_nonnull(strstr(errors,
	    "\ntest.conf:101: unknown setting \"zzzzz99\"\n"
	    "50 more errors"));
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
		    "test.conf:4: unknown setting \"mesage\"; did you mean "
		    "\"message\"?\n"
		    "test.conf:1: service \"x\" has no handler: add "
		    "\"message\", \"builtin\", \"exec\", \"commands\" or "
		    "\"forward\"\n"
		    "test.conf:2: listen \"127.0.0.1\" has no port: write "
		    "\"127.0.0.1:PORT\"\n"
		    "test.conf:7: service \"y\" does not listen: add "
		    "\"listen\"\n"
		    "test.conf:8: \"exec\": /nonexistent: No such file or "
		    "directory" },
	};

	REFUSE(cases, false);
}
END_TEST

/* --- what is understood --------------------------------------------------- */

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
	const struct service *s = good_service(
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

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, unit_enter_dir, build_leave);
	tcase_add_test(tc, one_handler);
	tcase_add_test(tc, a_header_that_cannot_describe_clients);
	tcase_add_test(tc, settings_of_programs_do_not_apply_to_others);
	tcase_add_test(tc, a_name_is_for_a_program);
	tcase_add_test(tc, owner_of_a_socket_needs_a_path);
	tcase_add_test(tc, time_and_proxies_apply_or_are_refused);
	tcase_add_test(tc, access_needs_such_a_listener);
	tcase_add_test(tc, where_to_listen);
	tcase_add_test(tc, scopes_and_interfaces);
	tcase_add_test(tc, clients_that_have_to_send_first);
	tcase_add_test(tc, names_to_listen_on);
	tcase_add_test(tc, paths_to_listen_on_have_a_limit);
	tcase_add_test(tc, unresolvable_host);
	tcase_add_test(tc, two_claims_on_one_listener);
	tcase_add_test(tc, with_wait_settings_of_clients_are_refused);
	tcase_add_test(tc, wait_and_udp);
	tcase_add_test(tc, users_and_groups);
	tcase_add_test(tc, numbers_of_users_and_groups);
	tcase_add_test(tc, nobody_replaces_a_missing_haild);
	tcase_add_test(tc, without_root_a_process_keeps_its_user);
	UNIT_ADD_IF(getpwuid(geteuid()) != NULL, tc,
	    without_root_one_may_name_oneself, "needs a user with a name");
	tcase_add_test(tc, files_that_a_service_needs);
	tcase_add_test(tc, interpreters_that_a_service_needs);
	tcase_add_test(tc, mistakes_in_the_syntax_hide_nothing_else);
	tcase_add_test(tc, very_many_errors_are_counted);
	tcase_add_test(tc, disabled_services);
	tcase_add_test(tc, all_errors_are_listed_in_order);
	tcase_add_test(tc, star_is_two_endpoints);
	UNIT_ADD_IF(getservbyname("http", "tcp") != NULL, tc,
	    names_of_ports_become_numbers, "needs /etc/services");
	tcase_add_test(tc, names_of_hosts_become_addresses);
}

int
main(void)
{
	return unit_run("services", add);
}
