/*
 * tally.c -- what is counted for each service, by its name.
 */

#include "haild/children/tally.h"

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

struct command_count *
tally_command(struct tally *tally, const char *name)
{
	struct command_count *c;
	size_t len = strlen(name);

	for (c = tally->commands; c != NULL; c = c->next)
		if (strcmp(c->name, name) == 0)
			return c;
	if ((c = calloc(1, sizeof(*c) + len + 1)) == NULL)
		return NULL;
	memcpy(c->name, name, len);
	c->next = tally->commands;
	tally->commands = c;
	return c;
}

/* Forget the counts of commands that nobody runs. */
static void
forget_commands(struct tally *t)
{
	struct command_count **at = &t->commands, *c;

	while ((c = *at) != NULL) {
		if (c->live > 0) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		free(c);
	}
}

void
tally_forget(struct tally_list *all, const struct config *config)
{
	struct tally *t, *next;

	for (t = TAILQ_FIRST(all); t != NULL; t = next) {
		next = TAILQ_NEXT(t, entry);
		forget_commands(t);
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
