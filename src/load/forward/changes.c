/*
 * changes.c -- targets that have changed when their names were resolved again
 * (resolve-interval).
 */

#include "load/service.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/log.h"
#include "load/memory.h"

#define STALE_MAX ((size_t)1 << 20) /* bytes of the file, more than enough */

bool
forward_has_changed(const struct config *old, const struct config *new)
{
	const struct service *s, *before;
	size_t i;

	for (i = 0; i < new->nservices; i++) {
		s = &new->services[i];
		before = config_find(old, s->name);
		if (s->handler == HANDLER_FORWARD &&
		    (before == NULL || !config_same_targets(before, s)))
			return true;
	}
	return false;
}

/* Whether NAME is a line of TEXT. */
static bool
is_listed(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (; *text != '\0';
	     text += strcspn(text, "\n"), text += *text == '\n')
		if (strcspn(text, "\n") == len && memcmp(text, name, len) == 0)
			return true;
	return false;
}

static char *
read_text(int fd)
{
	char *text = memory_resize(NULL, STALE_MAX + 1, 1);
	size_t used = 0;
	ssize_t n;

	lseek(fd, 0, SEEK_SET);
	while (used < STALE_MAX &&
	    (n = io_read(fd, text + used, STALE_MAX - used)) > 0)
		used += (size_t)n;
	text[used] = '\0';
	return text;
}

void
forward_log_stale(const struct config *config, int fd)
{
	char *before = read_text(fd), *now;
	const struct known_name *name;
	FILE *out = memory_open(&now);
	bool was, is;
	size_t i;

	for (i = 0; i < config->nnames; i++) {
		name = &config->names[i];
		if (name->kind != NAME_TARGET || name->naddrs == 0)
			continue;
		is = name->stale != NULL;
		was = is_listed(before, name->text);
		if (is)
			fprintf(out, "%s\n", name->text);
		if (is && !was)
			log_warnx(
			    "cannot resolve target \"%s\": %s; using its "
			    "last addresses",
			    name->text, name->stale);
		else if (was && !is)
			log_at(LOG_INFO, "target \"%s\" resolved again",
			    name->text);
	}
	memory_close(out);
	/* Names that cannot be written are logged again. */
	lseek(fd, 0, SEEK_SET);
	if (ftruncate(fd, 0) == 0)
		io_write_all(fd, now, strlen(now));
	free(before);
	free(now);
}
