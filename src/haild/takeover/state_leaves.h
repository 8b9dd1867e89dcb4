/*
 * state_leaves.h -- the part of the state (state.h) about cgroups of sessions.
 */

#ifndef STATE_LEAVES_H
#define STATE_LEAVES_H

#include "haild/containment/leaves.h"
#include "lib/record.h"

struct children;

/* The leaf of a live session. */
struct leaf_record {
	uint32_t slot;
	uint32_t which; /* CONTAINED_SESSION or _PROGRAM */
	struct leaf leaf;
};

enum { LEAF_FIELDS = 8 };
extern const struct record_field leaf_fields[LEAF_FIELDS];

/* ARG is a struct takeover, whose children are complete. */
bool take_leaf(void *arg, const void *record);

void state_write_leaves(struct record_writer *w, const struct record_kind *kind,
    const struct children *children, const struct leaves *leaves);

#endif
