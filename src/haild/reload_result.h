/*
 * reload_result.h -- the file with the result of the last reload, beside the
 * file with the process ID.
 *
 *	haild-reload NUMBER ok|failed
 *	lines of text, the outcome last
 *
 * The number is the time at which the reload began (clock_now).  A result with
 * at least T answers a request made at T: that reload read the configuration
 * after the request, however many requests there are.
 */

#ifndef RELOAD_RESULT_H
#define RELOAD_RESULT_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#define RELOAD_RESULT_MAX 8192 /* bytes of the file */

struct reload_result {
	int64_t number;
	bool failed;
	char text[RELOAD_RESULT_MAX]; /* lines, each with its newline */
};

/* Its path for PIDFILE.  Returns 0, or -1 with errno. */
int reload_result_path(char path[PATH_MAX], const char *pidfile);

/*
 * Append to R's text as many whole lines from the beginning of the file ERRORS
 * as leave room for OUTCOME, then OUTCOME.
 */
void reload_result_fill(
    struct reload_result *r, int errors, const char *outcome);

/* Write R to PATH, by rename(2).  Returns 0, or -1 with errno. */
int reload_result_write(const char *path, const struct reload_result *r);

/* Read R from PATH.  Returns 0, or -1 if there is no valid one of this user. */
int reload_result_read(const char *path, struct reload_result *r);

#endif
