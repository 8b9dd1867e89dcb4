/*
 * prefix.h -- networks: parse, print, mask an address, match the longest.
 *
 * Pure.  IPv4-mapped IPv6 addresses (RFC 4291, section 2.5.5.2) count as IPv4.
 */

#ifndef PREFIX_H
#define PREFIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

/* Bytes without padding, so that memcmp and a hash work on the whole. */
struct prefix {
	uint8_t family;	   /* AF_INET or AF_INET6 */
	uint8_t bits;	   /* 0 to 32 or 128 */
	uint8_t bytes[16]; /* the address; all bits after BITS are 0 */
};

#define PREFIX_TEXT_MAX 64

/*
 * Read "192.0.2.0/24", "2001:db8::/32", or an address, which is a prefix of all
 * its bits.  Returns 0, or -1 with a message that quotes TEXT in ERROR.
 */
int prefix_parse(struct prefix *p, const char *text, char *error, size_t size);

/* Write it as prefix_parse reads it; no "/32", no "/128".  Returns BUF. */
const char *prefix_print(const struct prefix *p, char *buf, size_t size);

/*
 * Make P of the first V4 (IPv4) or V6 (IPv6) bits of A.  Returns false for
 * other families.
 */
bool prefix_cut(
    struct prefix *p, const struct addr *a, unsigned int v4, unsigned int v6);

/* A sorted set; each prefix knows the smallest other one that contains it. */
struct prefix_node {
	struct prefix prefix;
	uint32_t parent; /* its index plus 1; 0: none */
	int32_t line;	 /* where it was written; 0: that of its setting */
};
struct prefixes {
	const struct prefix_node *list; /* NULL: the setting is absent */
	size_t n;
};

/*
 * Sort the N nodes of LIST, drop duplicates and set the parents.  Returns how
 * many are left.
 */
size_t prefixes_link(struct prefix_node *list, size_t n);

/*
 * The longest prefix that contains A, or NULL.  Takes log2 n steps plus one for
 * each level of nesting.
 */
const struct prefix_node *prefixes_find(
    const struct prefixes *all, const struct addr *a);

/* The length of that prefix, or -1. */
int prefixes_match(const struct prefixes *all, const struct addr *a);

#endif
