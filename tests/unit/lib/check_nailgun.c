/*
 * check_nailgun.c -- frames of the Nailgun protocol.
 */

#include "tests/unit/unit.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lib/nailgun.h"

/* What the stock C client sends for "uptime -p" with "hello\n" piped in. */
static const char client_stream[] =
    "\0\0\0\002A-p"
    "\0\0\0\0A"
    "\0\0\0\003EX=1"
    "\0\0\0\004D/tmp"
    "\0\0\0\006Cuptime"
    "\0\0\0\0H"
    "\0\0\0\0060hello\n"
    "\0\0\0\0."
    "\0\0\0\0H";
static const char client_frames[] =
    "A[-p] A[] E[X=1] D[/tmp] C[uptime] H[] 0[hello\n] .[] H[] ";

static const char server_stream[] =
    "\0\0\0\0S"
    "\0\0\0\0031one"
    "\0\0\0\0032two"
    "\0\0\0\0S"
    "\0\0\0\0011\0"
    "\0\0\0\002X0\n";
static const char server_frames[] = "S[] 1[one] 2[two] S[] 1[\\0] X[0\n] ";

struct bytes {
	const char *data;
	size_t len;
};

#define BYTES(literal)                       \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

/*
 * Decode LEN bytes, given in portions of at most STEP, into "T[payload] ", and
 * check that pieces follow each other.  A frame whose rest is missing is "T[".
 */
static enum nailgun_result
decode(struct nailgun *d, const char *data, size_t len, size_t step, char *text,
    size_t size)
{
	enum nailgun_result result = NAILGUN_MORE;
	struct nailgun_piece piece;
	const char *p, *end = data + len;
	size_t n, i, expected = 0;
	char word[16];

	text[0] = '\0';
	while (data < end) {
		p = data;
		n = (size_t)(end - data) < step ? (size_t)(end - data) : step;
		data += n;
		while ((result = nailgun_decode(d, &p, &n, &piece)) ==
		    NAILGUN_PIECE) {
			if (piece.offset == 0) {
				snprintf(word, sizeof(word), "%c[", piece.type);
				strlcat(text, word, size);
				expected = 0;
			}
			ck_assert_uint_eq(piece.offset, expected);
			expected += piece.len;
			for (i = 0; i < piece.len; i++) {
				snprintf(word, sizeof(word),
				    piece.data[i] != '\0' ? "%c" : "\\0",
				    piece.data[i]);
				strlcat(text, word, size);
			}
			ck_assert(piece.last == (expected == piece.length));
			if (piece.last)
				strlcat(text, "] ", size);
		}
		if (result == NAILGUN_WRONG)
			break;
		ck_assert_uint_eq(n, 0);
	}
	return result;
}

START_TEST(frames_may_arrive_in_any_pieces)
{
	struct nailgun d;
	char text[256];
	size_t step;

	for (step = 1; step < sizeof(client_stream); step++) {
		nailgun_init(&d, NAILGUN_CLIENT);
		ck_assert_int_eq(
		    decode(&d, client_stream, sizeof(client_stream) - 1, step,
			text, sizeof(text)),
		    NAILGUN_MORE);
		ck_assert_str_eq(text, client_frames);
		ck_assert(nailgun_is_between_frames(&d));
	}
	for (step = 1; step < sizeof(server_stream); step++) {
		nailgun_init(&d, NAILGUN_SERVER);
		ck_assert_int_eq(
		    decode(&d, server_stream, sizeof(server_stream) - 1, step,
			text, sizeof(text)),
		    NAILGUN_MORE);
		ck_assert_str_eq(text, server_frames);
		ck_assert(nailgun_is_between_frames(&d));
	}
}
END_TEST

/* The end at each place of a stream: a boundary only where a frame ends. */
static void
truncate_all(
    enum nailgun_side sender, const char *stream, size_t len, size_t frames)
{
	struct nailgun d;
	char text[256];
	size_t n, boundaries = 0;

	for (n = 1; n <= len; n++) {
		nailgun_init(&d, sender);
		ck_assert_int_eq(
		    decode(&d, stream, n, n, text, sizeof(text)), NAILGUN_MORE);
		boundaries += nailgun_is_between_frames(&d);
	}
	ck_assert_uint_eq(boundaries, frames);
}

START_TEST(a_truncated_frame_is_known_as_one)
{
	truncate_all(
	    NAILGUN_CLIENT, client_stream, sizeof(client_stream) - 1, 9);
	truncate_all(
	    NAILGUN_SERVER, server_stream, sizeof(server_stream) - 1, 6);
}
END_TEST

/* What comes first and fits: it must be C before 0, for example. */
static const char *
before(unsigned char type)
{
	return type == '0' || type == '.' ? "C" : "";
}

/* Feed the types of BEFORE as empty frames, then a header. */
static enum nailgun_result
feed(struct nailgun *d, enum nailgun_side sender, const char *types,
    uint32_t length, unsigned char type)
{
	unsigned char h[NAILGUN_HEADER_SIZE] = { 0 };
	struct nailgun_piece piece;
	const char *p;
	size_t n;

	nailgun_init(d, sender);
	for (; *types != '\0'; types++) {
		h[4] = (unsigned char)*types;
		p = (const char *)h;
		n = sizeof(h);
		ck_assert_int_eq(
		    nailgun_decode(d, &p, &n, &piece), NAILGUN_PIECE);
	}
	nailgun_header(h, type, length);
	p = (const char *)h;
	n = sizeof(h);
	return nailgun_decode(d, &p, &n, &piece);
}

/* Every type, from either side, with nothing in it. */
START_TEST(other_types_are_refused)
{
	static const char *const own[] = {
		[NAILGUN_CLIENT] = "AEDC0.H", [NAILGUN_SERVER] = "12SX"
	};
	struct nailgun d;
	int side, type;

	for (side = NAILGUN_CLIENT; side <= NAILGUN_SERVER; side++)
		for (type = 0; type < 256; type++)
			ck_assert_msg(feed(&d, side,
					  side == NAILGUN_CLIENT
					      ? before((unsigned char)type)
					      : "",
					  0, (unsigned char)type) ==
				(type != 0 && strchr(own[side], type) != NULL
					? NAILGUN_PIECE
					: NAILGUN_WRONG),
			    "side %d, type %d", side, type);
}
END_TEST

/* Fault 28. */
START_TEST(lengths_are_refused_by_the_header_alone)
{
	static const struct {
		unsigned char type;
		uint32_t max;
		enum nailgun_side sender;
	} cases[] = {
		{ 'A', 131072, NAILGUN_CLIENT },
		{ 'E', 131072, NAILGUN_CLIENT },
		{ 'D', 131072, NAILGUN_CLIENT },
		{ 'C', 131072, NAILGUN_CLIENT },
		{ '0', 131072, NAILGUN_CLIENT },
		{ '.', 0, NAILGUN_CLIENT },
		{ 'H', 0, NAILGUN_CLIENT },
		{ '1', 131072, NAILGUN_SERVER },
		{ '2', 131072, NAILGUN_SERVER },
		{ 'S', 0, NAILGUN_SERVER },
		{ 'X', 16, NAILGUN_SERVER },
	};
	static const uint32_t more[] = { 1, 2, 256, 65536, 16777216, 1U << 31,
		UINT32_MAX };
	char expected[NAILGUN_ERROR_MAX];
	enum nailgun_result result;
	struct nailgun d;
	uint32_t length;
	size_t i, j;

	for (i = 0; i < COUNT(cases); i++) {
		result = feed(&d, cases[i].sender, before(cases[i].type),
		    cases[i].max, cases[i].type);
		ck_assert_int_eq(
		    result, cases[i].max == 0 ? NAILGUN_PIECE : NAILGUN_MORE);
		for (j = 0; j < COUNT(more); j++) {
			length = cases[i].max + more[j];
			if (length <= cases[i].max)
				length = UINT32_MAX;
			result = feed(&d, cases[i].sender,
			    before(cases[i].type), length, cases[i].type);
			ck_assert_int_eq(result, NAILGUN_WRONG);
			snprintf(expected, sizeof(expected),
			    "frame of type '%c' with %u bytes, at most %u are "
			    "allowed",
			    cases[i].type, length, cases[i].max);
			ck_assert_str_eq(d.error, expected);
		}
	}
}
END_TEST

START_TEST(the_clients_frames_have_an_order)
{
	static const struct {
		const char *before;
		char type;
		bool taken;
	} cases[] = {
		{ "", 'E', true },
		{ "", 'D', true },
		{ "", 'C', true },
		{ "", '0', false },
		{ "", '.', false },
		{ "AA", 'A', true },
		{ "AEE", 'E', true },
		{ "AE", 'A', false },
		{ "AED", 'A', false },
		{ "AED", 'E', false },
		{ "AED", 'D', false },
		{ "AED", 'C', true },
		{ "AED", '0', false },
		{ "A", 'C', true },
		{ "AHEHD", 'H', true },
		{ "HAHEHD", 'C', true },
		{ "AEDC", 'A', false },
		{ "AEDC", 'E', false },
		{ "AEDC", 'D', false },
		{ "AEDC", 'C', false },
		{ "AEDC0H0", '0', true },
		{ "AEDC0", '.', true },
		{ "AEDC0", 'A', false },
	};
	char expected[NAILGUN_ERROR_MAX];
	struct nailgun d;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		ck_assert_msg(feed(&d, NAILGUN_CLIENT, cases[i].before, 0,
				  (unsigned char)cases[i].type) ==
			(cases[i].taken ? NAILGUN_PIECE : NAILGUN_WRONG),
		    "%c after %s", cases[i].type, cases[i].before);
		if (cases[i].taken)
			continue;
		snprintf(expected, sizeof(expected),
		    "frame of type '%c' out of order", cases[i].type);
		ck_assert_str_eq(d.error, expected);
	}
}
END_TEST

/* Fault 31: a second exit, too. */
START_TEST(nothing_follows_the_end)
{
	char expected[NAILGUN_ERROR_MAX];
	struct nailgun d;
	const char *p;

	for (p = "AEDC0."; *p != '\0'; p++) {
		ck_assert_int_eq(
		    feed(&d, NAILGUN_CLIENT, "C0.H", 0, (unsigned char)*p),
		    NAILGUN_WRONG);
		snprintf(expected, sizeof(expected),
		    "frame of type '%c' after the end", *p);
		ck_assert_str_eq(d.error, expected);
	}
	for (p = "12SX"; *p != '\0'; p++) {
		ck_assert_int_eq(
		    feed(&d, NAILGUN_SERVER, "12SX", 0, (unsigned char)*p),
		    NAILGUN_WRONG);
		snprintf(expected, sizeof(expected),
		    "frame of type '%c' after the end", *p);
		ck_assert_str_eq(d.error, expected);
	}
}
END_TEST

/* Where hail/1 is in effect, other lower-case frames are left out. */
START_TEST(extended_frames)
{
	static const char from_server[] =
	    "\0\0\0\003znew\0\0\0\0011o\0\0\0\0k\0\0\0\010vexit 0\tx"
	    "\0\0\0\001yn\0\0\0\001X0";
	static const char from_client[] =
	    "\0\0\0\0v\0\0\0\001Aa\0\0\0\001Cc\0\0\0\002kxx\0\0\0\0."
	    "\0\0\0\0k\0\0\0\0H";
	struct nailgun d;
	char text[256];
	size_t step;

	for (step = 1; step < sizeof(from_server); step++) {
		nailgun_init(&d, NAILGUN_SERVER);
		d.extended = true;
		ck_assert_int_eq(
		    decode(&d, from_server, sizeof(from_server) - 1, step, text,
			sizeof(text)),
		    NAILGUN_MORE);
		ck_assert_str_eq(text, "1[o] v[exit 0\tx] X[0] ");
		ck_assert(nailgun_is_between_frames(&d));
		nailgun_init(&d, NAILGUN_CLIENT);
		d.extended = true;
		ck_assert_int_eq(
		    decode(&d, from_client, sizeof(from_client) - 1, step, text,
			sizeof(text)),
		    NAILGUN_MORE);
		ck_assert_str_eq(text, "A[a] C[c] .[] H[] ");
	}
}
END_TEST

START_TEST(extended_frames_that_are_refused)
{
	static const struct {
		enum nailgun_side sender;
		struct bytes sent;
		const char *error;
	} cases[] = {
		{ NAILGUN_SERVER, BYTES("\0\0\0\0X\0\0\0\0z"),
		    "frame of type 'z' after the end" },
		{ NAILGUN_SERVER, BYTES("\0\0\0\0X\0\0\0\0v"),
		    "frame of type 'v' after the end" },
		{ NAILGUN_SERVER, BYTES("\0\0\0\0v\0\0\0\0v"),
		    "frame of type 'v' out of order" },
		{ NAILGUN_SERVER, BYTES("\0\0\0\0v\0\0\0\0011"),
		    "frame of type '1' out of order" },
		{ NAILGUN_SERVER, BYTES("\0\0\001\0v"),
		    "frame of type 'v' with 256 bytes, at most 255 are "
		    "allowed" },
		{ NAILGUN_SERVER, BYTES("\0\002\0\001z"),
		    "frame of type 'z' with 131073 bytes, at most 131072 are "
		    "allowed" },
		{ NAILGUN_SERVER, BYTES("\0\0\0\0Z"),
		    "frame of unknown type 'Z'" },
		{ NAILGUN_CLIENT, BYTES("\0\0\0\0{"),
		    "frame of unknown type '{'" },
	};
	struct nailgun d;
	char text[256];
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		nailgun_init(&d, cases[i].sender);
		d.extended = true;
		ck_assert_int_eq(
		    decode(&d, cases[i].sent.data, cases[i].sent.len,
			cases[i].sent.len, text, sizeof(text)),
		    NAILGUN_WRONG);
		ck_assert_str_eq(d.error, cases[i].error);
	}
}
END_TEST

START_TEST(errors_are_described)
{
	static const struct {
		enum nailgun_side sender;
		struct bytes sent;
		const char *error;
	} cases[] = {
		{ NAILGUN_CLIENT, BYTES("GET / HTTP/1.1\r\n"),
		    "frame of type '/' with 1195725856 bytes, at most 131072 "
		    "are allowed" },
		{ NAILGUN_SERVER, BYTES("SSH-2.0-OpenSSH_9.2\r\n"),
		    "frame of type '2' with 1397966893 bytes, at most 131072 "
		    "are allowed" },
		{ NAILGUN_CLIENT, BYTES("\x16\x03\x01\x02\x00\x01"),
		    "frame of type 0x00 with 369295618 bytes, at most 131072 "
		    "are allowed" },
		{ NAILGUN_CLIENT, BYTES("\0\0\0\003Labc"),
		    "frame of type 'L': split arguments are not supported" },
		{ NAILGUN_CLIENT, BYTES("\0\0\0\0a"),
		    "frame of unknown type 'a'" },
		{ NAILGUN_SERVER, BYTES("\0\0\0\0\033"),
		    "frame of unknown type 0x1b" },
		{ NAILGUN_CLIENT, BYTES("\0\0\0\0\377"),
		    "frame of unknown type 0xff" },
		{ NAILGUN_CLIENT, BYTES("\0\0\0\0X"),
		    "frame of type 'X', which only a server may send" },
		{ NAILGUN_SERVER, BYTES("\0\0\0\0C"),
		    "frame of type 'C', which only a client may send" },
	};
	struct nailgun d;
	char text[64];
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		nailgun_init(&d, cases[i].sender);
		ck_assert_int_eq(decode(&d, cases[i].sent.data,
				     cases[i].sent.len, 1, text, sizeof(text)),
		    NAILGUN_WRONG);
		ck_assert_str_eq(text, "");
		ck_assert_str_eq(d.error, cases[i].error);
	}
}
END_TEST

START_TEST(an_error_is_permanent)
{
	struct nailgun d;
	char text[64];

	nailgun_init(&d, NAILGUN_SERVER);
	ck_assert_int_eq(
	    decode(&d, "\0\0\0\0!\0\0\0\0S", 10, 10, text, sizeof(text)),
	    NAILGUN_WRONG);
	ck_assert_int_eq(
	    decode(&d, "\0\0\0\0S", 5, 5, text, sizeof(text)), NAILGUN_WRONG);
	ck_assert_str_eq(text, "");
	ck_assert_str_eq(d.error, "frame of unknown type '!'");
}
END_TEST

START_TEST(no_bytes_need_more)
{
	struct nailgun_piece piece;
	const char *p = NULL;
	struct nailgun d;
	size_t n = 0;

	nailgun_init(&d, NAILGUN_SERVER);
	ck_assert_int_eq(nailgun_decode(&d, &p, &n, &piece), NAILGUN_MORE);
	ck_assert(nailgun_is_between_frames(&d));
}
END_TEST

/* The data lies where it came in: nothing is copied. */
START_TEST(a_long_payload_comes_in_pieces)
{
	static char payload[NAILGUN_PAYLOAD_MAX];
	unsigned char header[NAILGUN_HEADER_SIZE];
	struct nailgun_piece piece;
	struct nailgun d;
	const char *p;
	size_t n, sum = 0;

	nailgun_init(&d, NAILGUN_SERVER);
	nailgun_header(header, NAILGUN_OUTPUT, sizeof(payload));
	ck_assert_mem_eq(header, "\0\002\0\0001", sizeof(header));
	p = (const char *)header;
	n = sizeof(header);
	ck_assert_int_eq(nailgun_decode(&d, &p, &n, &piece), NAILGUN_MORE);
	while (sum < sizeof(payload)) {
		p = payload + sum;
		n = sizeof(payload) - sum < 1000 ? sizeof(payload) - sum : 1000;
		ck_assert_int_eq(
		    nailgun_decode(&d, &p, &n, &piece), NAILGUN_PIECE);
		ck_assert_ptr_eq(piece.data, payload + sum);
		ck_assert_uint_eq(piece.length, sizeof(payload));
		ck_assert_uint_eq(piece.offset, sum);
		sum += piece.len;
		ck_assert(piece.last == (sum == sizeof(payload)));
		ck_assert_uint_eq(n, 0);
	}
	ck_assert(nailgun_is_between_frames(&d));
}
END_TEST

START_TEST(headers_can_be_read_back)
{
	static const size_t lengths[] = { 0, 1, 255, 256, 65535, 65536,
		NAILGUN_PAYLOAD_MAX };
	struct nailgun d;
	size_t i;

	for (i = 0; i < COUNT(lengths); i++) {
		ck_assert_int_ne(
		    feed(&d, NAILGUN_CLIENT, "", (uint32_t)lengths[i], 'A'),
		    NAILGUN_WRONG);
		ck_assert_uint_eq(d.length, lengths[i]);
	}
}
END_TEST

START_TEST(statuses)
{
	static const struct {
		struct bytes text;
		int status;
	} cases[] = {
		{ BYTES("0"), 0 },
		{ BYTES("0\n"), 0 },
		{ BYTES("0\r\n"), 0 },
		{ BYTES("00"), 0 },
		{ BYTES("1"), 1 },
		{ BYTES("127\n"), 127 },
		{ BYTES("255"), 255 },
		{ BYTES("007"), 7 },
		/* numbers, but not of a status: never 0 */
		{ BYTES("256"), 255 },
		{ BYTES("512\n"), 255 },
		{ BYTES("65536"), 255 },
		{ BYTES("4294967296"), 255 },
		{ BYTES("9999999999999999"), 255 },
		{ BYTES("-1\n"), 255 },
		{ BYTES("-256"), 255 },
		{ BYTES("-0"), 255 },
		/* no numbers */
		{ BYTES(""), -1 },
		{ BYTES("\n"), -1 },
		{ BYTES("\r\n"), -1 },
		{ BYTES("-"), -1 },
		{ BYTES("-\n"), -1 },
		{ BYTES("+1"), -1 },
		{ BYTES(" 1"), -1 },
		{ BYTES("1 "), -1 },
		{ BYTES("1\n\n"), -1 },
		{ BYTES("1\0"), -1 },
		{ BYTES("\0"), -1 },
		{ BYTES("0x1"), -1 },
		{ BYTES("1.0"), -1 },
		{ BYTES("ok"), -1 },
		{ BYTES("0ok"), -1 },
		{ BYTES("\033[2J"), -1 },
	};
	size_t i;

	for (i = 0; i < COUNT(cases); i++)
		ck_assert_msg(nailgun_status(cases[i].text.data,
				  cases[i].text.len) == cases[i].status,
		    "\"%s\" is %d", cases[i].text.data,
		    nailgun_status(cases[i].text.data, cases[i].text.len));
}
END_TEST

/* A client of commands can read all of it, however long the text is. */
START_TEST(a_refusal_is_two_frames)
{
	static char text[NAILGUN_TEXT_MAX + 10];
	char buf[NAILGUN_REFUSAL_MAX];
	struct nailgun_piece piece;
	const char *data = buf;
	struct nailgun d;
	size_t len;

	memset(text, 'x', sizeof(text) - 1);
	if (_i == 0)
		text[3] = '\0';
	len = nailgun_refusal(buf, text, 75);
	ck_assert_uint_le(len, sizeof(buf));
	nailgun_init(&d, NAILGUN_SERVER);
	ck_assert_int_eq(
	    nailgun_decode(&d, &data, &len, &piece), NAILGUN_PIECE);
	ck_assert_int_eq(piece.type, NAILGUN_ERROR);
	ck_assert_uint_eq(piece.len, _i == 0 ? 4 : NAILGUN_TEXT_MAX + 1);
	ck_assert_int_eq(piece.data[piece.len - 1], '\n');
	ck_assert_int_eq(
	    nailgun_decode(&d, &data, &len, &piece), NAILGUN_PIECE);
	ck_assert_int_eq(piece.type, NAILGUN_EXIT);
	ck_assert_int_eq(nailgun_status(piece.data, piece.len), 75);
	ck_assert_uint_eq(len, 0);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, frames_may_arrive_in_any_pieces);
	tcase_add_test(tc, a_truncated_frame_is_known_as_one);
	tcase_add_test(tc, other_types_are_refused);
	tcase_add_test(tc, lengths_are_refused_by_the_header_alone);
	tcase_add_test(tc, the_clients_frames_have_an_order);
	tcase_add_test(tc, nothing_follows_the_end);
	tcase_add_test(tc, extended_frames);
	tcase_add_test(tc, extended_frames_that_are_refused);
	tcase_add_test(tc, errors_are_described);
	tcase_add_test(tc, an_error_is_permanent);
	tcase_add_test(tc, no_bytes_need_more);
	tcase_add_test(tc, a_long_payload_comes_in_pieces);
	tcase_add_test(tc, headers_can_be_read_back);
	tcase_add_test(tc, statuses);
	tcase_add_loop_test(tc, a_refusal_is_two_frames, 0, 2);
}

int
main(void)
{
	return unit_run("nailgun", add);
}
