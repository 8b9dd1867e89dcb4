/*
 * proxy.h -- the PROXY protocol, versions 1 and 2, from the receiver's side.
 *
 * Section numbers refer to
 * https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt.  Pure: the
 * caller reads the bytes; nothing is logged or allocated.
 */

#ifndef PROXY_H
#define PROXY_H

#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

/* The longest header accepted.  Version 2 allows 65551 bytes. */
#define PROXY_MAX 4096

/* Why a header was refused.  The caller sets those marked "reader". */
enum proxy_fault {
	PROXY_FINE,
	PROXY_NONE,	 /* the first bytes are not those of a header */
	PROXY_CLOSED,	 /* reader: closed before the first byte */
	PROXY_TRUNCATED, /* reader: closed within the header */
	PROXY_RESET,	 /* reader: connection reset */
	PROXY_LATE,	 /* reader: not complete in time */
	PROXY_LINE,	 /* v1: no CRLF in 107 bytes */
	PROXY_CRLF,	 /* v1: CR without LF, LF without CR, or a NUL */
	PROXY_WORDS,	 /* v1: wrong words or blanks */
	PROXY_ADDRESS,	 /* v1: not an address of the given family */
	PROXY_PORT,	 /* v1: not a port */
	PROXY_VERSION,	 /* v2: another version number */
	PROXY_COMMAND,	 /* v2: neither LOCAL nor PROXY */
	PROXY_FAMILY,	 /* v2: unknown family or protocol */
	PROXY_LENGTH,	 /* v2: longer than PROXY_MAX */
	PROXY_SHORT,	 /* v2: too short for its addresses */
	PROXY_TLV,	 /* v2: the end of a TLV is missing */
	PROXY_CHECKSUM,	 /* v2: PP2_TYPE_CRC32C is wrong */
	PROXY_NFAULTS
};

/* What a header describes. */
enum proxy_kind {
	PROXY_TCP,     /* a client with known addresses */
	PROXY_UNKNOWN, /* a client of unknown address (2.1, 2.2) */
	PROXY_LOCAL,   /* the proxy itself, for a health check (2.2) */
};

struct proxy {
	enum proxy_kind kind;
	/* Set for PROXY_TCP; IPv4-mapped addresses are unmapped. */
	struct addr client, server;
};

/*
 * Parse a header whose first LEN bytes are in BUF.  *MORE is set to the number
 * of bytes that are missing at least; reading that many never goes beyond the
 * header.  When it is 0, LEN is the header's length and P is set.
 *
 * Returns PROXY_FINE, or the fault, which no further byte could correct.
 */
enum proxy_fault proxy_parse(
    const void *buf, size_t len, struct proxy *p, size_t *more);

/*
 * The CRC32C (RFC 4960, appendix B) of the LEN bytes of HEADER, with the four
 * bytes at AT, where the checksum belongs, replaced by zeros.
 */
uint32_t proxy_checksum(const void *header, size_t len, size_t at);

/* The fault as the log has it: "v1: bad port". */
const char *proxy_words(enum proxy_fault fault);

#endif
