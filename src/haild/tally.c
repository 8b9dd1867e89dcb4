/*
 * tally.c -- what is counted for each service, by its name.
 */

#include "tally.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
	TAILQ_INIT(&t->starting);
	TAILQ_INIT(&t->timed);
	TAILQ_INIT(&t->ending);
	TAILQ_INSERT_TAIL(all, t, entry);
	return t;
}

void
tally_forget(struct tally_list *all, const struct config *config)
{
	struct tally *t, *next;

	for (t = TAILQ_FIRST(all); t != NULL; t = next) {
		next = TAILQ_NEXT(t, entry);
		if (t->live > 0 || config_find(config, t->name) != NULL)
			continue;
		TAILQ_REMOVE(all, t, entry);
		if (t->stderr_read != -1)
			close(t->stderr_read);
		if (t->stderr_write != -1)
			close(t->stderr_write);
		free(t->name);
		free(t);
	}
}
