/*
 * sessions.h -- tables of sessions and of sources, for people.
 */

#ifndef CTL_SESSIONS_H
#define CTL_SESSIONS_H

#include "ctl/command.h"
#include "ctl/table.h"

command_show_fn sessions_show;
command_show_fn sessions_show_sources;

/* Begin a table of sessions; append one. */
void sessions_begin(struct table *t);
void sessions_add(struct table *t, const struct answer_session *s);

#endif
