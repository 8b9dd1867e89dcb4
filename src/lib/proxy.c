#include "lib/proxy.h"

#include <arpa/inet.h>

#include <stdint.h>
#include <string.h>

#include "lib/number.h"

#define V1_MIN 15  /* "PROXY UNKNOWN\r\n" */
#define V1_MAX 107 /* section 2.1 */
#define V2_FIXED 16

static const char v1_start[] = "PROXY ";
static const char v2_signature[] = "\r\n\r\n\0\r\nQUIT\n";

#define V1_START_LEN (sizeof(v1_start) - 1)
#define V2_SIGNATURE_LEN (sizeof(v2_signature) - 1)

static const char *const words[PROXY_NFAULTS] = {
	[PROXY_FINE] = "fine",
	[PROXY_NONE] = "no header",
	[PROXY_CLOSED] = "closed without a header",
	[PROXY_TRUNCATED] = "header cut short",
	[PROXY_RESET] = "reset",
	[PROXY_LATE] = "no header in time",
	[PROXY_LINE] = "v1: line too long",
	[PROXY_CRLF] = "v1: bad end of line",
	[PROXY_WORDS] = "v1: bad line",
	[PROXY_ADDRESS] = "v1: bad address",
	[PROXY_PORT] = "v1: bad port",
	[PROXY_VERSION] = "v2: bad version",
	[PROXY_COMMAND] = "v2: unknown command",
	[PROXY_FAMILY] = "v2: unknown family",
	[PROXY_LENGTH] = "v2: header too long",
	[PROXY_SHORT] = "v2: addresses cut short",
	[PROXY_TLV] = "v2: TLV cut short",
	[PROXY_CHECKSUM] = "v2: wrong checksum",
};

const char *
proxy_words(enum proxy_fault fault)
{
	return fault < PROXY_NFAULTS ? words[fault] : "unknown";
}

/* Make A an address of FAMILY.  Returns where its bytes belong. */
static void *
set_family(struct addr *a, int family)
{
	memset(a, 0, sizeof(*a));
	a->sa.sa_family = (sa_family_t)family;
	a->len = family == AF_INET ? sizeof(a->in) : sizeof(a->in6);
	if (family == AF_INET)
		return &a->in.sin_addr;
	return &a->in6.sin6_addr;
}

/* --- version 1 --- */

static enum proxy_fault
read_address(struct addr *a, int family, const char *text)
{
	return inet_pton(family, text, set_family(a, family)) == 1
	    ? PROXY_FINE
	    : PROXY_ADDRESS;
}

/* Section 2.1 forbids leading zeros. */
static enum proxy_fault
read_port(struct addr *a, const char *text)
{
	int64_t port;

	if (!number_parse(text, 0, 65535, &port))
		return PROXY_PORT;
	addr_set_port(a, (unsigned int)port);
	return PROXY_FINE;
}

/* LINE is the text between "PROXY " and CRLF. */
static enum proxy_fault
read_line(char *line, struct proxy *p)
{
	char *field[5];
	enum proxy_fault fault;
	int i, family;

	if (strcmp(line, "UNKNOWN") == 0 || strncmp(line, "UNKNOWN ", 8) == 0) {
		p->kind = PROXY_UNKNOWN;
		return PROXY_FINE;
	}
	for (i = 0; i < 5; i++)
		if ((field[i] = strsep(&line, " ")) == NULL ||
		    field[i][0] == '\0')
			return PROXY_WORDS;
	if (line != NULL)
		return PROXY_WORDS;
	if (strcmp(field[0], "TCP4") == 0)
		family = AF_INET;
	else if (strcmp(field[0], "TCP6") == 0)
		family = AF_INET6;
	else
		return PROXY_WORDS;
	if ((fault = read_address(&p->client, family, field[1])) ||
	    (fault = read_address(&p->server, family, field[2])) ||
	    (fault = read_port(&p->client, field[3])) ||
	    (fault = read_port(&p->server, field[4])))
		return fault;
	p->kind = PROXY_TCP;
	return PROXY_FINE;
}

static enum proxy_fault
parse_v1(const char *buf, size_t len, struct proxy *p, size_t *more)
{
	char line[V1_MAX + 1];
	size_t i;

	for (i = 0; i < len; i++) {
		if (buf[i] == '\0' || buf[i] == '\n')
			return PROXY_CRLF;
		if (buf[i] != '\r')
			continue;
		if (i + 1 == len)
			break;
		if (buf[i + 1] != '\n')
			return PROXY_CRLF;
		memcpy(line, buf, i);
		line[i] = '\0';
		return read_line(line + V1_START_LEN, p);
	}
	/* At least LF is missing, or CR and LF. */
	*more = i < len ? 1 : 2;
	if (len + *more < V1_MIN)
		*more = V1_MIN - len;
	return len + *more > V1_MAX ? PROXY_LINE : PROXY_FINE;
}

/* --- version 2 --- */

/* RFC 4960 appendix B; bit by bit, since headers are short. */
static uint32_t
crc32c(uint32_t crc, const uint8_t *p, size_t len)
{
	int bit;

	for (; len > 0; len--) {
		crc ^= *p++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return crc;
}

uint32_t
proxy_checksum(const void *header, size_t len, size_t at)
{
	static const uint8_t zeros[4];
	const size_t rest = at + sizeof(zeros);
	const uint8_t *p = header;
	uint32_t crc = UINT32_MAX;

	crc = crc32c(crc, p, at);
	crc = crc32c(crc, zeros, sizeof(zeros));
	return ~crc32c(crc, p + rest, len - rest);
}

/* Whether the four bytes at AT are the checksum. */
static bool
is_checksum(const uint8_t *header, size_t len, size_t at)
{
	uint32_t want;

	memcpy(&want, header + at, sizeof(want));
	return proxy_checksum(header, len, at) == ntohl(want);
}

#define PP2_TYPE_CRC32C 0x03
#define TLV_HEAD 3 /* type and length */

/* Section 2.2: types other than the checksum are skipped. */
static enum proxy_fault
check_tlvs(const uint8_t *header, size_t at, size_t len)
{
	size_t size;

	while (at < len) {
		if (len - at < TLV_HEAD)
			return PROXY_TLV;
		size = (size_t)header[at + 1] << 8 | header[at + 2];
		if (size > len - at - TLV_HEAD)
			return PROXY_TLV;
		if (header[at] == PP2_TYPE_CRC32C &&
		    (size != 4 || !is_checksum(header, len, at + TLV_HEAD)))
			return PROXY_CHECKSUM;
		at += TLV_HEAD + size;
	}
	return PROXY_FINE;
}

static void
take_addresses(struct proxy *p, const uint8_t *block, int family)
{
	struct addr *ends[] = { &p->client, &p->server };
	size_t size = family == AF_INET ? 4 : 16, i;
	uint16_t port;

	for (i = 0; i < 2; i++) {
		memcpy(set_family(ends[i], family), block + i * size, size);
		memcpy(&port, block + 2 * size + 2 * i, sizeof(port));
		addr_set_port(ends[i], ntohs(port));
	}
}

/*
 * Indexed by the high four bits of byte 13: the size in bytes of both addresses
 * and ports (section 2.2).
 */
static const struct {
	int family;
	size_t size;
} families[] = {
	{ AF_UNSPEC, 0 },
	{ AF_INET, 12 },
	{ AF_INET6, 36 },
	{ AF_UNIX, 216 },
};
#define NFAMILIES (sizeof(families) / sizeof(families[0]))

/* The low four bits of byte 13. */
enum { UNSPEC, STREAM, DGRAM, NPROTOCOLS };

enum { LOCAL = 0x20, PROXY = 0x21 };

static enum proxy_fault
check_fixed(const uint8_t *header, size_t size)
{
	if (header[12] >> 4 != 2)
		return PROXY_VERSION;
	if (header[12] != LOCAL && header[12] != PROXY)
		return PROXY_COMMAND;
	if (header[12] == PROXY &&
	    (header[13] >> 4 >= NFAMILIES || (header[13] & 15) >= NPROTOCOLS))
		return PROXY_FAMILY;
	if (V2_FIXED + size > PROXY_MAX)
		return PROXY_LENGTH;
	if (header[12] == PROXY && size < families[header[13] >> 4].size)
		return PROXY_SHORT;
	return PROXY_FINE;
}

static enum proxy_fault
parse_v2(const uint8_t *header, size_t len, struct proxy *p, size_t *more)
{
	enum proxy_fault fault;
	size_t size, which;

	if (len < V2_FIXED) {
		*more = V2_FIXED - len;
		return PROXY_FINE;
	}
	size = (size_t)header[14] << 8 | header[15];
	if ((fault = check_fixed(header, size)))
		return fault;
	if (len < V2_FIXED + size) {
		*more = V2_FIXED + size - len;
		return PROXY_FINE;
	}
	p->kind = header[12] == LOCAL ? PROXY_LOCAL : PROXY_UNKNOWN;
	which = header[13] >> 4;
	/* Without a family, the start of the TLVs is unknown. */
	if (p->kind == PROXY_LOCAL || families[which].family == AF_UNSPEC)
		return PROXY_FINE;
	if ((fault = check_tlvs(header, V2_FIXED + families[which].size, len)))
		return fault;
	if ((header[13] & 15) == STREAM && families[which].family != AF_UNIX) {
		p->kind = PROXY_TCP;
		take_addresses(p, header + V2_FIXED, families[which].family);
	}
	return PROXY_FINE;
}

/* --- both --- */

static bool
starts(const void *buf, size_t len, const char *with, size_t n)
{
	return memcmp(buf, with, len < n ? len : n) == 0;
}

enum proxy_fault
proxy_parse(const void *buf, size_t len, struct proxy *p, size_t *more)
{
	enum proxy_fault fault = PROXY_FINE;

	*more = 0;
	if (len == 0)
		*more = V1_MIN; /* shorter than any header of version 2 */
	else if (starts(buf, len, v1_start, V1_START_LEN))
		fault = parse_v1(buf, len, p, more);
	else if (starts(buf, len, v2_signature, V2_SIGNATURE_LEN))
		fault = parse_v2(buf, len, p, more);
	else
		fault = PROXY_NONE;
	if (fault == PROXY_FINE && *more == 0 && p->kind == PROXY_TCP) {
		addr_unmap(&p->client);
		addr_unmap(&p->server);
	}
	return fault;
}
