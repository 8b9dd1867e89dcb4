/*
 * health.h -- "haildctl health": whether haild accepts clients.
 */

#ifndef CTL_HEALTH_H
#define CTL_HEALTH_H

#include <stdbool.h>

#include "ctl/command.h"

/*
 * Whether the haild of R, the answer to CONTROL_STATUS, serves; *WORDS is
 * "ready", or why not.  Pure.
 */
bool health_judge(const struct reply *r, const char **words);

/*
 * The command: print the words, or answer one HTTP request with 200 or 503,
 * whatever its path.  With --http it does not return: few system calls are
 * allowed then.
 */
enum control_status health_run(const struct invocation *v);

#endif
