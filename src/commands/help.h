/*
 * help.h -- the command "help", which each service with commands has.
 */

#ifndef HELP_H
#define HELP_H

#include <stdio.h>

#include "commands/request.h"
#include "config/client.h"

/* Answer "help", or "help NAME": what CLIENT may run. */
void help_print(const struct service *service, const struct client *client,
    const struct request *r, FILE *out);

#endif
