#include "haild/takeover/state_control.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "haild/admission/refusal.h"
#include "haild/children/service_stats.h"
#include "haild/control/control.h"
#include "haild/log/logger_counts.h"
#include "haild/takeover/state_relays.h"
#include "haild/takeover/takeover.h"
#include "lib/outcome.h"

#define NAME_MAX_BYTES 64 /* of a kind, and of a name of a count */

const struct record_field control_fields[CONTROL_FIELDS] = {
	FD(control_record, fd, "fd", 1),
	WORD(control_record, path, "path", 1,
	    sizeof(((struct control *)NULL)->path) - 1),
	NUMBER(control_record, dev, "dev", 0, UINT64_MAX),
	NUMBER(control_record, ino, "ino", 0, UINT64_MAX),
	NUMBER(control_record, group, "group", 0, UINT32_MAX),
};
const struct record_field waiter_fields[WAITER_FIELDS] = {
	FD(waiter_record, client, "client", 1),
	WORD(waiter_record, command, "command", 1, NAME_MAX_BYTES),
	WORD(waiter_record, service, "service", 0, SERVICE_NAME_MAX),
	TIME(waiter_record, since, "since"),
};
const struct record_field history_fields[HISTORY_FIELDS] = {
	NUMBER(control_history, started, "started", 1, TIME_MAX),
	TIME(control_history, configured, "configured"),
	TIME(control_history, reloaded, "reloaded"),
	TIME(control_history, upgraded, "upgraded"),
	NUMBER(control_history, reloads, "reloads", 0, INT64_MAX),
	NUMBER(control_history, reloads_failed, "reloads-failed", 0, INT64_MAX),
	NUMBER(control_history, upgrades, "upgrades", 0, INT64_MAX),
	NUMBER(
	    control_history, upgrades_failed, "upgrades-failed", 0, INT64_MAX),
	NUMBER(control_history, log_level, "log-level", 0, LOG_DEBUG + 1),
	NUMBER(control_history, stderr_left_out, "stderr-left-out", 0,
	    LOGGER_COUNT_MAX),
};
const struct record_field count_fields[COUNT_FIELDS] = {
	WORD(count_record, service, "service", 1, SERVICE_NAME_MAX),
	WORD(count_record, kind, "kind", 1, NAME_MAX_BYTES),
	WORD(count_record, name, "name", 1, NAME_MAX_BYTES),
	NUMBER(count_record, value, "value", 1, INT64_MAX),
};

/* --- the socket and its clients --- */

bool
take_control(void *arg, const void *record)
{
	const struct control_record *r = record;
	struct takeover *t = arg;
	struct control *c = t->control;

	if (c->fd != -1 || r->path[0] != '/')
		return false;
	c->fd = r->fd;
	strlcpy(c->path, r->path, sizeof(c->path));
	c->dev = r->dev;
	c->ino = r->ino;
	c->group = r->group;
	return true;
}

/* Whether a client may wait for it. */
static bool
is_awaited(enum control_command command)
{
	return command == CONTROL_RELOAD || command == CONTROL_UPGRADE ||
	    command == CONTROL_STOP || command == CONTROL_DRAIN;
}

bool
take_waiter(void *arg, const void *record)
{
	const struct waiter_record *r = record;
	struct takeover *t = arg;
	struct control_waiter *w = t->control->waiters, *end;
	enum control_command command = control_command_find(r->command);

	if (!is_awaited(command) ||
	    (r->service != NULL && command != CONTROL_DRAIN))
		return false;
	for (end = w + CONTROL_WAITERS; w < end && w->client != -1; w++)
		continue;
	if (w == end)
		return false;
	*w = (struct control_waiter) { r->client, command, r->since, "" };
	if (r->service != NULL)
		strlcpy(w->service, r->service, sizeof(w->service));
	return true;
}

void
state_write_control(struct record_writer *w, const struct record_kind *kind,
    const struct record_kind *waiter, const struct control *c)
{
	const struct control_record r = { c->fd, c->path, c->dev, c->ino,
		c->group };
	const struct control_waiter *from;

	if (c->fd != -1)
		record_write(w, kind, &r);
	for (from = c->waiters; from < c->waiters + CONTROL_WAITERS; from++)
		if (from->client != -1)
			record_write(w, waiter,
			    &(struct waiter_record) { from->client,
				control_command_name(from->command),
				from->service, from->since });
}

/* --- counts --- */

bool
take_history(void *arg, const void *record)
{
	const struct control_history *r = record;
	struct takeover *t = arg;

	if (t->history->started != 0)
		return false;
	*t->history = *r;
	return true;
}

/* A count of all kinds: INDEX from 0 to NCOUNTS - 1. */
enum {
	OUTCOMES,
	REFUSALS = OUTCOMES + NOUTCOMES,
	DURATIONS = REFUSALS + NREFUSALS,
	SUMS = DURATIONS + DURATION_BUCKETS,
	NCOUNTS = SUMS + 5
};

/* Name the count INDEX in R, and return where it is. */
static uint64_t *
count_at(struct service_counts *c, int index, struct count_record *r)
{
	static const char *const buckets[DURATION_BUCKETS] = { "0", "1", "2",
		"3", "4", "5", "6", "7", "8", "9", "10", "11" };
	static const char *const sums[] = { "duration", "cpu", "bytes-in",
		"bytes-out", "refused-later" };

	if (index < REFUSALS) {
		r->kind = "outcome";
		r->name = outcome_name((enum outcome_kind)(index - OUTCOMES));
		return &c->outcomes[index - OUTCOMES];
	}
	if (index < DURATIONS) {
		r->kind = "refused";
		r->name = refusal_name((enum refusal_reason)(index - REFUSALS));
		return &c->refusals[index - REFUSALS];
	}
	if (index < SUMS) {
		r->kind = "duration";
		r->name = buckets[index - DURATIONS];
		return &c->durations[index - DURATIONS];
	}
	r->kind = "sum";
	r->name = sums[index - SUMS];
	return index == SUMS	? (uint64_t *)&c->duration
	    : index == SUMS + 1 ? (uint64_t *)&c->cpu
	    : index == SUMS + 2 ? &c->bytes_in
	    : index == SUMS + 3 ? &c->bytes_out
				: &c->refused_later;
}

bool
take_count(void *arg, const void *record)
{
	const struct count_record *r = record;
	struct count_record known;
	struct takeover *t = arg;
	struct service_stats *stats =
	    service_stats_find(t->all_stats, r->service);
	uint64_t *at;
	int i;

	for (i = 0; stats != NULL && i < NCOUNTS; i++) {
		at = count_at(&stats->counts, i, &known);
		if (strcmp(known.kind, r->kind) != 0 ||
		    strcmp(known.name, r->name) != 0)
			continue;
		if (*at != 0)
			return false; /* named twice */
		*at = r->value;
		return true;
	}
	return false;
}

void
state_write_counts(struct record_writer *w, const struct record_kind *kind,
    const struct service_stats_list *all)
{
	struct service_stats *stats;
	struct count_record r;
	int i;

	TAILQ_FOREACH(stats, all, entry) {
		r.service = stats->name;
		for (i = 0; i < NCOUNTS; i++) {
			r.value = *count_at(&stats->counts, i, &r);
			if (r.value > 0 && r.value <= INT64_MAX)
				record_write(w, kind, &r);
		}
	}
}
