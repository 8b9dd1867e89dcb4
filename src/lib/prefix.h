/*
 * prefix.h -- networks: parse, print, cut an address to one, find the longest.
 *
 * Pure.  IPv4-mapped IPv6 (RFC 4291, section 2.5.5.2) is IPv4 everywhere here.
 */

#ifndef PREFIX_H
#define PREFIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

/* Bytes alone, so that two can be compared and hashed as a whole. */
struct prefix {
	uint8_t family;	   /* AF_INET or AF_INET6 */
	uint8_t bits;	   /* 0 to 32 or 128 */
	uint8_t bytes[16]; /* of the address; what is beyond BITS is 0 */
};

#define PREFIX_TEXT_MAX 64

/*
 * Read "192.0.2.0/24", "2001:db8::/32", or an address, which is all its bits.
 * Returns 0; or -1 with what is wrong, TEXT in it, in ERROR.
 */
int prefix_parse(struct prefix *p, const char *text, char *error, size_t size);

/* Write it as prefix_parse reads it, an address without "/32".  Returns BUF. */
const char *prefix_print(const struct prefix *p, char *buf, size_t size);

/*
 * The first V4 or V6 bits of A, as its family says.  Returns false if it is
 * neither IPv4 nor IPv6.
 */
bool prefix_cut(
    struct prefix *p, const struct addr *a, unsigned int v4, unsigned int v6);

/* A set of prefixes, in order, each with the next larger one that has it. */
struct prefix_node {
	struct prefix prefix;
	uint32_t parent; /* its index and 1; 0: none */
};
struct prefixes {
	const struct prefix_node *list; /* NULL: never written */
	size_t n;
};

/*
 * Sort the N nodes of LIST, drop what is there twice, and link them.  Returns
 * how many there are.
 */
size_t prefixes_link(struct prefix_node *list, size_t n);

/*
 * The length of the longest prefix that A is in, -1 when there is none.  Takes
 * log2 n steps, and one for each prefix around the place where it ends.
 */
int prefixes_match(const struct prefixes *all, const struct addr *a);

#endif
