/*
 * check_addr.c -- addresses: split, parse, print, compare.
 */

#include "tests/unit/unit.h"

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
	tcase_add_test(tc, mapped_addresses_become_ipv4);
	tcase_add_test(tc, equality_and_overlap);
}

int
main(void)
{
	return unit_run("addr", add);
}
