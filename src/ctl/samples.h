/*
 * samples.h -- make the samples of a family of metrics from an answer.  Pure.
 */

#ifndef CTL_SAMPLES_H
#define CTL_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/export/openmetrics.h"
#include "ctl/reply.h"

struct source;

/* Write the samples of S->family from the records of R. */
typedef void samples_fn(
    struct metric_writer *w, const struct source *s, const struct reply *r);

/* A number of a record, which is one sample of a family. */
struct number {
	size_t offset;	   /* of an int64_t */
	const char *label; /* the value of the family's own label, or NULL */
};

/* A family, and how its samples are made. */
struct source {
	struct metric_family family;
	samples_fn *write;
	enum answer_kind kind;
	struct number numbers[2]; /* for samples_numbers */
	unsigned int decimals;	  /* of these */
	const char *label;	  /* besides "service", or NULL */
	const char *word;	  /* for samples_counts and samples_states */
	bool negated;		  /* for samples_states */
};

/* The known numbers of the records of one kind. */
samples_fn samples_numbers;

/* The records "count" of the kind S->word. */
samples_fn samples_counts;

/* Whether each service is in the state S->word; or is not, if S->negated. */
samples_fn samples_states;

samples_fn samples_durations;
samples_fn samples_certificates;
samples_fn samples_build;
samples_fn samples_ready; /* health.h */
samples_fn samples_reload_success, samples_upgrade_success;

#endif
