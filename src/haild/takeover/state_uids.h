/*
 * state_uids.h -- the part of the state that is about uids of pools.
 */

#ifndef TAKEOVER_STATE_UIDS_H
#define TAKEOVER_STATE_UIDS_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "lib/record.h"

struct takeover;

/* A uid that is not free. */
struct uid_record {
	uid_t uid;
	uint8_t state; /* enum uid_state */
	uint32_t slot; /* of the session with UID_USED, else 0, */
	uint8_t which; /* and the index in its uids */
};

#define UID_FIELDS 4
extern const struct record_field uid_fields[UID_FIELDS];

bool take_uid(void *arg, const void *record);
void state_write_uids(struct record_writer *w, const struct record_kind *kind,
    const struct takeover *t);

#endif
