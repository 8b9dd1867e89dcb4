/*
 * health.h -- "haildctl health": whether haild accepts clients.
 */

#ifndef CTL_HEALTH_H
#define CTL_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctl/reply.h"

/*
 * Whether the haild of R, the answer to CONTROL_STATUS, serves; *WORDS is
 * "ready", or why not.  Pure.
 */
bool health_judge(const struct reply *r, const char **words);

/* Print the words.  Returns the status to exit with (metrics.h). */
int health_run(const char *path, int64_t timeout);

/* Answer one HTTP request for any path: 200, or 503 (metrics.h). */
int health_serve(const char *path, int64_t timeout);

#endif
