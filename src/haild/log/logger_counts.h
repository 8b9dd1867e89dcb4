/*
 * logger_counts.h -- what the logger counts for the daemon: lines that are in
 * no log.
 *
 * The daemon makes a page that it shares with one logger, and only with that:
 * it gives no other child this mapping.  The logger is unprivileged, and may
 * write any number there; the daemon uses the numbers for nothing but reports.
 */

#ifndef LOGGER_COUNTS_H
#define LOGGER_COUNTS_H

#include <stdint.h>

#include "lib/log.h"

struct logger_counts {
	uint64_t left_out; /* lines of programs, above LOGGER_RATE */
	uint64_t to_syslog, to_stderr; /* lines that these did not accept */
};

struct logger_page;
struct logger_tally {
	struct logger_counts ended; /* of loggers that have ended */
	struct logger_page *page;   /* of the one that runs, or NULL */
};

/* Before a logger is forked: make its page.  Returns 0, or -1 with errno. */
int logger_counts_begin(struct logger_tally *t);

/* In the daemon, after that: other children do not get the page. */
void logger_counts_forked(struct logger_tally *t);

/* In the logger: LEFT_OUT lines were left out, and its log has lost others. */
void logger_counts_publish(struct logger_page *page, unsigned long left_out);

/* The logger has ended, or could not be forked. */
void logger_counts_end(struct logger_tally *t);

/* The counts of all loggers; none is greater than LOGGER_COUNT_MAX. */
#define LOGGER_COUNT_MAX (INT64_MAX / 4)
struct logger_counts logger_counts_get(const struct logger_tally *t);

/* Add lines that loggers lost to what the log of this process has lost. */
struct log_lost logger_counts_add(
    const struct logger_tally *t, struct log_lost lost);

#endif
