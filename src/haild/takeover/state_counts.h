/*
 * state_counts.h -- the part of the state (state.h) about what services and
 * sessions have used.
 */

#ifndef STATE_COUNTS_H
#define STATE_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/record.h"

struct children;
struct service_stats_list;

/* One number of struct service_counts that is not 0. */
struct count_record {
	const char *service;
	const char *kind; /* a name in state_counts.c */
	uint32_t at;	  /* index among those of its kind */
	uint64_t value;
};

/* What a relay has reported of a live session. */
struct bytes_record {
	uint32_t slot;
	uint64_t in, out;
};

enum { COUNT_FIELDS = 4, BYTES_FIELDS = 3 };
extern const struct record_field count_fields[COUNT_FIELDS];
extern const struct record_field bytes_fields[BYTES_FIELDS];

/* ARG is a struct takeover, whose stats and children are complete. */
bool take_count(void *arg, const void *record);
bool take_bytes(void *arg, const void *record);

void state_write_counts(struct record_writer *w, const struct record_kind *kind,
    const struct service_stats_list *all);
void state_write_bytes(struct record_writer *w, const struct record_kind *kind,
    const struct children *children);

#endif
