#include "ctl/samples.h"

#include <string.h>

#include "ctl/health.h"
#include "lib/number.h"

#define BUCKETS_MAX 64

static const char *
text(const char *s)
{
	return s != NULL ? s : "";
}

#define FOR_EACH(record, r, wanted)                                         \
	for ((record) = reply_find((r)->first, (wanted)); (record) != NULL; \
	     (record) = reply_find((record)->next, (wanted)))

/* --- numbers of records --- */

/* Leaves out unknown numbers and limits that are not set. */
static void
write_number(struct metric_writer *w, const struct source *s,
    const struct reply_record *record, const struct number *number)
{
	struct metric_label labels[METRIC_LABELS_MAX];
	struct metric_value value = { 0, s->decimals };
	const struct answer_service *service = record->data;
	size_t n = 0;

	memcpy(&value.number, (const char *)record->data + number->offset,
	    sizeof(value.number));
	if (value.number < 0)
		return;
	if (record->kind == ANSWER_SERVICE)
		labels[n++] =
		    (struct metric_label) { "service", text(service->name) };
	if (s->label != NULL)
		labels[n++] = (struct metric_label) { s->label, number->label };
	labels[n] = (struct metric_label) { NULL, NULL };
	metric_write(w, &s->family, labels, value);
}

void
samples_numbers(
    struct metric_writer *w, const struct source *s, const struct reply *r)
{
	const struct reply_record *record;

	FOR_EACH(record, r, s->kind)
	{
		write_number(w, s, record, &s->numbers[0]);
		if (s->numbers[1].label != NULL)
			write_number(w, s, record, &s->numbers[1]);
	}
}

/* --- counts --- */

void
samples_counts(
    struct metric_writer *w, const struct source *s, const struct reply *r)
{
	const struct reply_record *record;
	const struct answer_count *c;

	FOR_EACH(record, r, ANSWER_COUNT)
	{
		c = record->data;
		if (strcmp(text(c->kind), s->word) == 0)
			metric_write(w, &s->family,
			    (const struct metric_label[]) {
				{ "service", text(c->service) },
				{ s->label, text(c->name) }, { NULL, NULL } },
			    (struct metric_value) { c->value, 0 });
	}
}

/* The buckets of SERVICE.  Returns how many. */
static size_t
find_buckets(const struct reply *r, const char *service,
    struct metric_bucket buckets[BUCKETS_MAX])
{
	const struct reply_record *record;
	const struct answer_count *c;
	struct metric_bucket *b;
	size_t n = 0;

	FOR_EACH(record, r, ANSWER_COUNT)
	{
		c = record->data;
		if (strcmp(text(c->kind), "duration") != 0 ||
		    strcmp(text(c->service), service) != 0 || n == BUCKETS_MAX)
			continue;
		b = &buckets[n++];
		*b = (struct metric_bucket) { -1, c->value };
		number_parse(text(c->name), 0, INT64_MAX, &b->bound);
	}
	return n;
}

void
samples_durations(
    struct metric_writer *w, const struct source *s, const struct reply *r)
{
	struct metric_bucket buckets[BUCKETS_MAX];
	const struct reply_record *record;
	const struct answer_service *service;
	size_t n;

	FOR_EACH(record, r, ANSWER_SERVICE)
	{
		service = record->data;
		n = find_buckets(r, text(service->name), buckets);
		/* A histogram must have the bucket of all. */
		if (n > 0 && buckets[n - 1].bound == -1)
			metric_write_histogram(w, &s->family,
			    (const struct metric_label[]) {
				{ "service", text(service->name) },
				{ NULL, NULL } },
			    buckets, n,
			    (struct metric_value) { service->duration, 9 });
	}
}

/* --- conditions --- */

/* Whether services are in the state s->word, or are not. */
void
samples_states(
    struct metric_writer *w, const struct source *s, const struct reply *r)
{
	const struct reply_record *record;
	const struct answer_service *service;
	bool is;

	FOR_EACH(record, r, ANSWER_SERVICE)
	{
		service = record->data;
		is = strcmp(text(service->state), s->word) == 0;
		if (strcmp(text(service->state), "disabled") == 0 ||
		    strcmp(text(service->state), "removed") == 0)
			continue;
		metric_write(w, &s->family,
		    (const struct metric_label[]) {
			{ "service", text(service->name) }, { NULL, NULL } },
		    (struct metric_value) { is != s->negated, 0 });
	}
}

static const struct metric_label no_labels[] = { { NULL, NULL } };

void
samples_ready(
    struct metric_writer *w, const struct source *s, const struct reply *r)
{
	const char *words;

	metric_write(w, &s->family, no_labels,
	    (struct metric_value) { health_judge(r, &words), 0 });
}

void
samples_reload_success(
    struct metric_writer *w, const struct source *s, const struct reply *r)
{
	const struct reply_record *record;

	FOR_EACH(record, r, ANSWER_DAEMON)
	metric_write(w, &s->family, no_labels,
	    (struct metric_value) {
		((const struct answer_daemon *)record->data)->reload_error ==
		    NULL,
		0 });
}

void
samples_upgrade_success(
    struct metric_writer *w, const struct source *s, const struct reply *r)
{
	const struct reply_record *record;

	FOR_EACH(record, r, ANSWER_DAEMON)
	metric_write(w, &s->family, no_labels,
	    (struct metric_value) {
		!((const struct answer_daemon *)record->data)->upgrade_failed,
		0 });
}

void
samples_build(
    struct metric_writer *w, const struct source *s, const struct reply *r)
{
	const struct reply_record *record;

	FOR_EACH(record, r, ANSWER_HAILD)
	metric_write(w, &s->family,
	    (const struct metric_label[]) {
		{ "version",
		    text(
			((const struct answer_haild *)record->data)->version) },
		{ NULL, NULL } },
	    (struct metric_value) { 1, 0 });
}

/* --- certificates --- */

/* Whether a record before CERTIFICATE has the same labels. */
static bool
is_repeated(const struct reply *r, const struct reply_record *certificate)
{
	const struct answer_certificate *a = certificate->data, *b;
	const struct reply_record *record;

	FOR_EACH(record, r, ANSWER_CERTIFICATE)
	{
		if (record == certificate)
			return false;
		b = record->data;
		if (strcmp(text(a->service), text(b->service)) == 0 &&
		    strcmp(text(a->file), text(b->file)) == 0)
			return true;
	}
	return false;
}

void
samples_certificates(
    struct metric_writer *w, const struct source *s, const struct reply *r)
{
	const struct reply_record *record;
	const struct answer_certificate *c;

	FOR_EACH(record, r, ANSWER_CERTIFICATE)
	{
		c = record->data;
		if (c->expires >= 0 && !is_repeated(r, record))
			metric_write(w, &s->family,
			    (const struct metric_label[]) {
				{ "service", text(c->service) },
				{ "file", text(c->file) }, { NULL, NULL } },
			    (struct metric_value) { c->expires, 0 });
	}
}
