/*
 * commands.h -- the table of all commands, which parsing, --help and the tests
 * of the manual and the completion share.
 */

#ifndef CTL_COMMANDS_H
#define CTL_COMMANDS_H

#include "ctl/command.h"

extern const struct command commands[];
extern const size_t ncommands;

/* The command of that name, or NULL. */
const struct command *commands_find(const char *name);

#endif
