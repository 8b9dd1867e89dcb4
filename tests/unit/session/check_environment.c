/*
 * check_environment.c -- the environment of a program.
 */

#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "session/environment.h"

#define PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static const struct identity smith = { .name = "smith",
	.home = "/home/smith",
	.shell = "/bin/zsh",
	.variables = { "HOME=/home/smith", "USER=smith", "LOGNAME=smith",
	    "SHELL=/bin/zsh" } };

/* The environment is WANT, in that order, and nothing else. */
static void
expect(const struct service *service, const struct client *client,
    const struct addr *local, const char *const *want)
{
	const char *list[environment_room(service, NULL)];
	struct connection connection;
	char *const *env;
	size_t i;

	environment_connection(&connection, client, local);
	env = environment_build(list, service, &connection, NULL);
	for (i = 0; want[i] != NULL; i++) {
		ck_assert_ptr_nonnull(env[i]);
		ck_assert_str_eq(env[i], want[i]);
	}
	ck_assert_ptr_null(env[i]);
	ck_assert_uint_lt(i, environment_room(service, NULL));
}

START_TEST(ipv4)
{
	static const char *const want[] = { PATH, "HOME=/home/smith",
		"USER=smith", "LOGNAME=smith", "SHELL=/bin/zsh", "PROTO=TCP",
		"TCPLOCALIP=192.0.2.1", "TCPLOCALPORT=7890",
		"TCPREMOTEIP=198.51.100.7", "TCPREMOTEPORT=4411",
		"REMOTE_ADDR=198.51.100.7", "REMOTE_PORT=4411", NULL };
	struct service service = { .identity = &smith };
	struct client client = { 0 };
	struct addr local;

	addr_from_numeric(&local, "192.0.2.1", 7890);
	addr_from_numeric(&client.addr, "198.51.100.7", 4411);
	expect(&service, &client, &local, want);
}
END_TEST

START_TEST(ipv6)
{
	static const char *const want[] = { PATH, "HOME=/home/smith",
		"USER=smith", "LOGNAME=smith", "SHELL=/bin/zsh", "PROTO=TCP",
		"TCPLOCALIP=2001:db8::1", "TCPLOCALPORT=80",
		"TCPREMOTEIP=2001:db8::2", "TCPREMOTEPORT=65535",
		"REMOTE_ADDR=2001:db8::2", "REMOTE_PORT=65535", NULL };
	struct service service = { .identity = &smith };
	struct client client = { 0 };
	struct addr local;

	addr_from_numeric(&local, "2001:db8::1", 80);
	addr_from_numeric(&client.addr, "2001:db8::2", 65535);
	expect(&service, &client, &local, want);
}
END_TEST

START_TEST(unix_socket)
{
	static const char *const want[] = { PATH, "HOME=/home/smith",
		"USER=smith", "LOGNAME=smith", "SHELL=/bin/zsh", "PROTO=IPC",
		"IPCLOCALPATH=/run/x.sock", "IPCREMOTEEUID=4294967294",
		"IPCREMOTEEGID=100", NULL };
	struct service service = { .identity = &smith };
	struct client client = { .cred = { 1, (uid_t)-2, 100 } };
	struct addr local;

	addr_from_path(&local, "/run/x.sock");
	client.addr.sa.sa_family = AF_UNIX;
	expect(&service, &client, &local, want);
}
END_TEST

START_TEST(without_an_identity)
{
	static const char *const want[] = { PATH, "PROTO=IPC",
		"IPCLOCALPATH=unix", "IPCREMOTEEUID=0", "IPCREMOTEEGID=0",
		NULL };
	struct service service = { 0 };
	struct client client = { 0 };
	struct addr local = { 0 };

	client.addr.sa.sa_family = local.sa.sa_family = AF_UNIX;
	expect(&service, &client, &local, want);
}
END_TEST

/* In the place of what was there, the last one counts; prefixes differ. */
START_TEST(the_configuration_overrides)
{
	static const char *const extra[] = { "HOME=/srv", "LANG=C", "PROT=x",
		"LANG=de_DE", "PATH=", "EQUAL=a=b", "PROTO=UDP%s%n", NULL };
	static const char *const want[] = { "PATH=", "HOME=/srv", "USER=smith",
		"LOGNAME=smith", "SHELL=/bin/zsh", "PROTO=UDP%s%n",
		"IPCLOCALPATH=/run/x", "IPCREMOTEEUID=0", "IPCREMOTEEGID=0",
		"LANG=de_DE", "PROT=x", "EQUAL=a=b", NULL };
	struct service service = { .identity = &smith, .environment = extra };
	struct client client = { 0 };
	struct addr local;

	addr_from_path(&local, "/run/x");
	client.addr.sa.sa_family = AF_UNIX;
	expect(&service, &client, &local, want);
}
END_TEST

/* A relay's report with an identity. */
static struct tls_session
tls_of(const char *identity)
{
	struct tls_session tls = { .nnames = 2, .identity = 1 };

	addr_from_numeric(&tls.local, "192.0.2.9", 443);
	strlcpy(tls.names[0], "web0", IDENTITY_SIZE);
	strlcpy(tls.names[1], identity, IDENTITY_SIZE);
	strlcpy(tls.texts[TLS_PROTOCOL_NAME], "TLSv1.3", TLS_TEXT_MAX);
	strlcpy(tls.texts[TLS_CLIENT_DN], "CN=a=b,O=%s%n", TLS_TEXT_MAX);
	return tls;
}

/* Texts that are empty make no variable; the near end is the relay's. */
START_TEST(tls)
{
	static const char *const want[] = { PATH, "PROTO=TCP",
		"TCPLOCALIP=192.0.2.9", "TCPLOCALPORT=443",
		"TCPREMOTEIP=198.51.100.7", "TCPREMOTEPORT=4411",
		"REMOTE_ADDR=198.51.100.7", "REMOTE_PORT=4411",
		"SSL_PROTOCOL=TLSv1.3", "SSL_CLIENT_S_DN=CN=a=b,O=%s%n",
		"REMOTE_USER=web1.example.org", NULL };
	struct tls_session session = tls_of("web1.example.org");
	struct service service = { 0 };
	struct client client = { .tls = &session };

	addr_from_numeric(&client.addr, "198.51.100.7", 4411);
	expect(&service, &client, NULL, want);
}
END_TEST

START_TEST(tls_on_a_unix_socket_without_an_identity)
{
	static const char *const want[] = { PATH, "PROTO=IPC",
		"IPCLOCALPATH=/run/x", "IPCREMOTEEUID=7", "IPCREMOTEEGID=8",
		"SSL_PROTOCOL=TLSv1.3", "SSL_CLIENT_S_DN=CN=a=b,O=%s%n", NULL };
	struct tls_session session = tls_of("web1");
	struct service service = { 0 };
	struct client client = { .cred = { 1, 7, 8 }, .tls = &session };

	session.identity = session.nnames;
	addr_from_path(&session.local, "/run/x");
	client.addr.sa.sa_family = AF_UNIX;
	expect(&service, &client, NULL, want);
}
END_TEST

/* The longest of everything has room: nothing is left out. */
START_TEST(the_longest_variables)
{
	struct tls_session session;
	struct client client = { .tls = &session };
	struct connection c;
	size_t i;

	memset(&session, 'a', sizeof(session));
	session.nnames = 1;
	session.identity = 0;
	session.names[0][IDENTITY_SIZE - 1] = '\0';
	for (i = 0; i < TLS_NTEXTS; i++)
		session.texts[i][TLS_TEXT_MAX - 1] = '\0';
	addr_from_numeric(
	    &session.local, "1111:2222:3333:4444:5555:6666:7777:8888", 65535);
	client.addr = session.local;
	environment_connection(&c, &client, NULL);
	ck_assert_uint_eq(c.n, CONNECTION_MAX);
	ck_assert_uint_le(c.used, sizeof(c.text));
	ck_assert_uint_eq(strlen(c.variables[CONNECTION_MAX - 1]),
	    strlen("REMOTE_USER=") + IDENTITY_SIZE - 1);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, tls);
	tcase_add_test(tc, tls_on_a_unix_socket_without_an_identity);
	tcase_add_test(tc, the_longest_variables);
	tcase_add_test(tc, ipv4);
	tcase_add_test(tc, ipv6);
	tcase_add_test(tc, unix_socket);
	tcase_add_test(tc, without_an_identity);
	tcase_add_test(tc, the_configuration_overrides);
}

int
main(void)
{
	return unit_run("environment", add);
}
