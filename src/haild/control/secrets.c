#include "haild/control/secrets.h"

#include <sys/mman.h>

#include <string.h>

/* The secret is in memory that is writable now. */
static void
overwrite(const char *text)
{
	explicit_bzero((void *)(uintptr_t)text, strlen(text));
}

/* Keep the names: "NAME=" */
static void
overwrite_values(const char *const *environment)
{
	const char *value;

	for (; environment != NULL && *environment != NULL; environment++)
		if ((value = strchr(*environment, '=')) != NULL)
			overwrite(value + 1);
}

int
secrets_overwrite(const struct arena *arena, const struct config *config,
    const struct arena *other)
{
	const struct service *s, *c;
	size_t i;

	if (other != NULL && munmap(other->base, ARENA_SIZE) == -1)
		return -1;
	/* A private mapping: writes change only this process's copy. */
	if (mprotect(arena->base, arena->used, PROT_READ | PROT_WRITE) == -1)
		return -1;
	overwrite_values(config->environment);
	for (i = 0; i < config->nservices; i++) {
		s = &config->services[i];
		overwrite_values(s->environment);
		for (c = s->commands; c != NULL && c->name != NULL; c++)
			overwrite_values(c->environment);
	}
	for (i = 0; i < config->ntexts; i++)
		overwrite(config->texts[i].text);
	return mprotect(arena->base, arena->used, PROT_READ);
}
