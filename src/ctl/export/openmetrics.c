#include "ctl/export/openmetrics.h"

#include <inttypes.h>

static const struct {
	const char *name, *text_name, *suffix;
} types[] = {
	[METRIC_COUNTER] = { "counter", "counter", "_total" },
	[METRIC_GAUGE] = { "gauge", "gauge", "" },
	[METRIC_HISTOGRAM] = { "histogram", "histogram", "" },
	/* The text format of Prometheus has no such type. */
	[METRIC_INFO] = { "info", "gauge", "_info" },
};

/*
 * In the text format of Prometheus a family has the name of its samples, except
 * a histogram.
 */
static void
write_about(struct metric_writer *w, const struct metric_family *f,
    const char *what, const char *text)
{
	fprintf(w->out, "# %s %s%s %s\n", what, f->name,
	    w->openmetrics ? "" : types[f->type].suffix, text);
}

void
metric_begin(struct metric_writer *w, const struct metric_family *f)
{
	write_about(w, f, "TYPE",
	    w->openmetrics ? types[f->type].name : types[f->type].text_name);
	if (w->openmetrics && f->unit != NULL)
		write_about(w, f, "UNIT", f->unit);
	write_about(w, f, "HELP", f->help);
}

/* Texts must be UTF-8; the texts of haild are printable ASCII. */
static void
write_escaped(FILE *out, const char *text)
{
	for (; *text != '\0'; text++)
		if (*text == '\\' || *text == '"')
			fprintf(out, "\\%c", *text);
		else if (*text == '\n')
			fputs("\\n", out);
		else
			fputc(*text >= ' ' && *text <= '~' ? *text : '?', out);
}

/* LE is the bound of a bucket, or NULL. */
static void
write_labels(FILE *out, const struct metric_label *labels, const char *le)
{
	const char *before = "{";

	for (; labels->name != NULL; labels++) {
		fprintf(out, "%s%s=\"", before, labels->name);
		write_escaped(out, labels->value);
		fputc('"', out);
		before = ",";
	}
	if (le != NULL) {
		fprintf(out, "%sle=\"%s\"", before, le);
		before = ",";
	}
	if (*before == ',')
		fputc('}', out);
}

static void
write_value(FILE *out, struct metric_value v)
{
	int64_t scale = 1;
	unsigned int i;

	for (i = 0; i < v.decimals; i++)
		scale *= 10;
	fprintf(out, " %" PRId64, v.number / scale);
	if (v.decimals > 0)
		fprintf(out, ".%0*" PRId64, (int)v.decimals, v.number % scale);
	fputc('\n', out);
}

static void
write_sample(struct metric_writer *w, const struct metric_family *f,
    const char *suffix, const struct metric_label *labels, const char *le,
    struct metric_value value)
{
	fprintf(w->out, "%s%s", f->name, suffix);
	write_labels(w->out, labels, le);
	write_value(w->out, value);
}

void
metric_write(struct metric_writer *w, const struct metric_family *f,
    const struct metric_label *labels, struct metric_value value)
{
	write_sample(w, f, types[f->type].suffix, labels, NULL, value);
}

/*
 * "0.005", "1.0", "+Inf": the canonical numbers of OpenMetrics, since the text
 * of a bound identifies its bucket.
 */
static void
print_bound(int64_t ms, char *buf, size_t size)
{
	int digits = ms % 10 != 0 ? 3 : ms % 100 != 0 ? 2 : 1;
	int64_t unit = digits == 3 ? 1 : digits == 2 ? 10 : 100;

	if (ms < 0)
		snprintf(buf, size, "+Inf");
	else
		snprintf(buf, size, "%" PRId64 ".%0*" PRId64, ms / 1000, digits,
		    ms % 1000 / unit);
}

void
metric_write_histogram(struct metric_writer *w, const struct metric_family *f,
    const struct metric_label *labels, const struct metric_bucket *buckets,
    size_t n, struct metric_value sum)
{
	struct metric_value total = { 0, 0 };
	char bound[32];
	size_t i;

	for (i = 0; i < n; i++) {
		total.number += buckets[i].count;
		print_bound(buckets[i].bound, bound, sizeof(bound));
		write_sample(w, f, "_bucket", labels, bound, total);
	}
	write_sample(w, f, "_sum", labels, NULL, sum);
	write_sample(w, f, "_count", labels, NULL, total);
}

void
metric_end(struct metric_writer *w)
{
	if (w->openmetrics)
		fputs("# EOF\n", w->out);
}

const char *
metric_media_type(bool openmetrics)
{
	return openmetrics
	    ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
	    : "text/plain; version=0.0.4; charset=utf-8";
}
