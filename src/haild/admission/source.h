/*
 * source.h -- the source by which a client is counted: its identity, its
 * address cut to a prefix, or its uid on a Unix socket; for one service or for
 * all.  Pure.
 */

#ifndef SOURCE_H
#define SOURCE_H

#include <sys/types.h>

#include <stdint.h>

#include "lib/prefix.h"

#define SOURCE_IDENTITY 255 /* no family of addresses has this number */

struct source {
	uint64_t service; /* sources_service; 0: of all services */
	/*
	 * Family AF_UNIX: a uid, as its first bytes.  SOURCE_IDENTITY: a hash
	 * of 16 bytes, so that entries stay small.
	 */
	struct prefix prefix;
	uint32_t scope; /* of a link-local address, RFC 4007; 0: none */
};

/* The source of a client by address; V4 and V6 are the lengths of prefixes. */
void source_make(struct source *source, uint64_t service,
    const struct addr *addr, uid_t uid, unsigned int v4, unsigned int v6);

/*
 * The source of a client by identity.  The hash has a fixed key, so that an
 * upgrade does not change it.
 */
void source_make_identity(
    struct source *source, uint64_t service, const char *identity);

/*
 * Write "192.0.2.0/24", "fe80::/64%3" (with the number of the interface),
 * "uid:1000", or "identity:" and 32 hexadecimal digits into BUF, which is
 * returned; read it.
 */
#define SOURCE_TEXT_MAX (PREFIX_TEXT_MAX + sizeof("%4294967295"))
const char *source_print(const struct source *source, char *buf, size_t size);
int source_parse(struct source *source, const char *text);

#endif
