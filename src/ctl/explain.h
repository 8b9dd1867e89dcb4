/*
 * explain.h -- the facts of an explanation, for people.
 */

#ifndef CTL_EXPLAIN_H
#define CTL_EXPLAIN_H

#include "ctl/command.h"

/* Write the facts, grouped by section, with the place that each comes from. */
command_show_fn explain_show;

#endif
