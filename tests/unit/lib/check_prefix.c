/*
 * check_prefix.c -- networks: read, written, cut, and found by the longest.
 */

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/prefix.h"

static char error[256], text[PREFIX_TEXT_MAX];

static struct prefix
parse(const char *from)
{
	struct prefix p;

	ck_assert_msg(prefix_parse(&p, from, error, sizeof(error)) == 0,
	    "%s: %s", from, error);
	return p;
}

static struct addr
address(const char *host)
{
	struct addr a;

	ck_assert_int_eq(addr_from_numeric(&a, host, 7), 0);
	return a;
}

START_TEST(printing_is_the_reverse_of_parsing)
{
	static const struct {
		const char *from, *to;
	} cases[] = {
		{ "192.0.2.0/24", "192.0.2.0/24" },
		{ "192.0.2.1", "192.0.2.1" },
		{ "192.0.2.1/32", "192.0.2.1" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "128.0.0.0/1", "128.0.0.0/1" },
		{ "2001:db8::/32", "2001:db8::/32" },
		{ "2001:DB8:0:0::1/128", "2001:db8::1" },
		{ "::/0", "::/0" },
		{ "::1", "::1" },
		/* IPv4-mapped is IPv4 */
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "::ffff:192.0.2.0/120", "192.0.2.0/24" },
		{ "::ffff:0:0/96", "0.0.0.0/0" },
	};
	struct prefix p;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		p = parse(cases[i].from);
		ck_assert_str_eq(
		    prefix_print(&p, text, sizeof(text)), cases[i].to);
	}
}
END_TEST

START_TEST(errors_quote_the_text)
{
#define NEITHER " is neither an address nor a prefix, such as \"192.0.2.0/24\""
	static const struct {
		const char *from, *want;
	} cases[] = {
		{ "", "\"\"" NEITHER },
		{ "/24", "\"/24\"" NEITHER },
		{ "localhost", "\"localhost\"" NEITHER },
		{ "192.0.2", "\"192.0.2\"" NEITHER },
		{ "10/8", "\"10/8\"" NEITHER },
		{ " 192.0.2.1", "\" 192.0.2.1\"" NEITHER },
		{ "192.0.2.1:80", "\"192.0.2.1:80\"" NEITHER },
		{ "[::1]", "\"[::1]\"" NEITHER },
		{ "fe80::1%lo", "\"fe80::1%lo\"" NEITHER },
		{ "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000",
		    "\"0000:0000:0000:0000:0000:0000:0000:0000:0000:"
		    "0000\"" NEITHER },
		{ "192.0.2.0/33",
		    "\"192.0.2.0/33\": a prefix length is a number from 0 to "
		    "32" },
		{ "192.0.2.0/",
		    "\"192.0.2.0/\": a prefix length is a number from 0 to "
		    "32" },
		{ "192.0.2.0/-1",
		    "\"192.0.2.0/-1\": a prefix length is a number from 0 to "
		    "32" },
		{ "192.0.2.0/24x",
		    "\"192.0.2.0/24x\": a prefix length is a number from 0 to "
		    "32" },
		{ "192.0.2.0/255.255.255.0",
		    "\"192.0.2.0/255.255.255.0\": a prefix length is a number "
		    "from 0 "
		    "to 32" },
		{ "192.0.2.0/4294967320",
		    "\"192.0.2.0/4294967320\": a prefix length is a number "
		    "from 0 to "
		    "32" },
		{ "::/129",
		    "\"::/129\": a prefix length is a number from 0 to 128" },
		{ "::ffff:192.0.2.0/129",
		    "\"::ffff:192.0.2.0/129\": a prefix length is a number "
		    "from 0 to "
		    "128" },
		{ "192.0.2.1/24",
		    "\"192.0.2.1/24\": bits beyond the prefix are set; did you "
		    "mean 192.0.2.0/24?" },
		{ "192.0.2.1/0",
		    "\"192.0.2.1/0\": bits beyond the prefix are set; did you "
		    "mean 0.0.0.0/0?" },
		{ "2001:db8::1/64",
		    "\"2001:db8::1/64\": bits beyond the prefix are set; did "
		    "you mean 2001:db8::/64?" },
		{ "::ffff:192.0.2.1/120",
		    "\"::ffff:192.0.2.1/120\": bits beyond the prefix are set; "
		    "did you mean 192.0.2.0/24?" },
		{ "::ffff:0:0/90",
		    "\"::ffff:0:0/90\": bits beyond the prefix are set" },
	};
	struct prefix p;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		ck_assert_msg(
		    prefix_parse(&p, cases[i].from, error, sizeof(error)) == -1,
		    "%s is not refused", cases[i].from);
		ck_assert_str_eq(error, cases[i].want);
	}
}
END_TEST

START_TEST(an_address_is_cut)
{
	static const struct {
		const char *host, *want;
		unsigned int v4, v6;
	} cases[] = {
		{ "192.0.2.255", "192.0.2.255", 32, 64 },
		{ "192.0.2.255", "192.0.2.240/28", 28, 64 },
		{ "192.0.2.255", "0.0.0.0/0", 0, 64 },
		{ "::ffff:192.0.2.255", "192.0.2.0/24", 24, 0 },
		{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", 8, 64 },
		{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6", 8, 128 },
	};
	struct addr a;
	struct prefix p;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		a = address(cases[i].host);
		ck_assert(prefix_cut(&p, &a, cases[i].v4, cases[i].v6));
		ck_assert_str_eq(
		    prefix_print(&p, text, sizeof(text)), cases[i].want);
	}
	addr_from_path(&a, "/run/x");
	ck_assert(!prefix_cut(&p, &a, 32, 64));
}
END_TEST

static int
match(const struct prefixes *all, const char *host)
{
	const struct addr a = address(host);

	return prefixes_match(all, &a);
}

START_TEST(the_longest_is_found)
{
	static const char *const texts[] = { "10.1.0.0/16", "10.0.0.0/8",
		"10.1.2.0/24", "10.1.2.3", "10.0.0.0/8", "10.200.0.0/16",
		"2001:db8::/32", "2001:db8:1::/48" };
	struct prefix_node nodes[COUNT(texts)];
	struct prefixes all = { nodes, 0 };
	struct addr path;
	size_t i;

	for (i = 0; i < COUNT(texts); i++)
		nodes[i].prefix = parse(texts[i]);
	all.n = prefixes_link(nodes, COUNT(texts));
	ck_assert_uint_eq(all.n, COUNT(texts) - 1); /* one was there twice */
	ck_assert_int_eq(match(&all, "10.1.2.3"), 32);
	ck_assert_int_eq(match(&all, "10.1.2.4"), 24);
	ck_assert_int_eq(match(&all, "10.1.3.0"), 16);
	ck_assert_int_eq(match(&all, "10.1.0.0"), 16);
	ck_assert_int_eq(match(&all, "10.0.0.0"), 8);
	ck_assert_int_eq(match(&all, "10.199.255.255"), 8);
	ck_assert_int_eq(match(&all, "10.200.0.1"), 16);
	ck_assert_int_eq(match(&all, "10.255.255.255"), 8);
	ck_assert_int_eq(match(&all, "9.255.255.255"), -1);
	ck_assert_int_eq(match(&all, "11.0.0.0"), -1);
	ck_assert_int_eq(match(&all, "::ffff:10.1.2.3"), 32);
	ck_assert_int_eq(match(&all, "2001:db8:1:2::3"), 48);
	ck_assert_int_eq(match(&all, "2001:db8:2::"), 32);
	ck_assert_int_eq(match(&all, "2001:db7:ffff::"), -1);
	ck_assert_int_eq(match(&all, "::10.1.2.3"), -1);
	addr_from_path(&path, "/run/x");
	ck_assert_int_eq(prefixes_match(&all, &path), -1);
}
END_TEST

START_TEST(all_of_a_family_is_not_all_of_the_other)
{
	struct prefix_node node = { .prefix = parse("::/0") };
	struct prefixes all = { &node, prefixes_link(&node, 1) };

	ck_assert_int_eq(match(&all, "::1"), 0);
	ck_assert_int_eq(match(&all, "192.0.2.1"), -1);
	ck_assert_int_eq(match(&all, "::ffff:192.0.2.1"), -1);
	all.n = 0;
	ck_assert_int_eq(match(&all, "::1"), -1);
	ck_assert_uint_eq(prefixes_link(NULL, 0), 0);
}
END_TEST

/* Against a search of the whole list, with prefixes that nest a lot. */
START_TEST(every_set_is_searched_right)
{
	enum { N = 200 };
	static struct prefix_node nodes[N];
	struct prefixes all = { nodes, 0 };
	struct addr a = address("10.0.0.0");
	struct prefix p;
	int round, i, want;
	size_t j;

	srandom(1);
	for (round = 0; round < 200; round++) {
		for (i = 0; i < N; i++) {
			a.in.sin_addr.s_addr =
			    htonl(0x0a000000 | (uint32_t)random() % 1024);
			prefix_cut(&nodes[i].prefix, &a,
			    20 + (unsigned int)random() % 13, 0);
		}
		all.n = prefixes_link(nodes, N);
		for (i = 0; i < 100; i++) {
			a.in.sin_addr.s_addr =
			    htonl(0x0a000000 | (uint32_t)random() % 2048);
			want = -1;
			for (j = 0; j < all.n; j++) {
				prefix_cut(&p, &a, nodes[j].prefix.bits, 0);
				if (memcmp(&p, &nodes[j].prefix, sizeof(p)) ==
					0 &&
				    nodes[j].prefix.bits > want)
					want = nodes[j].prefix.bits;
			}
			ck_assert_int_eq(prefixes_match(&all, &a), want);
		}
	}
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, printing_is_the_reverse_of_parsing);
	tcase_add_test(tc, errors_quote_the_text);
	tcase_add_test(tc, an_address_is_cut);
	tcase_add_test(tc, the_longest_is_found);
	tcase_add_test(tc, all_of_a_family_is_not_all_of_the_other);
	tcase_add_test(tc, every_set_is_searched_right);
}

int
main(void)
{
	return unit_run("prefix", add);
}
