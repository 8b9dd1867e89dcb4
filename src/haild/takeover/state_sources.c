#include "haild/takeover/state_sources.h"

#include "haild/admission/sources.h"
#include "haild/children/service_stats.h"
#include "haild/takeover/state_relays.h"
#include "haild/takeover/takeover.h"
#include "lib/io.h"

const struct record_field source_fields[SOURCE_FIELDS] = {
	WORD(source_record, service, "service", 0, SERVICE_NAME_MAX),
	WORD(source_record, source, "source", 1, SOURCE_TEXT_MAX),
	NUMBER(source_record, full_at, "full-at", 1, TIME_MAX),
};

bool
take_source(void *arg, const void *record)
{
	const struct source_record *r = record;
	struct takeover *t = arg;
	struct source source = { 0 };

	if (r->service != NULL) {
		if (service_stats_find(t->all_stats, r->service) == NULL)
			return false;
		source.service = sources_service(t->sources, r->service);
	}
	if (source_parse(&source, r->source) == -1)
		return false;
	sources_restore(t->sources, &source, r->full_at, clock_now());
	return true;
}

/* The buckets of SERVICE (NULL: of all) that are not full. */
static void
write_service(struct record_writer *w, const struct record_kind *kind,
    const struct sources *all, const char *service, int64_t now)
{
	uint64_t key = service == NULL ? 0 : sources_service(all, service);
	struct source_record r = { .service = service };
	char text[SOURCE_TEXT_MAX];
	const struct entry *e;
	uint32_t at = 0;

	while ((e = sources_next(all, &at)) != NULL) {
		if (e->source.service != key || e->full_at <= now)
			continue;
		r.source = source_print(&e->source, text, sizeof(text));
		r.full_at = e->full_at;
		record_write(w, kind, &r);
	}
}

void
state_write_sources(struct record_writer *w, const struct record_kind *kind,
    const struct takeover *t)
{
	const struct service_stats *stats;
	int64_t now = clock_now();

	write_service(w, kind, t->sources, NULL, now);
	TAILQ_FOREACH(stats, t->all_stats, entry)
		write_service(w, kind, t->sources, stats->name, now);
}
