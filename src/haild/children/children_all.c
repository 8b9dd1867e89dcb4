#include <string.h>

#include "haild/children/children.h"
#include "haild/children/service_stats.h"

void
children_identify(struct children *all, struct child *c, const char *identity)
{
	c->identified = identity != NULL;
	if (identity != NULL)
		strlcpy(
		    all->identities[c - all->slots], identity, IDENTITY_SIZE);
}

const char *
children_identity(const struct children *all, const struct child *c)
{
	return c->identified ? all->identities[c - all->slots] : NULL;
}

bool
children_end_at(struct children *all, uint32_t index, uint32_t serial,
    enum outcome_kind why, int64_t now)
{
	struct child *c = index < all->used ? &all->slots[index] : NULL;

	if (c == NULL || c->serial != serial || c->unreapable ||
	    (c->pid == 0 && c->relay == 0))
		return false;
	if (c->pid != 0)
		children_end(c, why, now);
	else if (c->ending == OUTCOME_NONE)
		c->ending = (uint8_t)why;
	return true;
}

void
children_stop(struct children *all, bool wait_services, int64_t now)
{
	struct child *c;

	for (c = all->slots; c < all->slots + all->used; c++)
		if (!wait_services || c->addr.sa.sa_family == AF_UNSPEC)
			children_end(c, OUTCOME_STOP, now);
}

void
children_recount(const struct children *all, struct admission *a, int64_t now)
{
	struct child *c;

	for (c = all->slots; c < all->slots + all->used; c++) {
		/*
		 * Proxied clients are not known yet; wait services have no
		 * clients.
		 */
		if ((c->pid == 0 && c->relay == 0) || c->proxied ||
		    c->unreapable || c->addr.sa.sa_family == AF_UNSPEC)
			continue;
		admit_recount(a, config_find(a->config, c->stats->name),
		    &c->addr, c->uid, children_identity(all, c), &c->refs, now);
	}
}

int64_t
children_trim(struct children *all, int64_t now)
{
	int64_t due;

	if (all->live > 0 || all->used == 0)
		return -1;
	if ((due = pages_rest(&all->rest, all->serial, now)) > now)
		return due;
	pages_release(all->slots, all->used * sizeof(*all->slots));
	pages_release(all->identities, (size_t)all->used * IDENTITY_SIZE);
	pages_release(all->buckets, CHILDREN_BUCKETS * sizeof(struct child *));
	all->free = NULL;
	all->used = 0;
	return -1;
}
