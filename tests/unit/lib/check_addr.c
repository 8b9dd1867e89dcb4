/*
 * check_addr.c -- addresses: split, parse, print, compare.
 */

#include "tests/unit/unit.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/addr.h"

START_TEST(split_knows_each_form)
{
	static const struct {
		const char *text;
		enum addr_form form;
		const char *host, *port;
	} cases[] = {
		{ "localhost", ADDR_HOST, "localhost", "" },
		{ "localhost:7890", ADDR_HOST_PORT, "localhost", "7890" },
		{ "*:7890", ADDR_HOST_PORT, "*", "7890" },
		{ "192.0.2.1:http", ADDR_HOST_PORT, "192.0.2.1", "http" },
		{ "2001:db8::1", ADDR_HOST, "2001:db8::1", "" },
		{ "::1", ADDR_HOST, "::1", "" },
		{ "[::1]", ADDR_HOST, "::1", "" },
		{ "[::1]:80", ADDR_HOST_PORT, "::1", "80" },
		{ "[fe80::1%lo]:80", ADDR_HOST_PORT, "fe80::1%lo", "80" },
		{ "/run/x.sock", ADDR_PATH, "/run/x.sock", "" },
		{ "./x", ADDR_PATH, "./x", "" },
		{ "./@x", ADDR_PATH, "./@x", "" },
		{ "@x", ADDR_PATH, "@x", "" },
		{ "@x:80", ADDR_PATH, "@x:80", "" },
		{ "@x/y", ADDR_PATH, "@x/y", "" },
		{ "@@", ADDR_PATH, "@@", "" },
		{ "@", ADDR_INVALID, NULL, NULL },
		{ "", ADDR_INVALID, NULL, NULL },
		{ ":80", ADDR_INVALID, NULL, NULL },
		{ "host:", ADDR_INVALID, NULL, NULL },
		{ "[::1", ADDR_INVALID, NULL, NULL },
		{ "[]:80", ADDR_INVALID, NULL, NULL },
		{ "[::1]80", ADDR_INVALID, NULL, NULL },
		{ "[::1]:", ADDR_INVALID, NULL, NULL },
	};
	char host[ADDR_HOST_MAX], port[ADDR_PORT_MAX];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_msg(
		    addr_split(cases[i].text, host, port) == cases[i].form,
		    "form of \"%s\"", cases[i].text);
		if (cases[i].form == ADDR_INVALID)
			continue;
		ck_assert_str_eq(host, cases[i].host);
		ck_assert_str_eq(port, cases[i].port);
	}
}
END_TEST

START_TEST(split_refuses_parts_that_are_too_long)
{
	char text[600], host[ADDR_HOST_MAX], port[ADDR_PORT_MAX];

	memset(text, 'a', sizeof(text));
	text[ADDR_HOST_MAX] = '\0';
	ck_assert_int_eq(addr_split(text, host, port), ADDR_INVALID);
	text[ADDR_HOST_MAX - 1] = '\0';
	ck_assert_int_eq(addr_split(text, host, port), ADDR_HOST);
	memset(text, 'a', sizeof(text));
	text[1] = ':';
	text[2 + ADDR_PORT_MAX] = '\0';
	ck_assert_int_eq(addr_split(text, host, port), ADDR_INVALID);
	memset(text, 'a', sizeof(text));
	text[0] = '/';
	text[599] = '\0';
	ck_assert_int_eq(addr_split(text, host, port), ADDR_INVALID);
}
END_TEST

START_TEST(numeric_addresses_print_as_they_were_written)
{
	static const char *const hosts[] = { "192.0.2.1", "2001:db8::1", "::1",
		"0.0.0.0", "::", "fe80::1%lo", "2001:db8::1%1" };
	char text[ADDR_TEXT_MAX], want[ADDR_TEXT_MAX];
	struct addr a;
	size_t i;

	for (i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		ck_assert_int_eq(addr_from_numeric(&a, hosts[i], 7890), 0);
		ck_assert_str_eq(
		    addr_print_host(&a, text, sizeof(text)), hosts[i]);
		snprintf(want, sizeof(want),
		    strchr(hosts[i], ':') ? "[%s]:7890" : "%s:7890", hosts[i]);
		ck_assert_str_eq(addr_print(&a, text, sizeof(text)), want);
		ck_assert_uint_eq(addr_port(&a), 7890);
	}
}
END_TEST

START_TEST(names_are_not_parsed_as_addresses)
{
	struct addr a;

	ck_assert_int_eq(addr_from_numeric(&a, "localhost", 1), -1);
	ck_assert_int_eq(addr_from_numeric(&a, "1", 1), -1);
	ck_assert_int_eq(addr_from_numeric(&a, "192.0.2.256", 1), -1);
	ck_assert_int_eq(addr_from_numeric(&a, "0x7f.1", 1), -1);
	ck_assert_int_eq(addr_from_numeric(&a, "2001:db8:::1", 1), -1);
}
END_TEST

START_TEST(ports_are_decimal_and_bounded)
{
	ck_assert_int_eq(addr_port_number("0"), 0);
	ck_assert_int_eq(addr_port_number("65535"), 65535);
	ck_assert_int_eq(addr_port_number("65536"), -1);
	ck_assert_int_eq(addr_port_number("99999999999999999999"), -1);
	ck_assert_int_eq(addr_port_number("-1"), -1);
	ck_assert_int_eq(addr_port_number(" 1"), -1);
	ck_assert_int_eq(addr_port_number("1 "), -1);
	ck_assert_int_eq(addr_port_number("http"), -1);
	ck_assert_int_eq(addr_port_number(""), -1);
}
END_TEST

START_TEST(paths_have_a_limit)
{
	char path[ADDR_PATH_MAX + 2], text[ADDR_TEXT_MAX];
	struct addr a;

	memset(path, 'p', sizeof(path));
	path[0] = '/';
	path[ADDR_PATH_MAX + 1] = '\0';
	ck_assert_int_eq(addr_from_path(&a, path), -1);
	path[ADDR_PATH_MAX] = '\0';
	ck_assert_int_eq(addr_from_path(&a, path), 0);
	ck_assert_str_eq(addr_print(&a, text, sizeof(text)), path);
}
END_TEST

/* An abstract socket with the LEN bytes at NAME. */
static struct addr
abstract(const char *name, size_t len)
{
	struct addr a = { .un.sun_family = AF_UNIX };

	memcpy(a.un.sun_path + 1, name, len);
	a.len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + len);
	return a;
}

START_TEST(abstract_names_print_and_read_as_the_same)
{
	static const struct {
		const char *name;
		size_t len;
		const char *text;
	} cases[] = {
		{ "x", 1, "@x" },
		{ "a/b:80", 6, "@a/b:80" },
		{ "@", 1, "@@" },
		{ "\0", 1, "@\\000" },
		{ "a\0", 2, "@a\\000" },
		{ "a\0\0b", 4, "@a\\000\\000b" },
		{ "a b", 3, "@a\\040b" },
		{ "\\", 1, "@\\134" },
		{ "\\101", 4, "@\\134101" },
		{ "\177\200\377\n", 4, "@\\177\\200\\377\\012" },
	};
	char text[ADDR_TEXT_MAX];
	struct addr a, b;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		a = abstract(cases[i].name, cases[i].len);
		ck_assert(addr_is_abstract(&a));
		ck_assert_str_eq(
		    addr_print(&a, text, sizeof(text)), cases[i].text);
		ck_assert_int_eq(addr_from_path(&b, text), 0);
		ck_assert_uint_eq(b.len, a.len);
		ck_assert(addr_equal(&a, &b));
		ck_assert_uint_eq(addr_port(&b), 0);
	}
	/* what is no escape means itself */
	ck_assert_int_eq(addr_from_path(&b, "@\\x\\400\\18"), 0);
	a = abstract("\\x\\400\\18", 9);
	ck_assert(addr_equal(&a, &b));
}
END_TEST

START_TEST(abstract_names_have_a_limit)
{
	char name[ADDR_PATH_MAX + 2], text[ADDR_TEXT_MAX];
	struct addr a, b;

	ck_assert_int_eq(addr_from_path(&a, "@"), -1);
	memset(name, 'n', sizeof(name));
	name[0] = '@';
	name[ADDR_PATH_MAX + 1] = '\0';
	ck_assert_int_eq(addr_from_path(&a, name), 0);
	ck_assert_uint_eq(a.len, sizeof(a.un));
	ck_assert_str_eq(addr_print(&a, text, sizeof(text)), name);
	snprintf(text, sizeof(text), "%sn", name);
	ck_assert_int_eq(addr_from_path(&a, text), -1);
	/* the longest text */
	memset(name, '\377', sizeof(name));
	a = abstract(name, ADDR_PATH_MAX);
	addr_print(&a, text, sizeof(text));
	ck_assert_uint_eq(strlen(text), 1 + 4 * ADDR_PATH_MAX);
	ck_assert_int_eq(addr_from_path(&b, text), 0);
	ck_assert(addr_equal(&a, &b));
	strlcat(text, "\\377", sizeof(text));
	ck_assert_int_eq(addr_from_path(&b, text), -1);
	/* into less room */
	addr_print(&a, text, 8);
	ck_assert_str_eq(text, "@\\377\\3");
}
END_TEST

/* Bytes after the name, and sockets without one, are not names. */
START_TEST(abstract_names_are_compared_with_their_length)
{
	struct addr a = abstract("ab", 2), b = abstract("ab\0", 3), none;
	char text[ADDR_TEXT_MAX];

	ck_assert(!addr_equal(&a, &b));
	b = abstract("ab", 2);
	b.un.sun_path[3] = 'c';
	ck_assert(addr_equal(&a, &b));
	ck_assert_int_eq(addr_from_path(&b, "ab"), 0);
	ck_assert(!addr_is_abstract(&b));
	ck_assert(!addr_equal(&a, &b));
	ck_assert_int_eq(addr_from_path(&none, ""), 0);
	ck_assert(!addr_is_abstract(&none));
	ck_assert(!addr_equal(&a, &none));
	ck_assert_str_eq(addr_print(&none, text, sizeof(text)), "unix");
}
END_TEST

START_TEST(mapped_addresses_become_ipv4)
{
	char text[ADDR_TEXT_MAX];
	struct addr a;

	ck_assert_int_eq(addr_from_numeric(&a, "::ffff:192.0.2.7", 4411), 0);
	addr_unmap(&a);
	ck_assert_str_eq(addr_print(&a, text, sizeof(text)), "192.0.2.7:4411");
	ck_assert_int_eq(addr_from_numeric(&a, "2001:db8::1", 4411), 0);
	addr_unmap(&a);
	ck_assert_str_eq(
	    addr_print(&a, text, sizeof(text)), "[2001:db8::1]:4411");
}
END_TEST

START_TEST(equality_and_overlap)
{
	struct addr a, b, any;

	addr_from_numeric(&a, "127.0.0.1", 80);
	addr_from_numeric(&b, "127.0.0.1", 80);
	addr_from_numeric(&any, "0.0.0.0", 80);
	ck_assert(addr_equal(&a, &b));
	ck_assert(!addr_overlaps(&a, &b));
	ck_assert(addr_overlaps(&a, &any));
	ck_assert(addr_overlaps(&any, &a));
	addr_set_port(&b, 81);
	ck_assert(!addr_equal(&a, &b));
	ck_assert(!addr_overlaps(&b, &any));
	addr_from_numeric(&b, "::1", 80);
	ck_assert(!addr_equal(&a, &b));
	ck_assert(!addr_overlaps(&b, &any));
	addr_from_numeric(&any, "::", 80);
	ck_assert(addr_overlaps(&b, &any));
	addr_from_path(&a, "/run/a");
	addr_from_path(&b, "/run/a");
	ck_assert(addr_equal(&a, &b));
	addr_from_path(&b, "/run/b");
	ck_assert(!addr_equal(&a, &b));
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, split_knows_each_form);
	tcase_add_test(tc, split_refuses_parts_that_are_too_long);
	tcase_add_test(tc, numeric_addresses_print_as_they_were_written);
	tcase_add_test(tc, names_are_not_parsed_as_addresses);
	tcase_add_test(tc, ports_are_decimal_and_bounded);
	tcase_add_test(tc, paths_have_a_limit);
	tcase_add_test(tc, abstract_names_print_and_read_as_the_same);
	tcase_add_test(tc, abstract_names_have_a_limit);
	tcase_add_test(tc, abstract_names_are_compared_with_their_length);
	tcase_add_test(tc, mapped_addresses_become_ipv4);
	tcase_add_test(tc, equality_and_overlap);
}

int
main(void)
{
	return unit_run("addr", add);
}
