#include "haild/takeover/state_counts.h"

#include <string.h>

#include "haild/children/children.h"
#include "haild/children/service_stats.h"
#include "haild/takeover/state_relays.h"
#include "haild/takeover/takeover.h"

const struct record_field count_fields[COUNT_FIELDS] = {
	WORD(count_record, service, "service", 1, SERVICE_NAME_MAX),
	WORD(count_record, kind, "kind", 1, 16),
	NUMBER(count_record, at, "at", 0, UINT32_MAX),
	NUMBER(count_record, value, "value", 1, UINT64_MAX),
};
const struct record_field bytes_fields[BYTES_FIELDS] = {
	NUMBER(bytes_record, slot, "slot", 0, SESSIONS_MAX - 1),
	NUMBER(bytes_record, in, "in", 0, INT64_MAX),
	NUMBER(bytes_record, out, "out", 0, INT64_MAX),
};

/* All members of struct service_counts are numbers of 8 bytes. */
#define NUMBERS (sizeof(struct service_counts) / sizeof(uint64_t))
#define FIRST(member) (offsetof(struct service_counts, member) / 8)

/* The kinds of numbers, in their order; each ends where the next begins. */
static const struct {
	const char *name;
	size_t first;
	uint64_t max;
} groups[] = {
	{ "outcome", FIRST(outcomes), UINT64_MAX },
	{ "refused", FIRST(refusals), UINT64_MAX },
	{ "later", FIRST(refused_later), UINT64_MAX },
	{ "duration", FIRST(durations), UINT64_MAX },
	{ "time", FIRST(duration), INT64_MAX },
	{ "bytes", FIRST(bytes_in), UINT64_MAX },
	{ NULL, NUMBERS, 0 },
};

bool
take_count(void *arg, const void *record)
{
	const struct count_record *r = record;
	struct takeover *t = arg;
	struct service_stats *stats;
	uint64_t *to;
	size_t i = 0;

	while (groups[i].name != NULL && strcmp(groups[i].name, r->kind) != 0)
		i++;
	if (groups[i].name == NULL ||
	    r->at >= groups[i + 1].first - groups[i].first ||
	    r->value > groups[i].max ||
	    (stats = service_stats_find(t->all_stats, r->service)) == NULL)
		return false;
	to = (uint64_t *)&stats->counts + groups[i].first + r->at;
	if (*to != 0)
		return false;
	*to = r->value;
	return true;
}

static void
write_service(struct record_writer *w, const struct record_kind *kind,
    const struct service_stats *stats)
{
	const uint64_t *from = (const uint64_t *)&stats->counts;
	struct count_record r = { .service = stats->name };
	size_t i, at;

	for (i = 0; groups[i].name != NULL; i++)
		for (at = groups[i].first; at < groups[i + 1].first; at++) {
			if ((r.value = from[at]) == 0)
				continue;
			r.kind = groups[i].name;
			r.at = (uint32_t)(at - groups[i].first);
			record_write(w, kind, &r);
		}
}

void
state_write_counts(struct record_writer *w, const struct record_kind *kind,
    const struct service_stats_list *all)
{
	const struct service_stats *stats;

	TAILQ_FOREACH(stats, all, entry)
		write_service(w, kind, stats);
}

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
