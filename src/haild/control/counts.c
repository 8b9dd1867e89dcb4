#include <inttypes.h>
#include <stdio.h>

#include "control/answer.h"
#include "haild/children/service_stats.h"
#include "haild/control/process.h"
#include "lib/io.h"

static void
write_count(const struct control_writer *w, const char *service,
    const char *kind, const char *name, uint64_t value)
{
	const struct answer_count a = { service, kind, name, (int64_t)value };

	record_write(w->out, &answer_format.kinds[ANSWER_COUNT], &a);
}

void
control_write_refusals(
    const struct control_writer *w, const struct service_stats *t)
{
	enum refusal_reason i;

	for (i = REFUSED_NOT + 1; i < NREFUSALS; i++)
		if (t->counts.refusals[i] != 0)
			write_count(w, t->name, "refused", refusal_name(i),
			    t->counts.refusals[i]);
}

static void
write_durations(const struct control_writer *w, const struct service_stats *t)
{
	char bound[32];
	size_t i;

	for (i = 0; i < DURATION_BUCKETS; i++) {
		snprintf(bound, sizeof(bound), "inf");
		if (i < DURATION_BUCKETS - 1)
			snprintf(bound, sizeof(bound), "%" PRId64,
			    duration_bounds[i] / (SECOND / 1000));
		write_count(
		    w, t->name, "duration", bound, t->counts.durations[i]);
	}
}

enum control_status
control_write_counts(const struct control_writer *w)
{
	enum control_status status = control_write_status(w);
	const struct service_stats *t;
	enum outcome_kind i;

	TAILQ_FOREACH(t, w->view->all_stats, entry) {
		for (i = OUTCOME_NONE + 1; i < NOUTCOMES; i++)
			if (t->counts.outcomes[i] != 0)
				write_count(w, t->name, "outcome",
				    outcome_name(i), t->counts.outcomes[i]);
		write_durations(w, t);
	}
	return status;
}
