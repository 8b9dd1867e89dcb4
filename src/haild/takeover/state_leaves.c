#include "haild/takeover/state_leaves.h"

#include "haild/children/children.h"
#include "haild/children/service_stats.h"
#include "haild/takeover/state_relays.h"
#include "haild/takeover/takeover.h"

const struct record_field leaf_fields[LEAF_FIELDS] = {
	NUMBER(leaf_record, slot, "slot", 0, SESSIONS_MAX - 1),
	NUMBER(leaf_record, which, "which", 0, 1),
	NUMBER(leaf_record, leaf.number, "number", 1, UINT32_MAX),
	TIME(leaf_record, leaf.cpu, "cpu"),
	NUMBER(leaf_record, leaf.denied, "denied", 0, INT64_MAX),
	NUMBER(leaf_record, leaf.oom, "oom", 0, INT64_MAX),
	/* Whether there are such limits: what a limit ended is told by that. */
	NUMBER(leaf_record, leaf.limits.memory, "memory", 0, INT64_MAX),
	NUMBER(leaf_record, leaf.limits.tasks, "tasks", 0, INT64_MAX),
};

bool
take_leaf(void *arg, const void *record)
{
	const struct leaf_record *r = record;
	struct takeover *t = arg;
	struct child *c = &t->children->slots[r->slot];

	if (c->pid == 0 || c->unreapable || c->leaves[r->which] != 0)
		return false;
	/* Without cgroups now, the session goes on without its own. */
	c->leaves[r->which] =
	    leaves_restore(t->leaves, c->stats->name, &r->leaf);
	return true;
}

void
state_write_leaves(struct record_writer *w, const struct record_kind *kind,
    const struct children *children, const struct leaves *leaves)
{
	struct leaf_record r;

	for (r.slot = 0; r.slot < children->used; r.slot++) {
		const struct child *c = &children->slots[r.slot];

		for (r.which = 0; c->pid != 0 && r.which < 2; r.which++) {
			if (c->leaves[r.which] == 0)
				continue;
			r.leaf = *leaf_pools_at(leaves, c->leaves[r.which]);
			if (r.leaf.oom < 0)
				r.leaf.oom = 0;
			if (r.leaf.limits.memory < 0)
				r.leaf.limits.memory = 0;
			if (r.leaf.limits.tasks < 0)
				r.leaf.limits.tasks = 0;
			record_write(w, kind, &r);
		}
	}
}
