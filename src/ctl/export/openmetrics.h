/*
 * openmetrics.h -- write metrics as text.  Pure.
 *
 * In one of two forms: that of OpenMetrics 1.0, and the text format of
 * Prometheus, version 0.0.4, for programs that do not know OpenMetrics.  Names
 * and values are the same; the lines about a family differ.
 */

#ifndef CTL_EXPORT_OPENMETRICS_H
#define CTL_EXPORT_OPENMETRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum metric_type {
	METRIC_COUNTER, /* its samples end in "_total" */
	METRIC_GAUGE,
	METRIC_HISTOGRAM, /* "_bucket", "_sum", "_count" */
	METRIC_INFO,	  /* "_info", always 1 */
};

struct metric_family {
	const char *name; /* without what its samples end in */
	enum metric_type type;
	const char *unit; /* the end of the name, such as "seconds"; or NULL */
	const char *help;
};

struct metric_writer {
	FILE *out;
	bool openmetrics; /* else the text format of Prometheus */
};

struct metric_label {
	const char *name;
	const char *value; /* any bytes */
};

/* A number with DECIMALS of its digits after the point. */
struct metric_value {
	int64_t number;
	unsigned int decimals; /* at most 9 */
};

#define METRIC_LABELS_MAX 3

/* Begin a family: all of its samples must follow. */
void metric_begin(struct metric_writer *w, const struct metric_family *family);

/*
 * Write one sample of a counter, a gauge or an info.  LABELS end with a NULL
 * name.
 */
void metric_write(struct metric_writer *w, const struct metric_family *family,
    const struct metric_label *labels, struct metric_value value);

/* A bucket of a histogram: its upper bound in ms, -1 for the last one. */
struct metric_bucket {
	int64_t bound;
	int64_t count; /* of this bucket alone */
};

/* Write a histogram of seconds with these buckets, in their order. */
void metric_write_histogram(struct metric_writer *w,
    const struct metric_family *family, const struct metric_label *labels,
    const struct metric_bucket *buckets, size_t n, struct metric_value sum);

/* The end of the text. */
void metric_end(struct metric_writer *w);

/* The media type of the text, for HTTP. */
const char *metric_media_type(bool openmetrics);

#endif
