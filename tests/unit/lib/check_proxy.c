/*
 * check_proxy.c -- headers of the PROXY protocol, good ones and others.
 */

#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "lib/proxy.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define ADDRESSES "\xc0\x00\x02\x07\xc6\x33\x64\x01\x11\x3b\x1e\xd2"

/* A string with all its NULs but the last. */
#define BYTES(s) (s), sizeof(s) - 1

static struct proxy p;
static size_t more;

/* Exactly LEN bytes, so that a sanitizer sees reads beyond them. */
static enum proxy_fault
parse(const char *text, size_t len)
{
	char *copy = malloc(len + (len == 0));
	enum proxy_fault fault;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, len);
	memset(&p, 0, sizeof(p));
	fault = proxy_parse(copy, len, &p, &more);
	free(copy);
	return fault;
}

/* As a session does: read *MORE bytes each time, at most STEP. */
static enum proxy_fault
feed(const char *text, size_t len, size_t step, size_t *used)
{
	enum proxy_fault fault;
	size_t n;

	for (*used = 0;; *used += n) {
		fault = parse(text, *used);
		if (fault != PROXY_FINE || more == 0)
			return fault;
		ck_assert_uint_le(*used + more, PROXY_MAX);
		n = more < step ? more : step;
		if (n > len - *used)
			n = len - *used;
		if (n == 0)
			return PROXY_TRUNCATED;
	}
}

static void
expect_good(
    const char *text, size_t len, const char *client, const char *server)
{
	char all[PROXY_MAX + 8], a[ADDR_TEXT_MAX], b[ADDR_TEXT_MAX];
	size_t step, used, i;

	/* Bytes after the header are never asked for. */
	memcpy(all, text, len);
	memset(all + len, '\n', 8);
	for (step = 1; step < 120; step += 7) {
		ck_assert_int_eq(feed(all, len + 8, step, &used), PROXY_FINE);
		ck_assert_uint_eq(used, len);
		ck_assert_int_eq(p.kind, PROXY_TCP);
		ck_assert_str_eq(addr_print(&p.client, a, sizeof(a)), client);
		ck_assert_str_eq(addr_print(&p.server, b, sizeof(b)), server);
	}
	/* Every shorter one wants more, and says so without a fault. */
	for (i = 0; i < len; i++) {
		ck_assert_int_eq(parse(text, i), PROXY_FINE);
		ck_assert_uint_gt(more, 0);
		ck_assert_uint_le(i + more, len);
	}
}

static void
expect_kind(const char *text, size_t len, enum proxy_kind kind)
{
	size_t used;

	ck_assert_int_eq(feed(text, len, PROXY_MAX, &used), PROXY_FINE);
	ck_assert_uint_eq(used, len);
	ck_assert_int_eq(p.kind, kind);
}

START_TEST(v1_of_both_families)
{
	expect_good(BYTES("PROXY TCP4 192.0.2.7 198.51.100.1 4411 7890\r\n"),
	    "192.0.2.7:4411", "198.51.100.1:7890");
	expect_good(
	    BYTES("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n"),
	    "255.255.255.255:65535", "255.255.255.255:65535");
	expect_good(BYTES("PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n"), "0.0.0.0:0",
	    "0.0.0.0:0");
	expect_good(BYTES("PROXY TCP6 2001:DB8::7 2001:0db8::1 1 65535\r\n"),
	    "[2001:db8::7]:1", "[2001:db8::1]:65535");
	expect_good(BYTES("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
			  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
			  "65535 65535\r\n"),
	    "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
	    "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
	expect_good(BYTES("PROXY TCP6 ::ffff:192.0.2.7 ::1 1 2\r\n"),
	    "192.0.2.7:1", "[::1]:2");
}
END_TEST

START_TEST(v1_unknown)
{
	static char line[] =
	    "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n";

	expect_kind(BYTES("PROXY UNKNOWN\r\n"), PROXY_UNKNOWN);
	expect_kind(BYTES("PROXY UNKNOWN \r\n"), PROXY_UNKNOWN);
	expect_kind(BYTES("PROXY UNKNOWN TCP4 \xff 0x \r\n"), PROXY_UNKNOWN);
	ck_assert_uint_eq(strlen(line), 107); /* section 2.1: the worst case */
	expect_kind(line, strlen(line), PROXY_UNKNOWN);
}
END_TEST

static const struct {
	const char *text;
	size_t len;
	enum proxy_fault fault;
} bad_lines[] = {
	{ BYTES("X"), PROXY_NONE },
	{ BYTES("\r\n\r\n\r"), PROXY_NONE },
	{ BYTES("proxy TCP4"), PROXY_NONE },
	{ BYTES("PROXY\tTCP4"), PROXY_NONE },
	{ BYTES("\0"), PROXY_NONE },
	{ BYTES("PROXY TCP4 192.0.2.7 192.0.2.8 1 2\n"), PROXY_CRLF },
	{ BYTES("PROXY TCP4 192.0.2.7 192.0.2.8 1 2\rx"), PROXY_CRLF },
	{ BYTES("PROXY TCP4 192.0.2.7 192.0.2.8 1 2\r\r\n"), PROXY_CRLF },
	{ BYTES("PROXY TCP4 192.0.2.7\0 192.0.2.8 1 2\r\n"), PROXY_CRLF },
	{ BYTES("PROXY UNKNOWN\0\r\n"), PROXY_CRLF },
	{ BYTES("PROXY \r\n"), PROXY_WORDS },
	{ BYTES("PROXY TCP4\r\n"), PROXY_WORDS },
	{ BYTES("PROXY UNKNOWNX\r\n"), PROXY_WORDS },
	{ BYTES("PROXY unknown\r\n"), PROXY_WORDS },
	{ BYTES("PROXY TCP5 192.0.2.7 192.0.2.8 1 2\r\n"), PROXY_WORDS },
	{ BYTES("PROXY UDP4 192.0.2.7 192.0.2.8 1 2\r\n"), PROXY_WORDS },
	{ BYTES("PROXY  TCP4 192.0.2.7 192.0.2.8 1 2\r\n"), PROXY_WORDS },
	{ BYTES("PROXY TCP4  192.0.2.7 192.0.2.8 1 2\r\n"), PROXY_WORDS },
	{ BYTES("PROXY TCP4 192.0.2.7 192.0.2.8 1 2 \r\n"), PROXY_WORDS },
	{ BYTES("PROXY TCP4 192.0.2.7 192.0.2.8 1 2 3\r\n"), PROXY_WORDS },
	{ BYTES("PROXY TCP4 192.0.2.7 192.0.2.8 1\r\n"), PROXY_WORDS },
	{ BYTES("PROXY TCP4 ::1 ::1 1 2\r\n"), PROXY_ADDRESS },
	{ BYTES("PROXY TCP4 192.0.2.7 ::1 1 2\r\n"), PROXY_ADDRESS },
	{ BYTES("PROXY TCP6 192.0.2.7 192.0.2.8 1 2\r\n"), PROXY_ADDRESS },
	{ BYTES("PROXY TCP4 192.0.2 192.0.2.8 1 2\r\n"), PROXY_ADDRESS },
	{ BYTES("PROXY TCP4 192.0.2.07 192.0.2.8 1 2\r\n"), PROXY_ADDRESS },
	{ BYTES("PROXY TCP4 192.0.2.256 192.0.2.8 1 2\r\n"), PROXY_ADDRESS },
	{ BYTES("PROXY TCP4 0xc0.0.2.7 192.0.2.8 1 2\r\n"), PROXY_ADDRESS },
	{ BYTES("PROXY TCP6 fe80::1%lo ::1 1 2\r\n"), PROXY_ADDRESS },
	{ BYTES("PROXY TCP6 [::1] ::1 1 2\r\n"), PROXY_ADDRESS },
	{ BYTES("PROXY TCP4 192.0.2.7 192.0.2.8 0123 2\r\n"), PROXY_PORT },
	{ BYTES("PROXY TCP4 192.0.2.7 192.0.2.8 1 00\r\n"), PROXY_PORT },
	{ BYTES("PROXY TCP4 192.0.2.7 192.0.2.8 65536 2\r\n"), PROXY_PORT },
	{ BYTES("PROXY TCP4 192.0.2.7 192.0.2.8 +1 2\r\n"), PROXY_PORT },
	{ BYTES("PROXY TCP4 192.0.2.7 192.0.2.8 -1 2\r\n"), PROXY_PORT },
	{ BYTES("PROXY TCP4 192.0.2.7 192.0.2.8 0x1 2\r\n"), PROXY_PORT },
};

START_TEST(v1_bad_lines)
{
	size_t used;

	ck_assert_msg(feed(bad_lines[_i].text, bad_lines[_i].len, PROXY_MAX,
			  &used) == bad_lines[_i].fault,
	    "%s", bad_lines[_i].text);
}
END_TEST

/* Fault 24: 107 bytes, and no CRLF; 108 with one. */
START_TEST(v1_too_long)
{
	char line[128];
	size_t used;

	memset(line, 'x', sizeof(line));
	memcpy(line, "PROXY UNKNOWN ", 14);
	ck_assert_int_eq(feed(line, 107, 1, &used), PROXY_LINE);
	ck_assert_uint_le(used, 106); /* no CRLF would fit any more */
	memcpy(line + 106, "\r\n", 2);
	ck_assert_int_eq(feed(line, 108, PROXY_MAX, &used), PROXY_LINE);
	memcpy(line + 105, "\r\n", 2);
	ck_assert_int_eq(feed(line, 107, PROXY_MAX, &used), PROXY_FINE);
}
END_TEST

/* Every byte of a line made every other: never an address that is not there. */
START_TEST(v1_every_corruption)
{
	static const char good[] = "PROXY TCP4 192.0.2.7 192.0.2.8 1 2\r\n";
	char line[sizeof(good)];
	size_t i, used;
	int b;

	for (i = 0; i < sizeof(good) - 1; i++)
		for (b = 0; b < 256; b++) {
			memcpy(line, good, sizeof(good));
			line[i] = (char)b;
			if (feed(line, sizeof(good) - 1, PROXY_MAX, &used) !=
				PROXY_FINE ||
			    b == (unsigned char)good[i])
				continue;
			/* only digits of addresses and ports can differ */
			ck_assert_msg(i >= 11 && i < 35, "byte %zu", i);
			ck_assert(b >= '0' && b <= '9');
			ck_assert_int_eq(p.kind, PROXY_TCP);
		}
}
END_TEST

START_TEST(v2_of_both_families)
{
	expect_good(BYTES(SIGNATURE "\x21\x11\0\x0c" ADDRESSES),
	    "192.0.2.7:4411", "198.51.100.1:7890");
	expect_good(BYTES(SIGNATURE
			"\x21\x21\0\x24\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7"
			"\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\1\0\1\xff\xff"),
	    "[2001:db8::7]:1", "192.0.2.1:65535");
	/* unknown types, an empty TLV and NOOP are skipped */
	expect_good(BYTES(SIGNATURE "\x21\x11\0\x17" ADDRESSES
				    "\xee\0\2ab\4\0\0\x20\0\0"),
	    "192.0.2.7:4411", "198.51.100.1:7890");
}
END_TEST

/* Fault 25: LOCAL has the address that the connection has. */
START_TEST(v2_without_an_address)
{
	char unix_addresses[16 + 216] = SIGNATURE "\x21\x31\0\xd8";

	expect_kind(BYTES(SIGNATURE "\x20\0\0\0"), PROXY_LOCAL);
	/* whatever it has, family and all, is skipped */
	expect_kind(BYTES(SIGNATURE "\x20\xff\0\3abc"), PROXY_LOCAL);
	expect_kind(BYTES(SIGNATURE "\x21\0\0\0"), PROXY_UNKNOWN);
	expect_kind(BYTES(SIGNATURE "\x21\0\0\3abc"), PROXY_UNKNOWN);
	expect_kind(BYTES(SIGNATURE "\x21\x12\0\x0c" ADDRESSES), PROXY_UNKNOWN);
	expect_kind(BYTES(SIGNATURE "\x21\x10\0\x0c" ADDRESSES), PROXY_UNKNOWN);
	expect_kind(unix_addresses, sizeof(unix_addresses), PROXY_UNKNOWN);
}
END_TEST

/* Fault 25, but for LOCAL. */
static const struct {
	const char *text;
	size_t len;
	enum proxy_fault fault;
} bad_headers[] = {
	{ BYTES(SIGNATURE "\x01\x11\0\x0c" ADDRESSES), PROXY_VERSION },
	{ BYTES(SIGNATURE "\x31\x11\0\x0c" ADDRESSES), PROXY_VERSION },
	{ BYTES(SIGNATURE "\x22\x11\0\x0c" ADDRESSES), PROXY_COMMAND },
	{ BYTES(SIGNATURE "\x2f\x11\0\x0c" ADDRESSES), PROXY_COMMAND },
	{ BYTES(SIGNATURE "\x21\x41\0\x0c" ADDRESSES), PROXY_FAMILY },
	{ BYTES(SIGNATURE "\x21\x13\0\x0c" ADDRESSES), PROXY_FAMILY },
	{ BYTES(SIGNATURE "\x21\x11\0\x0b" ADDRESSES), PROXY_SHORT },
	{ BYTES(SIGNATURE "\x21\x11\0\0"), PROXY_SHORT },
	{ BYTES(SIGNATURE "\x21\x21\0\x23" ADDRESSES), PROXY_SHORT },
	{ BYTES(SIGNATURE "\x21\x31\0\xd7" ADDRESSES), PROXY_SHORT },
	{ BYTES(SIGNATURE "\x21\x11\xff\xff" ADDRESSES), PROXY_LENGTH },
	{ BYTES(SIGNATURE "\x20\0\xff\xff"), PROXY_LENGTH },
	{ BYTES(SIGNATURE "\x21\x11\0\x0d" ADDRESSES "\4"), PROXY_TLV },
	{ BYTES(SIGNATURE "\x21\x11\0\x0e" ADDRESSES "\4\0"), PROXY_TLV },
	{ BYTES(SIGNATURE "\x21\x11\0\x0f" ADDRESSES "\4\0\1"), PROXY_TLV },
	{ BYTES(SIGNATURE "\x21\x11\0\x10" ADDRESSES "\4\xff\xffx"),
	    PROXY_TLV },
	{ BYTES(SIGNATURE "\x21\x11\0\x12" ADDRESSES "\3\0\3abc"),
	    PROXY_CHECKSUM },
	{ BYTES(SIGNATURE "\x21\x11\0\x13" ADDRESSES "\3\0\4abcd"),
	    PROXY_CHECKSUM },
};

START_TEST(v2_bad_headers)
{
	size_t used;

	ck_assert_int_eq(
	    feed(bad_headers[_i].text, bad_headers[_i].len, PROXY_MAX, &used),
	    bad_headers[_i].fault);
}
END_TEST

/* RFC 3720, B.4 has figures for CRC32C; this header was made with another. */
static const char checked[] = SIGNATURE "\x21\x11\0\x1a" ADDRESSES
					"\3\0\4"
					"CRC4"
					"\4\0\4noop";

/* Another way to the same: by polynomial division, most significant bit first.
 */
static unsigned int
slow_crc32c(const unsigned char *bytes, size_t len)
{
	unsigned int crc = 0xffffffff, out = 0;
	size_t i;
	int bit;

	for (i = 0; i < len * 8; i++) {
		bit = bytes[i / 8] >> i % 8 & 1;
		crc = (crc << 1) ^
		    (((crc >> 31) ^ (unsigned int)bit) ? 0x1edc6f41 : 0);
	}
	for (i = 0; i < 32; i++)
		out |= (crc >> i & 1) << (31 - i);
	return ~out;
}

START_TEST(v2_checksum)
{
	unsigned char header[sizeof(checked) - 1];
	unsigned int crc;
	size_t i, used;

	/* RFC 3720, B.4: 32 bytes of zeros */
	ck_assert_uint_eq(
	    slow_crc32c((const unsigned char[32]) { 0 }, 32), 0x8a9136aa);
	memcpy(header, checked, sizeof(header));
	memset(header + 31, 0, 4);
	crc = slow_crc32c(header, sizeof(header));
	for (i = 0; i < 4; i++)
		header[31 + i] = (unsigned char)(crc >> (24 - 8 * i));
	ck_assert_int_eq(
	    feed((char *)header, sizeof(header), PROXY_MAX, &used), PROXY_FINE);
	ck_assert_int_eq(p.kind, PROXY_TCP);
	/* no bit of it may differ, but the header is another kind then */
	for (i = 16 * 8; i < sizeof(header) * 8; i++) {
		header[i / 8] ^= (unsigned char)(1 << i % 8);
		/* a checksum that is no more one is none */
		if (i / 8 != 28)
			ck_assert_int_ne(feed((char *)header, sizeof(header),
					     PROXY_MAX, &used),
			    PROXY_FINE);
		header[i / 8] ^= (unsigned char)(1 << i % 8);
	}
}
END_TEST

/* Every byte of the fixed part made every other one. */
START_TEST(v2_every_corruption)
{
	static const char good[] = SIGNATURE "\x21\x11\0\x0c" ADDRESSES;
	char header[sizeof(good) - 1];
	size_t i, used;
	int b;

	for (i = 0; i < 16; i++)
		for (b = 0; b < 256; b++) {
			enum proxy_fault fault;

			memcpy(header, good, sizeof(header));
			header[i] = (char)b;
			fault = feed(header, sizeof(header), PROXY_MAX, &used);
			if (i < 12 && b != (unsigned char)good[i])
				ck_assert_int_eq(fault, PROXY_NONE);
			else if (i == 12 && b != 0x20 && b != 0x21)
				ck_assert(fault == PROXY_VERSION ||
				    fault == PROXY_COMMAND);
			else if (i == 13 && (b >> 4 > 3 || (b & 15) > 2))
				ck_assert_int_eq(fault, PROXY_FAMILY);
			else if (i == 14 && b != 0) /* longer, or too long */
				ck_assert(fault == PROXY_TRUNCATED ||
				    fault == PROXY_LENGTH);
			else if (i == 15 && b < 12)
				ck_assert_int_eq(fault, PROXY_SHORT);
			else if (i == 15 && b > 12)
				ck_assert_int_eq(fault, PROXY_TRUNCATED);
			if (fault == PROXY_FINE && p.kind == PROXY_TCP)
				ck_assert(b == (unsigned char)good[i]);
		}
}
END_TEST

START_TEST(each_fault_has_words)
{
	int i, j;

	for (i = 0; i < PROXY_NFAULTS; i++)
		for (j = 0; j < i; j++)
			ck_assert_str_ne(proxy_words((enum proxy_fault)i),
			    proxy_words((enum proxy_fault)j));
	ck_assert_str_eq(proxy_words(PROXY_NFAULTS), "unknown");
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, v1_of_both_families);
	tcase_add_test(tc, v1_unknown);
	tcase_add_loop_test(tc, v1_bad_lines, 0, COUNT(bad_lines));
	tcase_add_test(tc, v1_too_long);
	tcase_add_test(tc, v1_every_corruption);
	tcase_add_test(tc, v2_of_both_families);
	tcase_add_test(tc, v2_without_an_address);
	tcase_add_loop_test(tc, v2_bad_headers, 0, COUNT(bad_headers));
	tcase_add_test(tc, v2_checksum);
	tcase_add_test(tc, v2_every_corruption);
	tcase_add_test(tc, each_fault_has_words);
}

int
main(void)
{
	return unit_run("proxy", add);
}
