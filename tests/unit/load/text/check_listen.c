/*
 * check_listen.c -- what is wrong with an address of "listen".
 */

#include "tests/unit/unit.h"

#include <string.h>

#include "load/text/listen.h"

static char text[256];

#define NOT_LINK_LOCAL                                                 \
	" after an address that is not link-local: remove it, or use " \
	"\"interface\""

#define NAME50 "01234567890123456789012345678901234567890123456789"
#define NAME100 NAME50 NAME50

START_TEST(each_wrong_address_has_its_message)
{
	static const char *const cases[][2] = {
		{ "", "is empty" },
		/* no brackets */
		{ "::1:7890",
		    "has an IPv6 address without brackets: write "
		    "\"[::1]:7890\"" },
		{ "2001:db8::1:http",
		    "has an IPv6 address without brackets: write "
		    "\"[2001:db8::1]:http\"" },
		{ ":::80",
		    "has an IPv6 address without brackets: write "
		    "\"[::]:80\"" },
		{ "fe80::1%lo:80",
		    "has an IPv6 address without brackets: write "
		    "\"[fe80::1%lo]:80\"" },
		/* no port */
		{ "::1", "has no port: write \"[::1]:PORT\"" },
		{ "2001:db8::", "has no port: write \"[2001:db8::]:PORT\"" },
		{ "[::1]", "has no port: write \"[::1]:PORT\"" },
		{ "127.0.0.1", "has no port: write \"127.0.0.1:PORT\"" },
		{ "localhost", "has no port: write \"localhost:PORT\"" },
		{ "localhost:", "has no port: write \"localhost:PORT\"" },
		{ "*", "has no port: write \"*:PORT\"" },
		/* no address */
		{ "80", "has no address: write \"*:80\"" },
		{ ":80", "has no address: write \"*:80\"" },
		{ ":http", "has no address: write \"*:http\"" },
		/* brackets */
		{ "[::1", "has no \"]\"" },
		{ "[::1:80", "has no \"]\"" },
		{ "[::1]80",
		    "has no \":\" between \"]\" and the port: write "
		    "\"[::1]:80\"" },
		{ "[]:80", "is neither address:port nor a path" },
		{ "[::1]:", "has no port: write \"[::1]:PORT\"" },
		/* other programs' forms */
		{ "http://localhost:80", "is a URL: write address:port" },
		{ "unix:///run/x", "is a URL: write address:port" },
		{ "tcp:127.0.0.1:80",
		    "has the prefix \"tcp:\": write an address, \"udp:\" and "
		    "an address, a path or \"@NAME\"" },
		{ "UDP:*:69",
		    "has the prefix \"UDP:\": write an address, \"udp:\" and "
		    "an address, a path or \"@NAME\"" },
		{ "udp6:[::1]:69",
		    "has the prefix \"udp6:\": write an address, \"udp:\" and "
		    "an address, a path or \"@NAME\"" },
		{ "unix:/run/x",
		    "has the prefix \"unix:\": write an address, \"udp:\" and "
		    "an address, a path or \"@NAME\"" },
		{ "unix:@x",
		    "has the prefix \"unix:\": write an address, \"udp:\" and "
		    "an address, a path or \"@NAME\"" },
		{ "udp:69", "has no address: write \"udp:*:69\"" },
		{ "udp:::1:69",
		    "has an IPv6 address without brackets: write "
		    "\"udp:[::1]:69\"" },
		{ "udp:udp:*:69",
		    "has the prefix \"udp:\": write an address, \"udp:\" and "
		    "an address, a path or \"@NAME\"" },
		{ "localhost:80:90", "is neither address:port nor a path" },
		/* paths */
		{ "./x", "is not an absolute path" },
		{ "run/x", "is not an absolute path" },
		/* names */
		{ "@", "has no name: write \"@NAME\"" },
		{ "@" NAME100 "12345678",
		    "has a name that is longer than 107 bytes" },
		{ "fd:", "has no name: write \"fd:NAME\"" },
		{ "fd:a:b",
		    "has an invalid name: it must be printable ASCII without "
		    "\":\", of at most 255 bytes" },
		{ "fd:a\tb",
		    "has an invalid name: it must be printable ASCII without "
		    "\":\", of at most 255 bytes" },
		{ "fd:\303\244",
		    "has an invalid name: it must be printable ASCII without "
		    "\":\", of at most 255 bytes" },
		{ "fd:" NAME100 NAME100 NAME50 "123456",
		    "has an invalid name: it must be printable ASCII without "
		    "\":\", of at most 255 bytes" },
		/* ports */
		{ "*:65536",
		    "has an invalid port, \"65536\": write a number from 0 to "
		    "65535 or a name of services(5)" },
		{ "*:-1",
		    "has an invalid port, \"-1\": write a number from 0 to "
		    "65535 or a name of services(5)" },
		{ "[::1]: 80",
		    "has an invalid port, \" 80\": write a number from 0 to "
		    "65535 or a name of services(5)" },
		/* addresses */
		{ "256.0.0.1:80",
		    "has an invalid IPv4 address, \"256.0.0.1\"" },
		{ "127.0.0.1.:80",
		    "has an invalid IPv4 address, \"127.0.0.1.\"" },
		{ "[::g]:80", "has an invalid IPv6 address, \"::g\"" },
		/* scopes */
		{ "[fe80::1%]:80", "has no interface after \"%\"" },
		{ "[fe80::1%0]:80", "has no interface after \"%\"" },
		{ "[fe80::1%25eth0]:80",
		    "has \"%25\", as in a URL: write \"[fe80::1%eth0]:80\"" },
		{ "udp:[ff02::1%25eth0]:http",
		    "has \"%25\", as in a URL: write "
		    "\"udp:[ff02::1%eth0]:http\"" },
		{ "[fe80::1%interface-sixteen]:80",
		    "has an invalid interface, \"interface-sixteen\": its "
		    "name has at most 15 bytes" },
		{ "[2001:db8::1%eth0]:80", "has \"%eth0\"" NOT_LINK_LOCAL },
		{ "[::%1]:80", "has \"%1\"" NOT_LINK_LOCAL },
		{ "127.0.0.1%lo:80", "has \"%lo\"" NOT_LINK_LOCAL },
		{ "localhost%lo:80", "has \"%lo\"" NOT_LINK_LOCAL },
		{ "*%lo:80", "has \"%lo\"" NOT_LINK_LOCAL },
		{ "[fe80::g%lo]:80",
		    "has an invalid IPv6 address, \"fe80::g\"" },
		{ "[1:2:3]:http", "has an invalid IPv6 address, \"1:2:3\"" },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		ck_assert_msg(
		    listen_fault(cases[i][0], text, sizeof(text)) != NULL, "%s",
		    cases[i][0]);
		ck_assert_str_eq(text, cases[i][1]);
	}
}
END_TEST

START_TEST(each_wrong_target_has_its_message)
{
	static const char *const cases[][2] = {
		{ "", "is empty" },
		/* no host */
		{ "*:80", "has no host: write \"HOST:80\"" },
		{ "*:http", "has no host: write \"HOST:http\"" },
		{ ":80", "has no host: write \"HOST:80\"" },
		{ "80", "has no host: write \"HOST:80\"" },
		{ "0.0.0.0:80",
		    "has the wildcard address \"0.0.0.0\", which is only for "
		    "\"listen\"" },
		{ "[::]:http",
		    "has the wildcard address \"::\", which is only for "
		    "\"listen\"" },
		{ "[::ffff:0.0.0.0]:80",
		    "has the wildcard address \"::ffff:0.0.0.0\", which is "
		    "only for \"listen\"" },
		{ "[fe80::1]:80",
		    "has a link-local address without an interface: write "
		    "\"[fe80::1%INTERFACE]:80\"" },
		/* no port */
		{ "127.0.0.1", "has no port: write \"127.0.0.1:PORT\"" },
		{ "::1", "has no port: write \"[::1]:PORT\"" },
		{ "name:", "has no port: write \"name:PORT\"" },
		{ "::1:80",
		    "has an IPv6 address without brackets: write "
		    "\"[::1]:80\"" },
		{ "name:0",
		    "has an invalid port, \"0\": write a number from 1 to "
		    "65535 or a name of services(5)" },
		{ "127.0.0.1:65536",
		    "has an invalid port, \"65536\": write a number from 1 to "
		    "65535 or a name of services(5)" },
		{ "127.0.0.1:-1",
		    "has an invalid port, \"-1\": write a number from 1 to "
		    "65535 or a name of services(5)" },
		/* other programs' forms */
		{ "http://name:80", "is a URL: write address:port" },
		{ "udp:127.0.0.1:53",
		    "has the prefix \"udp:\": write HOST:PORT, a path "
		    "or \"@NAME\"" },
		{ "TCP:name:80",
		    "has the prefix \"TCP:\": write HOST:PORT, a path "
		    "or \"@NAME\"" },
		{ "unix:/run/x",
		    "has the prefix \"unix:\": write HOST:PORT, a path "
		    "or \"@NAME\"" },
		{ "abstract:app",
		    "has the prefix \"abstract:\": write HOST:PORT, a path "
		    "or \"@NAME\"" },
		{ "UNIX-CONNECT:/run/x",
		    "has the prefix \"UNIX-CONNECT:\": write HOST:PORT, a "
		    "path or \"@NAME\"" },
		{ "192.0.2.1 80", "has a space: write \"192.0.2.1:80\"" },
		{ "name\t http", "has a space: write \"name:http\"" },
		{ "name ", "has a space: write \"name:PORT\"" },
		/* paths and names */
		{ "run/x", "is not an absolute path" },
		{ "@", "has no name: write \"@NAME\"" },
		{ "256.0.0.1:80",
		    "has an invalid IPv4 address, \"256.0.0.1\"" },
		{ "[::g]:80", "has an invalid IPv6 address, \"::g\"" },
	};
	static const char *const correct[] = { "127.0.0.1:80", "[::1]:http",
		"name:80", "unix:80", "[fe80::1%nosuch]:80", "/run/x", "@a",
		"@a/b:c" };
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		ck_assert_msg(
		    target_fault(cases[i][0], text, sizeof(text)) != NULL, "%s",
		    cases[i][0]);
		ck_assert_str_eq(text, cases[i][1]);
	}
	for (i = 0; i < COUNT(correct); i++)
		ck_assert_msg(
		    target_fault(correct[i], text, sizeof(text)) == NULL,
		    "%s: %s", correct[i], text);
}
END_TEST

START_TEST(correct_addresses_have_no_message)
{
	static const char *const cases[] = { "*:0", "*:80", "*:http",
		"udp:*:69", "127.0.0.1:80", "[::1]:80", "[::]:whois++",
		"localhost:80", "tcp:80", "unix:80", "a.example:3com-amp3",
		"127.1:80", "[fe80::1%nosuch]:80", "[fe80::1%1]:80",
		"[fe80::1%25]:80", "[fe80::1%interface-of-15]:80",
		"udp:[ff02::1%lo]:69", "[fe80::1]:80", "/run/x", "/run/a:b",
		"[localhost]:80", "@x", "@a/b:80", "@://",
		"@" NAME100 "1234567", "@\\000\\377 \001", "fd:web", "fd:80",
		"fd:a b/@", "fd:" NAME100 NAME100 NAME50 "12345", "[fd]:80",
		"FD:80" };
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		ck_assert_msg(
		    listen_fault(cases[i], text, sizeof(text)) == NULL,
		    "%s: %s", cases[i], text);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, each_wrong_address_has_its_message);
	tcase_add_test(tc, each_wrong_target_has_its_message);
	tcase_add_test(tc, correct_addresses_have_no_message);
}

int
main(void)
{
	return unit_run("listen", add);
}
