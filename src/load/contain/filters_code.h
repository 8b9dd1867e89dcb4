/*
 * filters_code.h -- from what is denied to instructions.
 */

#ifndef FILTERS_CODE_H
#define FILTERS_CODE_H

#include <linux/filter.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILTER_SET_MAX 1024

/* Numbers of calls, or families. */
struct filter_set {
	bool denies; /* those in it are denied, else all others are */
	size_t n;
	int list[FILTER_SET_MAX];
};

/* From here on numbers are of no table: ARM's own calls, x32. */
#define FILTER_NUMBERS_END 0xf0000

struct filter_plan {
	struct filter_set calls;
	const struct filter_set *families; /* of sockets; NULL: any */
	bool no_namespaces;
	/*
	 * Without calls.denies: the highest number of a call that libseccomp
	 * knows.
	 */
	int newest;
};

/* The number of the call NAME; less than 0: this architecture has none. */
int filter_number(const char *name);

/* Whether the call or family I is denied. */
bool filter_denies(const struct filter_set *set, int i);

void filter_set_add(struct filter_set *set, int i);
void filter_set_remove(struct filter_set *set, int i);

/* Instructions on the heap, *LEN of them. */
struct sock_filter *filter_assemble(
    const struct filter_plan *plan, uint16_t *len);

#endif
