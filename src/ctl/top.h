/*
 * top.h -- "top": the sessions, again and again.
 */

#ifndef CTL_TOP_H
#define CTL_TOP_H

#include "ctl/command.h"

command_run_fn top_run;

#endif
