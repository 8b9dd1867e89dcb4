#include "load/loader.h"

#include <limits.h>
#include <stdarg.h>
#include <string.h>

void
loader_report(struct loader *l, bool error, const struct origin *origin,
    const char *fmt, ...)
{
	char text[1024], line[1400], *p;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (origin == NULL || origin->file == NULL)
		strlcpy(line, text, sizeof(line));
	else if (origin->line == 0)
		snprintf(line, sizeof(line), "%s: %s", origin->file, text);
	else
		snprintf(line, sizeof(line), "%s:%d: %s", origin->file,
		    origin->line, text);
	/* A message is one line, whatever the string that it quotes. */
	for (p = line; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == '\177')
			*p = '?';
	if (error && l->errors++ >= LOADER_ERRORS_MAX)
		return;
	l->sink(l->arg, error, line);
}

struct origin
loader_origin(const struct loader *l, const config_setting_t *value)
{
	return (struct origin) { l->file,
		value == NULL ? 0 : (int)config_setting_source_line(value),
		NULL };
}

void
loader_missing(struct loader *l, struct service *service,
    const struct origin *origin, const char *fmt, ...)
{
	char text[1024], place[PATH_MAX + 16];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (service == NULL || !l->source->tolerant ||
	    l->config->strict_start) {
		loader_error_at(l, origin, "%s", text);
		l->lacking++;
		return;
	}
	loader_error_at(
	    l, origin, "%s; \"%s\" is out of service", text, service->name);
	l->errors--; /* the others are served */
	if (service->missing != NULL)
		return;
	service->missing = arena_strdup(l->arena, text);
	if (origin != NULL && origin->file != NULL) {
		snprintf(
		    place, sizeof(place), "%s:%d", origin->file, origin->line);
		service->missing_at = arena_strdup(l->arena, place);
	}
}
