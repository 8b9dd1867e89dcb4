/*
 * match.h -- match arguments and variables of a client against patterns.
 *
 * regexec(3) reads text that the client chose, and may take much time and
 * memory.  So it runs in the process that executes the program later, as the
 * command's user, within its limits, and for a bounded time.
 */

#ifndef MATCH_H
#define MATCH_H

#include "commands/request.h"

/* Seconds of processor time for all patterns of a request. */
#define MATCH_TIME 1

/*
 * Match the arguments.  Returns true; or false with OUTCOME_ARGUMENT, or with
 * OUTCOME_START if memory is short.
 */
bool match_arguments(const struct service *command, const struct request *r,
    struct outcome *outcome);

/*
 * Remove the variables that the command does not accept, and end the rest with
 * NULL.  Returns false if memory is short.
 */
bool match_variables(const struct service *command, struct request *r);

/* The pattern of the argument at POSITION, from 1. */
const char *match_pattern(const struct service *command, size_t position);

#endif
