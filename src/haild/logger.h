/*
 * logger.h -- the process that writes programs' standard error to the log.
 *
 * One pipe for each service.  The daemon keeps both ends, so that nothing is
 * lost, and nobody gets SIGPIPE, when the logger has to be started anew.
 */

#ifndef LOGGER_H
#define LOGGER_H

#include <stddef.h>

#include "lib/ratelimit.h"
#include "haild/state.h"

/*
 * Bytes of one line as the log will write it, escaped; a longer one is cut into
 * pieces.  The rest of LOG_LINE_MAX is for the service's name.
 */
#define LOGGER_LINE_MAX 900

#define LOGGER_RATE 200 /* lines a second of one service */

/* A line that is being put together. */
struct line {
	char text[LOGGER_LINE_MAX + 1];
	size_t used;
	size_t width; /* of it, escaped */
};

/* Gets each line, without its newline. */
typedef void line_fn(void *arg, const char *text);

/*
 * Add LEN bytes of a stream; calls EMIT for each line that is complete.  NUL
 * bytes become '?', since a line is a string.  Empty lines are left out.
 */
void line_feed(
    struct line *line, const char *data, size_t len, line_fn *emit, void *arg);

/* The stream has ended: emit what there is of a last line. */
void line_end(struct line *line, line_fn *emit, void *arg);

/* Make the pipes that services need and do not have.  Returns 0 or -1. */
int logger_pipes(struct server *server);

/*
 * Start it, if there is a pipe to read; to be called when the log has its final
 * destination.  A failure is logged, and tried again by logger_expire.
 */
void logger_start(struct server *server, int64_t now);

/* Start it anew if it has ended; and when that is due, -1 for never. */
void logger_expire(struct server *server, int64_t now);
int64_t logger_next(const struct server *server);

/*
 * The pipes may have changed: the logger writes what it has and ends, and is
 * started anew when that is seen.
 */
void logger_renew(struct server *server);

/* Close the write ends: it ends when the last program has. */
void logger_close(struct server *server);

#endif
