/*
 * status.h -- the answer of "status" on one screen, for people.
 */

#ifndef CTL_STATUS_H
#define CTL_STATUS_H

#include "ctl/command.h"

command_show_fn status_show;

/* The line of haild itself, without a newline. */
void status_show_haild(const struct answer_haild *h, FILE *out);

#endif
