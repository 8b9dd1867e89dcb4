/*
 * tally.c -- what is counted for each service, by its name.
 */

#include "tally.h"

#include <stdlib.h>
#include <string.h>

struct tally *
tally_get(struct tally_list *all, const char *name)
{
	struct tally *t;

	TAILQ_FOREACH(t, all, entry)
		if (strcmp(t->name, name) == 0)
			return t;
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return NULL;
	if ((t->name = strdup(name)) == NULL) {
		free(t);
		return NULL;
	}
	t->stderr_read = t->stderr_write = -1;
	TAILQ_INIT(&t->timed);
	TAILQ_INIT(&t->ending);
	TAILQ_INSERT_TAIL(all, t, entry);
	return t;
}
