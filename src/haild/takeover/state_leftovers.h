/*
 * state_leftovers.h -- the part of the state (state.h) about what follows
 * sessions: leftover processes, and the processes that hold sockets.
 */

#ifndef STATE_LEFTOVERS_H
#define STATE_LEFTOVERS_H

#include <sys/types.h>

#include <stdbool.h>

#include "haild/children/linger.h"
#include "lib/record.h"

struct takeover;

struct leftover_record {
	pid_t sid;
};

enum { LEFTOVER_FIELDS = 1, LINGER_FIELDS = 2 };
extern const struct record_field leftover_fields[LEFTOVER_FIELDS];
extern const struct record_field linger_fields[LINGER_FIELDS];

/* ARG is a struct takeover, whose children are complete. */
bool take_leftover(void *arg, const void *record);
bool take_linger(void *arg, const void *record);

void state_write_leftovers(struct record_writer *w,
    const struct record_kind *kind, const struct takeover *t);
void state_write_linger(struct record_writer *w, const struct record_kind *kind,
    const struct takeover *t);

#endif
