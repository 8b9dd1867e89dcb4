/*
 * state_sources.h -- the part of the state (state.h) about sources.
 */

#ifndef STATE_SOURCES_H
#define STATE_SOURCES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/record.h"

struct takeover;

/* A bucket that is not full. */
struct source_record {
	const char *service; /* NULL: all */
	const char *source;
	int64_t full_at;
};

enum { SOURCE_FIELDS = 3 };
extern const struct record_field source_fields[SOURCE_FIELDS];

/* ARG is a struct takeover, whose stats are complete. */
bool take_source(void *arg, const void *record);

void state_write_sources(struct record_writer *w,
    const struct record_kind *kind, const struct takeover *t);

#endif
