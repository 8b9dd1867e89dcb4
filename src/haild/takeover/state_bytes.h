/*
 * state_bytes.h -- the part of the state (state.h) about the bytes of live
 * sessions.
 */

#ifndef STATE_BYTES_H
#define STATE_BYTES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/record.h"

struct children;

/* What a relay has reported of a live session. */
struct bytes_record {
	uint32_t slot;
	uint64_t in, out;
};

enum { BYTES_FIELDS = 3 };
extern const struct record_field bytes_fields[BYTES_FIELDS];

/* ARG is a struct takeover, whose children are complete. */
bool take_bytes(void *arg, const void *record);

void state_write_bytes(struct record_writer *w, const struct record_kind *kind,
    const struct children *children);

#endif
