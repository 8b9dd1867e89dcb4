#include "haild/takeover/state_leftovers.h"

#include <limits.h>

#include "haild/children/children.h"
#include "haild/children/leftovers.h"
#include "haild/takeover/state_relays.h"
#include "haild/takeover/takeover.h"

const struct record_field leftover_fields[LEFTOVER_FIELDS] = {
	NUMBER(leftover_record, sid, "sid", 2, INT_MAX),
};
const struct record_field linger_fields[LINGER_FIELDS] = {
	NUMBER(linger_process, pid, "pid", 2, INT_MAX),
	FD(linger_process, fd, "channel", 1),
};

bool
take_leftover(void *arg, const void *record)
{
	const struct leftover_record *r = record;
	struct takeover *t = arg;

	leftovers_note(t->leftovers, r->sid);
	return true;
}

/* Sessions that it does not know may be among those that it is told of. */
bool
take_linger(void *arg, const void *record)
{
	const struct linger_process *r = record;
	struct takeover *t = arg;
	uint32_t i;

	if (r->pid == *t->logger || children_find(t->children, r->pid) != NULL)
		return false;
	for (i = 0; i < LINGER_PROCESSES && t->linger[i].fd != -1; i++)
		if (t->linger[i].pid == r->pid)
			return false;
	if (i == LINGER_PROCESSES)
		return false;
	t->linger[i] = *r;
	for (i = 0; i < t->children->used; i++)
		t->children->slots[i].lingers = true;
	return true;
}

void
state_write_leftovers(struct record_writer *w, const struct record_kind *kind,
    const struct takeover *t)
{
	struct leftover_record r;
	size_t i;

	for (i = 0; i < t->leftovers->n; i++) {
		r.sid = t->leftovers->sids[i];
		record_write(w, kind, &r);
	}
}

void
state_write_linger(struct record_writer *w, const struct record_kind *kind,
    const struct takeover *t)
{
	size_t i;

	for (i = 0; i < LINGER_PROCESSES; i++)
		if (t->linger[i].fd != -1)
			record_write(w, kind, &t->linger[i]);
}
