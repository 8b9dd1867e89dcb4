/*
 * state_relays.h -- the part of the state (state.h) about TLS, and the macros
 * for tables of fields.
 */

#ifndef STATE_RELAYS_H
#define STATE_RELAYS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/record.h"

struct children;
struct relays;

#define TIME_MAX (INT64_MAX / 2) /* room to add a duration */

/* Fields of the struct S. */
#define NUMBER(s, member, name, min, max) \
	RECORD_FIELD(name, RECORD_NUMBER, struct s, member, min, max)
#define FLAG(s, member, name) NUMBER(s, member, name, 0, 1)
#define TIME(s, member, name) NUMBER(s, member, name, 0, TIME_MAX)
#define FD(s, member, name, min) \
	RECORD_FIELD(name, RECORD_FD, struct s, member, min, 0)
#define WORD(s, member, name, min, max) \
	RECORD_FIELD(name, RECORD_WORD, struct s, member, min, max)
#define ADDRESS(s, member, name, min) \
	RECORD_FIELD(name, RECORD_ADDRESS, struct s, member, min, 0)

/* The identity of a session's client. */
struct identity_record {
	uint32_t slot;
	const char *name;
};

enum { RELAY_FIELDS = 9, IDENTITY_FIELDS = 2 };
extern const struct record_field relay_fields[RELAY_FIELDS];
extern const struct record_field identity_fields[IDENTITY_FIELDS];

/* ARG is a struct takeover, whose children are complete. */
bool take_relay(void *arg, const void *record);
bool take_identity(void *arg, const void *record);

void state_write_relays(struct record_writer *w, const struct record_kind *kind,
    const struct relays *relays);
void state_write_identities(struct record_writer *w,
    const struct record_kind *kind, const struct children *children);

#endif
