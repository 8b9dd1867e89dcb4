#include "haild/takeover/state_relays.h"

#include <limits.h>

#include "haild/children/children.h"
#include "haild/relays/relays.h"
#include "haild/takeover/takeover.h"
#include "session/relay_channel.h"

const struct record_field relay_fields[RELAY_FIELDS] = {
	NUMBER(relay, slot, "slot", 0, SESSIONS_MAX - 1),
	NUMBER(relay, serial, "serial", 1, UINT32_MAX),
	NUMBER(relay, pid, "pid", 2, INT_MAX),
	NUMBER(relay, state, "state", RELAY_HANDSHAKE, RELAY_LAST),
	FD(relay, channel, "channel", 0),
	NUMBER(relay, gid, "gid", 0, UINT32_MAX),
	NUMBER(relay, gone, "gone", 0, (1U << RELAY_NGONE) - 1),
	TIME(relay, until, "until"),
	TIME(relay, deadline, "deadline"),
};
const struct record_field identity_fields[IDENTITY_FIELDS] = {
	NUMBER(identity_record, slot, "slot", 0, SESSIONS_MAX - 1),
	WORD(identity_record, name, "name", 1, IDENTITY_SIZE - 1),
};

/* Whether R, whose pid its session has, is past its handshake. */
static bool
is_session(const struct relay *r)
{
	return r->until == 0;
}

/* The session of R, if it is not over and its state fits the relay's. */
static bool
fits(const struct takeover *t, const struct relay *r, struct child **c)
{
	*c = children_at(t->children, r->slot, r->serial);
	/* Its slot is free only when it has been reaped. */
	if (*c != NULL && (*c)->unreapable)
		*c = NULL;
	if (*c != NULL && (*c)->relay != 0)
		return false;
	if (*c != NULL && (*c)->pid == r->pid && is_session(r))
		return r->state == RELAY_SERVING || r->state == RELAY_KILLED;
	if (*c != NULL && (*c)->pid == r->pid)
		return r->state == RELAY_HANDSHAKE ||
		    r->state == RELAY_REFUSED || r->state == RELAY_KILLED;
	if (children_find(t->children, r->pid) != NULL)
		return false;
	return *c != NULL
	    ? r->state == RELAY_SERVING || r->state == RELAY_KILLED
	    : r->state > RELAY_SERVING;
}

bool
take_relay(void *arg, const void *record)
{
	struct relay from = *(const struct relay *)record, *r;
	struct takeover *t = arg;
	struct child *c;

	if (from.pid == *t->logger || !fits(t, &from, &c))
		return false;
	if (from.channel == -1)
		from.channel = 0;
	if ((r = relays_restore(t->relays, &from)) == NULL)
		return false;
	if (c != NULL) {
		c->relay = relays_index(t->relays, r) + 1;
		c->handshake = c->pid == r->pid && !is_session(r);
		c->truncated = r->gone & 1U << RELAY_TRUNCATED;
	}
	return true;
}

bool
take_identity(void *arg, const void *record)
{
	const struct identity_record *r = record;
	struct takeover *t = arg;
	struct child *c = &t->children->slots[r->slot];

	if (c->pid == 0 || c->identified || !identity_is_valid(r->name))
		return false;
	children_identify(t->children, c, r->name);
	return true;
}

void
state_write_relays(struct record_writer *w, const struct record_kind *kind,
    const struct relays *relays)
{
	struct relay r;
	uint32_t i;

	for (i = 0; i < relays->used; i++) {
		r = relays->table[i];
		if (r.state == RELAY_UNUSED || r.state == RELAY_STARTING)
			continue;
		if (r.channel == 0)
			r.channel = -1;
		record_write(w, kind, &r);
	}
}

void
state_write_identities(struct record_writer *w, const struct record_kind *kind,
    const struct children *children)
{
	struct identity_record r;

	for (r.slot = 0; r.slot < children->used; r.slot++) {
		const struct child *c = &children->slots[r.slot];

		r.name = children_identity(children, c);
		if (c->pid != 0 && r.name != NULL)
			record_write(w, kind, &r);
	}
}
