/*
 * plain.h -- an answer as its records, a line each.
 */

#ifndef CTL_PLAIN_H
#define CTL_PLAIN_H

#include "ctl/command.h"

/* Write all records but messages, which are printed for every command. */
command_show_fn plain_show;

#endif
