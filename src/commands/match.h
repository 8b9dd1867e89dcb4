/*
 * match.h -- what a client sends, against the patterns of a command.
 *
 * regexec(3) may take long, or much memory, and reads what the client chose:
 * so it runs in the process that will be the program, after it has become the
 * command's user and has its limits, and for a bounded time.
 */

#ifndef MATCH_H
#define MATCH_H

#include "commands/request.h"

/* Seconds of processor time for all patterns of a request. */
#define MATCH_TIME 1

/*
 * Match the arguments.  Returns true; or false, with an OUTCOME_ARGUMENT, or
 * OUTCOME_START without memory.
 */
bool match_arguments(const struct service *command, const struct request *r,
    struct outcome *outcome);

/*
 * Keep of the variables those that the command accepts, and end them with
 * NULL.  Returns false without memory.
 */
bool match_variables(const struct service *command, struct request *r);

/* The pattern of the argument at POSITION, from 1. */
const char *match_pattern(const struct service *command, size_t position);

#endif
