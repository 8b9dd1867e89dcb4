/*
 * tally.h -- what is counted for each service, by its name.
 */

#ifndef TALLY_H
#define TALLY_H

#include "haild/state.h"

/* The tally of that name, made when there is none; NULL without memory. */
struct tally *tally_get(struct tally_list *all, const char *name);

/* The count of a command of it, made when there is none; NULL without memory.
 */
struct command_count *tally_command(struct tally *tally, const char *name);

/*
 * Forget those that CONFIG does not have and that have no session any more,
 * with their pipes.
 */
void tally_forget(struct tally_list *all, const struct config *config);

#endif
