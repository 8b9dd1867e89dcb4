#include "haild/takeover/state_uids.h"

#include "haild/children/children.h"
#include "haild/containment/uids.h"
#include "haild/takeover/takeover.h"

const struct record_field uid_fields[UID_FIELDS] = {
	RECORD_FIELD(
	    "uid", RECORD_NUMBER, struct uid_record, uid, 1, UINT32_MAX - 1),
	RECORD_FIELD("state", RECORD_NUMBER, struct uid_record, state, UID_USED,
	    UID_HELD),
	RECORD_FIELD("slot", RECORD_NUMBER, struct uid_record, slot, 0,
	    SESSIONS_MAX - 1),
	RECORD_FIELD("which", RECORD_NUMBER, struct uid_record, which, 0, 1),
};

bool
take_uid(void *arg, const void *record)
{
	const struct uid_record *r = record;
	struct takeover *t = arg;
	struct child *c = &t->children->slots[r->slot];

	if (r->state == UID_USED) {
		if (c->pid == 0 || c->uids[r->which] != 0)
			return false;
		c->uids[r->which] = r->uid;
	}
	return uids_restore(t->uids, r->uid, r->state) == 0;
}

struct writer {
	struct record_writer *w;
	const struct record_kind *kind;
};

static void
write_mark(void *arg, const struct uid_mark *mark)
{
	const struct writer *to = arg;

	record_write(to->w, to->kind,
	    &(struct uid_record) { .uid = mark->uid, .state = mark->state });
}

void
state_write_uids(struct record_writer *w, const struct record_kind *kind,
    const struct takeover *t)
{
	struct uid_record r = { .state = UID_USED };
	const struct child *c;

	for (r.slot = 0; r.slot < t->children->used; r.slot++) {
		c = &t->children->slots[r.slot];
		for (r.which = 0; c->pid != 0 && r.which < 2; r.which++)
			if ((r.uid = c->uids[r.which]) != 0)
				record_write(w, kind, &r);
	}
	uids_each_mark(t->uids, write_mark, &(struct writer) { w, kind });
}
