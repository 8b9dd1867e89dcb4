/*
 * proxy.h -- the PROXY protocol, versions 1 and 2, from the receiver's side.
 *
 * https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt; section numbers
 * are its.  Pure: bytes come in, nothing is read, logged or allocated.
 */

#ifndef PROXY_H
#define PROXY_H

#include <stddef.h>

#include "lib/addr.h"

/* The longest header that is taken.  Version 2 could say up to 65551 bytes. */
#define PROXY_MAX 4096

/* What is wrong with a header. */
enum proxy_fault {
	PROXY_FINE,
	PROXY_NONE,	 /* these are not the first bytes of one */
	PROXY_CLOSED,	 /* not one byte came (said by who reads) */
	PROXY_TRUNCATED, /* it ended within (said by who reads) */
	PROXY_RESET,	 /* the proxy gave up (said by who reads) */
	PROXY_LATE,	 /* it took too long (said by who reads) */
	PROXY_LINE,	 /* v1: no CRLF in 107 bytes */
	PROXY_CRLF,	 /* v1: CR without LF, LF without CR, or a NUL */
	PROXY_WORDS,	 /* v1: not the words, or the blanks, of a line */
	PROXY_ADDRESS,	 /* v1: not an address of that family */
	PROXY_PORT,	 /* v1: not a port */
	PROXY_VERSION,	 /* v2: of another version */
	PROXY_COMMAND,	 /* v2: neither LOCAL nor PROXY */
	PROXY_FAMILY,	 /* v2: no family, or no protocol, that there is */
	PROXY_LENGTH,	 /* v2: longer than PROXY_MAX */
	PROXY_SHORT,	 /* v2: too short for its addresses */
	PROXY_TLV,	 /* v2: what follows them is cut off */
	PROXY_CHECKSUM,	 /* v2: PP2_TYPE_CRC32C is wrong */
	PROXY_NFAULTS
};

/* What a header says. */
enum proxy_kind {
	PROXY_TCP,     /* client and server are known */
	PROXY_UNKNOWN, /* a client whose address cannot be said (2.1, 2.2) */
	PROXY_LOCAL,   /* the proxy itself, which has no client now (2.2) */
};

struct proxy {
	enum proxy_kind kind;
	/* Of PROXY_TCP: both IPv4 or IPv6, v4-mapped ones unmapped. */
	struct addr client, server;
};

/*
 * Read a header whose first LEN bytes are in BUF.  *MORE is how many bytes at
 * least are still to come: as many can be read without touching what follows
 * the header.  When it is 0, LEN is the header's length, and P is what it says.
 *
 * Returns PROXY_FINE, or what is wrong: then no byte that might follow can make
 * it right.
 */
enum proxy_fault proxy_parse(
    const void *buf, size_t len, struct proxy *p, size_t *more);

/* Fixed words for the log: "v1: bad port". */
const char *proxy_words(enum proxy_fault fault);

#endif
