#include "lib/prefix.h"

#include <arpa/inet.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/number.h"

static unsigned int
bits_of(uint8_t family)
{
	return family == AF_INET ? 32 : 128;
}

/* Clear all but the first BITS.  Returns whether one of the others was set. */
static bool
clear_beyond(struct prefix *p, unsigned int bits)
{
	bool any = false;
	unsigned int i;

	for (i = bits; i < bits_of(p->family); i++) {
		uint8_t bit = (uint8_t)(0x80 >> i % 8);

		any |= (p->bytes[i / 8] & bit) != 0;
		p->bytes[i / 8] &= (uint8_t)~bit;
	}
	p->bits = (uint8_t)bits;
	return any;
}

bool
prefix_cut(
    struct prefix *p, const struct addr *a, unsigned int v4, unsigned int v6)
{
	struct addr plain = *a;

	addr_unmap(&plain);
	memset(p, 0, sizeof(*p));
	if (plain.sa.sa_family == AF_INET)
		memcpy(p->bytes, &plain.in.sin_addr, 4);
	else if (plain.sa.sa_family == AF_INET6)
		memcpy(p->bytes, &plain.in6.sin6_addr, 16);
	else
		return false;
	p->family = (uint8_t)plain.sa.sa_family;
	clear_beyond(p, p->family == AF_INET ? v4 : v6);
	return true;
}

const char *
prefix_print(const struct prefix *p, char *buf, size_t size)
{
	char host[INET6_ADDRSTRLEN];

	inet_ntop(p->family, p->bytes, host, sizeof(host));
	if (p->bits == bits_of(p->family))
		strlcpy(buf, host, size);
	else
		snprintf(buf, size, "%s/%u", host, p->bits);
	return buf;
}

/* The number after the slash, at most MAX, or -1. */
static int
parse_bits(const char *text, unsigned int max)
{
	uint64_t n;

	return number_read(&text, max, &n) && *text == '\0' ? (int)n : -1;
}

/* Read the first LEN bytes of TEXT.  Returns whether they are an address. */
static bool
parse_address(struct addr *a, const char *text, size_t len)
{
	char host[INET6_ADDRSTRLEN + 1];

	if (len >= sizeof(host))
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	return strchr(host, '%') == NULL && addr_from_numeric(a, host, 0) == 0;
}

int
prefix_parse(struct prefix *p, const char *text, char *error, size_t size)
{
	const char *slash = strchrnul(text, '/');
	char right[PREFIX_TEXT_MAX];
	unsigned int mapped, max;
	struct addr a;
	int bits;

	if (!parse_address(&a, text, (size_t)(slash - text))) {
		snprintf(error, size,
		    "\"%s\" is neither an address nor a prefix, such as "
		    "\"192.0.2.0/24\"",
		    text);
		return -1;
	}
	prefix_cut(p, &a, 32, 128);
	/* The length of ::ffff:0:0/96, which precedes a mapped address. */
	mapped = a.sa.sa_family == AF_INET6 && p->family == AF_INET ? 96 : 0;
	max = bits_of(p->family) + mapped;
	bits = *slash == '\0' ? (int)max : parse_bits(slash + 1, max);
	if (bits == -1)
		snprintf(error, size,
		    "\"%s\": a prefix length is a number from 0 to %u", text,
		    max);
	else if ((unsigned int)bits < mapped)
		snprintf(error, size, "\"%s\": bits beyond the prefix are set",
		    text);
	else if (clear_beyond(p, (unsigned int)bits - mapped))
		snprintf(error, size,
		    "\"%s\": bits beyond the prefix are set; did you mean %s?",
		    text, prefix_print(p, right, sizeof(right)));
	else
		return 0;
	return -1;
}

/* --- sets --- */

/* Order by family and address; at the same address, larger networks first. */
static int
compare(const struct prefix *a, const struct prefix *b)
{
	int order;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	if ((order = memcmp(a->bytes, b->bytes, sizeof(a->bytes))) != 0)
		return order;
	return (int)a->bits - (int)b->bits;
}

static int
compare_nodes(const void *a, const void *b)
{
	return compare(&((const struct prefix_node *)a)->prefix,
	    &((const struct prefix_node *)b)->prefix);
}

/* Whether INNER is within OUTER. */
static bool
contains(const struct prefix *outer, const struct prefix *inner)
{
	struct prefix cut = *inner;

	if (outer->family != inner->family || outer->bits > inner->bits)
		return false;
	clear_beyond(&cut, outer->bits);
	return memcmp(outer, &cut, sizeof(cut)) == 0;
}

size_t
prefixes_link(struct prefix_node *list, size_t n)
{
	size_t i, used = 0;
	uint32_t at;

	if (n > 0)
		qsort(list, n, sizeof(*list), compare_nodes);
	for (i = 0; i < n; i++) {
		if (used > 0 && compare_nodes(&list[used - 1], &list[i]) == 0)
			continue;
		/* Its parent: the one before it, or an ancestor of that. */
		for (at = (uint32_t)used; at != 0; at = list[at - 1].parent)
			if (contains(&list[at - 1].prefix, &list[i].prefix))
				break;
		list[used] = list[i];
		list[used++].parent = at;
	}
	return used;
}

const struct prefix_node *
prefixes_find(const struct prefixes *all, const struct addr *a)
{
	size_t low = 0, high = all->n, middle;
	struct prefix whole;

	if (all->n == 0 || !prefix_cut(&whole, a, 32, 128))
		return NULL;
	/* The last one that starts at or before A, or an ancestor of that. */
	while (low < high) {
		middle = (low + high) / 2;
		if (compare(&all->list[middle].prefix, &whole) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	while (low != 0 && !contains(&all->list[low - 1].prefix, &whole))
		low = all->list[low - 1].parent;
	return low == 0 ? NULL : &all->list[low - 1];
}

int
prefixes_match(const struct prefixes *all, const struct addr *a)
{
	const struct prefix_node *found = prefixes_find(all, a);

	return found == NULL ? -1 : found->prefix.bits;
}
