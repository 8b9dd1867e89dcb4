#include "haild/relays/ended.h"

#include <stdlib.h>

/* Report the session that waits for R, and forget it. */
static void
report(struct relays *all, struct relay *r)
{
	struct ended *e = r->ended;

	r->ended = NULL;
	TAILQ_REMOVE(&all->ended, e, entry);
	e->report(e);
	free(e);
}

bool
ended_hold(struct relays *all, struct relay *r, const struct ended *e)
{
	struct ended *copy;

	if (r->state != RELAY_SERVING || r->channel == 0 ||
	    (r->gone & RELAY_COUNTED) || (copy = malloc(sizeof(*copy))) == NULL)
		return false;
	*copy = *e;
	all->report_ended = report;
	copy->relay = relays_index(all, r);
	copy->deadline = e->at + ENDED_TIME;
	r->ended = copy;
	TAILQ_INSERT_TAIL(&all->ended, copy, entry);
	return true;
}

bool
ended_take_bytes(struct relays *all, struct relay *r, struct child *c,
    const struct relay_bytes *b)
{
	if (b->last > 1 || b->in > INT64_MAX || b->out > INT64_MAX)
		return false;
	if (r->ended != NULL)
		c = &r->ended->child;
	if (b->last)
		r->gone |= RELAY_COUNTED;
	if (c == NULL || (r->ended != NULL && !b->last))
		return true;
	c->bytes_in = b->in;
	c->bytes_out = b->out;
	c->has_bytes = true;
	if (r->ended != NULL)
		relays_close_channel(all, r); /* reports it */
	return true;
}

int64_t
ended_expire(struct relays *all, int64_t now)
{
	struct ended *e;

	while ((e = TAILQ_FIRST(&all->ended)) != NULL && e->deadline <= now)
		relays_close_channel(all, &all->table[e->relay]);
	return e == NULL ? -1 : e->deadline;
}

void
ended_report_all(struct relays *all)
{
	ended_expire(all, INT64_MAX);
}
