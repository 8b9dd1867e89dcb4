/*
 * loader.c -- errors of a configuration.
 */

#include "load/loader.h"

#include <stdarg.h>
#include <string.h>

/* A message is one line, whatever the string that it quotes. */
static void
flatten(char *line)
{
	for (; *line != '\0'; line++)
		if ((unsigned char)*line < ' ' || *line == '\177')
			*line = '?';
}

static void __attribute__((format(printf, 4, 0))) report(struct loader *l,
    bool error, const struct origin *origin, const char *fmt, va_list ap)
{
	char text[1024], line[1400];

	vsnprintf(text, sizeof(text), fmt, ap);
	if (origin == NULL || origin->file == NULL)
		strlcpy(line, text, sizeof(line));
	else if (origin->line == 0)
		snprintf(line, sizeof(line), "%s: %s", origin->file, text);
	else
		snprintf(line, sizeof(line), "%s:%d: %s", origin->file,
		    origin->line, text);
	flatten(line);
	if (error)
		l->errors++;
	l->sink(l->arg, error, line);
}

void
loader_error_at(
    struct loader *l, const struct origin *origin, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(l, true, origin, fmt, ap);
	va_end(ap);
}

void
loader_warn_at(
    struct loader *l, const struct origin *origin, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(l, false, origin, fmt, ap);
	va_end(ap);
}

void
loader_error(
    struct loader *l, const config_setting_t *value, const char *fmt, ...)
{
	struct origin origin = { l->file,
		value == NULL ? 0 : (int)config_setting_source_line(value) };
	va_list ap;

	va_start(ap, fmt);
	report(l, true, &origin, fmt, ap);
	va_end(ap);
}

void
loader_missing(struct loader *l, struct service *service,
    const struct origin *origin, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!l->source->tolerant || l->config->strict_start) {
		loader_error_at(l, origin, "%s", text);
		return;
	}
	loader_error_at(
	    l, origin, "%s; \"%s\" is out of service", text, service->name);
	l->errors--; /* the others are served */
	if (service->missing == NULL)
		service->missing = arena_strdup(l->arena, text);
}
