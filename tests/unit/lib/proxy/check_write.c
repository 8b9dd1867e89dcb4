/*
 * check_write.c -- headers of the PROXY protocol that are written: their bytes,
 * and what proxy_parse reads in them.
 */

#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "lib/proxy/write.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"

/* A string with all its NULs but the last. */
#define BYTES(s) (s), sizeof(s) - 1

#define CHECKSUM_SIZE 7 /* of its TLV, the last one of each header */

static char header[PROXY_WRITE_MAX];
static size_t len;
static struct proxy p;
static struct proxy_connection c;

static void
set_addr(struct addr *a, const char *host, unsigned int port)
{
	ck_assert_int_eq(addr_from_numeric(a, host, port), 0);
}

static void
set_path(struct addr *a, const char *path)
{
	if (path != NULL) {
		ck_assert_int_eq(addr_from_path(a, path), 0);
		return;
	}
	memset(a, 0, sizeof(*a));
	a->sa.sa_family = AF_UNIX;
	a->len = sizeof(sa_family_t);
}

static void
enter(void)
{
	memset(&c, 0, sizeof(c));
	set_addr(&c.client, "192.0.2.7", 4411);
	set_addr(&c.server, "198.51.100.1", 7890);
}

/* The header, as proxy_parse reads it, is complete. */
static void
parse(enum proxy_kind kind)
{
	size_t more;

	memset(&p, 0, sizeof(p));
	ck_assert_uint_le(len, PROXY_WRITE_MAX);
	ck_assert_int_eq(proxy_parse(header, len, &p, &more), PROXY_FINE);
	ck_assert_uint_eq(more, 0);
	ck_assert_int_eq(p.kind, kind);
}

static void
parse_ends(const char *client, const char *server)
{
	char text[ADDR_TEXT_MAX];

	parse(PROXY_TCP);
	ck_assert_str_eq(addr_print(&p.client, text, sizeof(text)), client);
	ck_assert_str_eq(addr_print(&p.server, text, sizeof(text)), server);
}

static void
expect(const char *want, size_t n)
{
	ck_assert_uint_eq(len, n);
	ck_assert_mem_eq(header, want, n);
}

/* The same, but for the checksum at its end. */
static void
expect_v2(const char *want, size_t n)
{
	static const char head[] = "\3\0\4";

	len = proxy_write_v2(header, &c);
	ck_assert_uint_eq(len, n + CHECKSUM_SIZE);
	ck_assert_mem_eq(header, want, n);
	ck_assert_mem_eq(header + n, head, sizeof(head) - 1);
}

/* --- version 1 --- */

static const struct {
	const char *client, *server;
	unsigned int from, to;
	const char *line;
} lines[] = {
	{ "192.0.2.7", "198.51.100.1", 4411, 7890,
	    "PROXY TCP4 192.0.2.7 198.51.100.1 4411 7890\r\n" },
	/* the examples of section 2.1, 56 and 104 bytes */
	{ "255.255.255.255", "255.255.255.255", 65535, 65535,
	    "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n" },
	{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535, 65535,
	    "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n" },
	{ "2001:db8::7", "::1", 1, 0, "PROXY TCP6 2001:db8::7 ::1 1 0\r\n" },
	{ "::", "::", 0, 0, "PROXY TCP6 :: :: 0 0\r\n" },
	/* inet_ntop(3) writes ::192.0.2.7 */
	{ "::c000:207", "2001:db8::1", 1, 2,
	    "PROXY TCP6 0:0:0:0:0:0:c000:207 2001:db8::1 1 2\r\n" },
	{ "::ffff:192.0.2.7", "198.51.100.1", 1, 2,
	    "PROXY TCP4 192.0.2.7 198.51.100.1 1 2\r\n" },
	{ "::ffff:192.0.2.7", "::ffff:198.51.100.1", 1, 2,
	    "PROXY TCP4 192.0.2.7 198.51.100.1 1 2\r\n" },
	{ "::ffff:192.0.2.7", "2001:db8::1", 1, 2, "PROXY UNKNOWN\r\n" },
	{ "2001:db8::1", "192.0.2.7", 1, 2, "PROXY UNKNOWN\r\n" },
};

START_TEST(v1_lines)
{
	set_addr(&c.client, lines[_i].client, lines[_i].from);
	set_addr(&c.server, lines[_i].server, lines[_i].to);
	len = proxy_write_v1(header, &c);
	ck_assert_uint_le(len, 107);
	expect(lines[_i].line, strlen(lines[_i].line));
	if (strcmp(lines[_i].line, "PROXY UNKNOWN\r\n") == 0) {
		parse(PROXY_UNKNOWN);
		return;
	}
	parse(PROXY_TCP);
	addr_unmap(&c.client);
	addr_unmap(&c.server);
	ck_assert(addr_equal(&p.client, &c.client));
	ck_assert(addr_equal(&p.server, &c.server));
}
END_TEST

START_TEST(v1_has_no_scope)
{
	set_addr(&c.client, "fe80::1%lo", 1);
	set_addr(&c.server, "fe80::2%lo", 2);
	len = proxy_write_v1(header, &c);
	expect(BYTES("PROXY TCP6 fe80::1 fe80::2 1 2\r\n"));
}
END_TEST

START_TEST(v1_unknown)
{
	static const enum proxy_kind kinds[] = { PROXY_UNKNOWN, PROXY_LOCAL };

	c.kind = kinds[_i];
	len = proxy_write_v1(header, &c);
	expect(BYTES("PROXY UNKNOWN\r\n"));
	parse(PROXY_UNKNOWN);
	c.kind = PROXY_TCP;
	set_path(&c.client, NULL);
	set_path(&c.server, "/run/x.sock");
	len = proxy_write_v1(header, &c);
	expect(BYTES("PROXY UNKNOWN\r\n"));
	memset(&c.client, 0, sizeof(c.client));
	memset(&c.server, 0, sizeof(c.server));
	len = proxy_write_v1(header, &c);
	expect(BYTES("PROXY UNKNOWN\r\n"));
}
END_TEST

/* --- version 2: addresses --- */

START_TEST(v2_tcp)
{
	expect_v2(
	    BYTES(SIGNATURE "\x21\x11\0\x13\xc0\0\2\7\xc6\x33\x64\1"
			    "\x11\x3b\x1e\xd2"));
	parse_ends("192.0.2.7:4411", "198.51.100.1:7890");
	set_addr(&c.client, "::ffff:192.0.2.7", 4411);
	expect_v2(
	    BYTES(SIGNATURE "\x21\x11\0\x13\xc0\0\2\7\xc6\x33\x64\1"
			    "\x11\x3b\x1e\xd2"));
	set_addr(&c.client, "2001:db8::7", 1);
	set_addr(&c.server, "fe80::1%lo", 65535);
	expect_v2(BYTES(SIGNATURE
	    "\x21\x21\0\x2b\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7"
	    "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\1\xff\xff"));
	parse_ends("[2001:db8::7]:1", "[fe80::1]:65535");
}
END_TEST

static void
expect_unix(const char *client, size_t n, const char *server, size_t m)
{
	char want[16 + 216] = SIGNATURE "\x21\x31\0\xdf";

	memcpy(want + 16, client, n);
	memcpy(want + 16 + 108, server, m);
	expect_v2(want, sizeof(want));
	parse(PROXY_UNKNOWN); /* proxy_parse has no use for paths */
}

START_TEST(v2_unix)
{
	char path[109];

	set_path(&c.client, NULL);
	set_path(&c.server, "/run/x.sock");
	expect_unix(BYTES(""), BYTES("/run/x.sock"));
	set_path(&c.client, "@name");
	expect_unix(BYTES("\0name"), BYTES("/run/x.sock"));
	/* the longest: the kernel accepts a path of 108 bytes without NUL */
	memset(path, 'a', sizeof(path));
	path[0] = '/';
	memcpy(c.server.un.sun_path, path, 108);
	c.server.len = sizeof(c.server.un);
	expect_unix(BYTES("\0name"), path, 108);
}
END_TEST

START_TEST(v2_unknown)
{
	c.kind = PROXY_UNKNOWN;
	expect_v2(BYTES(SIGNATURE "\x21\0\0\7"));
	parse(PROXY_UNKNOWN);
	c.kind = PROXY_TCP;
	set_addr(&c.client, "2001:db8::7", 1);
	expect_v2(BYTES(SIGNATURE "\x21\0\0\7"));
	set_path(&c.client, "/run/x.sock");
	expect_v2(BYTES(SIGNATURE "\x21\0\0\7"));
	/* what is known of TLS does not depend on addresses */
	c.alpn = "h2";
	expect_v2(BYTES(SIGNATURE "\x21\0\0\x0c\1\0\2h2"));
	parse(PROXY_UNKNOWN);
}
END_TEST

START_TEST(v2_local)
{
	c.kind = PROXY_LOCAL;
	c.alpn = c.authority = c.unique_id = c.identity = "x";
	c.tls = true;
	len = proxy_write_v2(header, &c);
	expect(BYTES(SIGNATURE "\x20\0\0\0"));
	parse(PROXY_LOCAL);
}
END_TEST

/* --- version 2: TLVs --- */

#define IPV4 "\xc0\0\2\7\xc6\x33\x64\1\x11\x3b\x1e\xd2"

START_TEST(v2_texts)
{
	c.alpn = "http/1.1";
	c.authority = "www.example.org";
	c.unique_id = "17-1753000000.123456";
	c.identity = "uri:spiffe://a/b";
	expect_v2(BYTES(SIGNATURE "\x21\x11\0\x5a" IPV4 "\1\0\x8http/1.1"
				  "\2\0\x0fwww.example.org"
				  "\5\0\x14"
				  "17-1753000000.123456"
				  "\xe0\0\x10uri:spiffe://a/b"));
	parse_ends("192.0.2.7:4411", "198.51.100.1:7890");
}
END_TEST

START_TEST(v2_empty_texts_are_not_sent)
{
	c.alpn = c.authority = c.unique_id = c.identity = "";
	expect_v2(BYTES(SIGNATURE "\x21\x11\0\x13" IPV4));
}
END_TEST

/* The document allows 128 bytes (2.2.5). */
START_TEST(v2_unique_id_has_a_limit)
{
	char id[130];

	memset(id, 'x', sizeof(id));
	id[129] = '\0';
	c.unique_id = id;
	expect_v2(BYTES(SIGNATURE "\x21\x11\0\x13" IPV4));
	id[128] = '\0';
	len = proxy_write_v2(header, &c);
	ck_assert_uint_eq(len, 16 + 12 + 3 + 128 + CHECKSUM_SIZE);
	parse(PROXY_TCP);
}
END_TEST

START_TEST(v2_tls)
{
	c.tls = true;
	/* no certificate: verify is not 0 */
	c.verified = true;
	expect_v2(BYTES(SIGNATURE "\x21\x11\0\x1b" IPV4 "\x20\0\5\1\0\0\0\1"));
	c.verified = false;
	c.version = "TLSv1.3";
	c.cipher = "TLS_AES_256_GCM_SHA384";
	expect_v2(BYTES(SIGNATURE "\x21\x11\0\x3e" IPV4 "\x20\0\x28\1\0\0\0\1"
				  "\x21\0\7TLSv1.3"
				  "\x23\0\x16TLS_AES_256_GCM_SHA384"));
	parse(PROXY_TCP);
	c.cipher = NULL;
	c.certificate = true;
	expect_v2(BYTES(SIGNATURE "\x21\x11\0\x25" IPV4 "\x20\0\x0f\7\0\0\0\1"
				  "\x21\0\7TLSv1.3"));
	c.verified = true;
	c.common_name = "web1";
	expect_v2(BYTES(SIGNATURE "\x21\x11\0\x2c" IPV4 "\x20\0\x16\7\0\0\0\0"
				  "\x21\0\7TLSv1.3"
				  "\x22\0\4web1"));
	parse(PROXY_TCP);
}
END_TEST

/* Texts of any length: the header stays valid, and what fits is sent. */
START_TEST(v2_long_texts)
{
	static char text[2 * PROXY_WRITE_MAX];
	size_t n, max = 0;

	c.tls = true;
	for (n = 0; n < sizeof(text) - 1; n++) {
		text[n] = 'x';
		c.alpn = c.authority = c.identity = c.common_name = text;
		len = proxy_write_v2(header, &c);
		parse(PROXY_TCP);
		max = len > max ? len : max;
		ck_assert_uint_eq(
		    (unsigned char)header[14] << 8 | (unsigned char)header[15],
		    len - 16);
	}
	ck_assert_uint_gt(max, PROXY_WRITE_MAX - 16);
	/* none of them fits in the end */
	ck_assert_uint_eq(len, 16 + 12 + 3 + 5 + CHECKSUM_SIZE);
}
END_TEST

/* The reader checks it; check_proxy.c has another way to compute it. */
START_TEST(v2_every_bit_is_checked)
{
	size_t i, more;

	c.alpn = "h2";
	len = proxy_write_v2(header, &c);
	parse(PROXY_TCP);
	for (i = 16 * 8; i < (len - CHECKSUM_SIZE) * 8; i++) {
		header[i / 8] ^= (char)(1 << i % 8);
		ck_assert_int_ne(
		    proxy_parse(header, len, &p, &more), PROXY_FINE);
		header[i / 8] ^= (char)(1 << i % 8);
	}
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, enter, NULL);
	tcase_add_loop_test(tc, v1_lines, 0, COUNT(lines));
	tcase_add_test(tc, v1_has_no_scope);
	tcase_add_loop_test(tc, v1_unknown, 0, 2);
	tcase_add_test(tc, v2_tcp);
	tcase_add_test(tc, v2_unix);
	tcase_add_test(tc, v2_unknown);
	tcase_add_test(tc, v2_local);
	tcase_add_test(tc, v2_texts);
	tcase_add_test(tc, v2_empty_texts_are_not_sent);
	tcase_add_test(tc, v2_unique_id_has_a_limit);
	tcase_add_test(tc, v2_tls);
	tcase_add_test(tc, v2_long_texts);
	tcase_add_test(tc, v2_every_bit_is_checked);
}

int
main(void)
{
	return unit_run("proxy/write", add);
}
