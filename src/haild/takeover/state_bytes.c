#include "haild/takeover/state_bytes.h"

#include <string.h>

#include "haild/children/children.h"
#include "haild/children/service_stats.h"
#include "haild/takeover/state_relays.h"
#include "haild/takeover/takeover.h"

const struct record_field bytes_fields[BYTES_FIELDS] = {
	NUMBER(bytes_record, slot, "slot", 0, SESSIONS_MAX - 1),
	NUMBER(bytes_record, in, "in", 0, INT64_MAX),
	NUMBER(bytes_record, out, "out", 0, INT64_MAX),
};

bool
take_bytes(void *arg, const void *record)
{
	const struct bytes_record *r = record;
	struct takeover *t = arg;
	struct child *c = &t->children->slots[r->slot];

	if (c->pid == 0 || c->has_bytes)
		return false;
	c->bytes_in = r->in;
	c->bytes_out = r->out;
	c->has_bytes = true;
	return true;
}

void
state_write_bytes(struct record_writer *w, const struct record_kind *kind,
    const struct children *children)
{
	const struct child *c;
	struct bytes_record r;

	for (r.slot = 0; r.slot < children->used; r.slot++) {
		c = &children->slots[r.slot];
		if (c->pid == 0 || !c->has_bytes)
			continue;
		r.in = c->bytes_in;
		r.out = c->bytes_out;
		record_write(w, kind, &r);
	}
}
