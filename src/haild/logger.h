/*
 * logger.h -- the process that writes programs' standard error to the log.
 *
 * It reads one pipe per service.  The daemon keeps both ends open, so that
 * while the logger is replaced no line is lost and no program gets SIGPIPE.
 */

#ifndef LOGGER_H
#define LOGGER_H

#include <sys/types.h>

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "haild/log/logger_counts.h"

struct config;
struct service_stats_list;

/* Bytes of an escaped line; the rest of LOG_LINE_MAX is for the service. */
#define LOGGER_LINE_MAX 900

#define LOGGER_PIPE 65536 /* bytes, pipe(7)'s default */
#define LOGGER_RATE 200	  /* lines per second and service */

struct logger {
	struct logger_tally tally;
	pid_t pid; /* 0: none is running */
	int64_t started;
	int64_t woken; /* when it last got a SIGCONT */
	bool renewed;  /* it was told to end, and another one follows */
	int64_t told;  /* when */
	bool last;     /* the daemon stops: no other one follows */
};

/* A line that is not complete yet. */
struct line {
	char text[LOGGER_LINE_MAX + 1];
	size_t used;
	size_t width; /* escaped */
};

/* Called with each line, without its newline. */
typedef void line_fn(void *arg, const char *text);

/*
 * Add LEN bytes of a stream; calls EMIT for each line that is complete.  NUL
 * bytes become '?', since a line is a string.  Empty lines are left out.
 */
void line_feed(
    struct line *line, const char *data, size_t len, line_fn *emit, void *arg);

/* The stream has ended: emit an unfinished last line. */
void line_end(struct line *line, line_fn *emit, void *arg);

/* Make pipes that CONFIG needs and ALL lacks.  Returns 0, or -1 (logged). */
int logger_pipes(struct service_stats_list *all, const struct config *config);

/* How long the logger may take to end. */
#define LOGGER_GRACE (2 * SECOND)

/*
 * Start or continue it, once a second; give it up if it does not end.
 * Returns the next time, or -1.
 */
int64_t logger_expire(struct logger *l, const struct service_stats_list *all,
    const struct config *config, int devnull, int64_t now);

/* The pipes may have changed: end the logger; the next is started at once. */
void logger_renew(struct logger *l);

/* The logger has exited, as INFO says. */
void logger_exited(struct logger *l, const siginfo_t *info);

/*
 * Close the pipes.  The logger ends when the last program has ended, or when
 * the daemon ends, even if other processes hold the pipes.
 */
void logger_close(struct service_stats_list *all);

#endif
