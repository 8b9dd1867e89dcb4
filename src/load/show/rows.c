/*
 * rows.c -- the settings in effect as text, with where each comes from, for
 * "haildctl explain".
 *
 * Most services have most values in common.  So a row is shared with the
 * service before it where the setting was read from the same place: 1,000
 * services take hundreds of rows, not tens of thousands.
 */

#include <stdlib.h>
#include <string.h>

#include "load/memory.h"
#include "load/service.h"

#define VALUE_MAX 1024 /* bytes that are shown */

/* In the order of settings[]: each begins with the setting FIRST. */
static const struct {
	const char *first, *name;
} sections[] = {
	{ "max-sessions", "top-level" },
	{ "listen", "service" },
	{ "user", "user" },
	{ "limit-as", "limits" },
	{ "sandbox", "containment" },
	{ "max-sessions", "limits" },
	{ "allow", "access" },
	{ "tls", "tls" },
	{ "start-timeout", "timeouts" },
	{ "leftovers", "session" },
	{ "name", "command" },
};
#define NSECTIONS (sizeof(sections) / sizeof(sections[0]))

/* What a row was made from, to be shared. */
struct last_row {
	const void *base;
	struct origin origin;
	int64_t sandbox;
	const char *section, *name; /* copies in the arena */
	const struct setting_row *row;
};

/* The names of the variables in LIST. */
static void
print_names(const char *const *list, FILE *out)
{
	size_t i;

	for (i = 0; list[i] != NULL; i++)
		fprintf(out, "%s%.*s", i > 0 ? ", " : "",
		    (int)strcspn(list[i], "="), list[i]);
}

static const char *
make_value(struct loader *l, const struct setting *s, const void *base)
{
	char *text, *copy;
	FILE *out = memory_open(&text);

	if (s->type == &type_environment)
		print_names(*(const char *const **)setting_field(s, base), out);
	else
		setting_print(s, base, out);
	memory_close(out);
	if (strlen(text) > VALUE_MAX)
		memcpy(text + VALUE_MAX - 3, "...", sizeof("..."));
	copy = arena_strdup(l->arena, text);
	free(text);
	return copy;
}

static const char *
make_where(struct loader *l, const struct setting *s, const void *base,
    const struct origin *origin)
{
	char note[128] = "", line[16] = "", *text, *copy;

	if (s->scope != GLOBAL)
		presets_note(base, s, note, sizeof(note));
	if (origin->file == NULL)
		return arena_strdup(
		    l->arena, note[0] != '\0' ? note : "default");
	if (origin->line != 0)
		snprintf(line, sizeof(line), ":%d", origin->line);
	text = memory_printf(
	    "%s%s%s%s", origin->file, line, note[0] != '\0' ? "; " : "", note);
	copy = arena_strdup(l->arena, text);
	free(text);
	return copy;
}

static const struct setting_row *
make_row(struct loader *l, size_t i, const char *section, const void *base,
    const struct origin *origin, int64_t sandbox)
{
	const struct setting *s = &settings[i];
	struct last_row *last = &l->last_rows[i];
	struct setting_row *row;

	if (last->row != NULL && last->origin.file == origin->file &&
	    last->origin.line == origin->line && last->sandbox == sandbox &&
	    memcmp(setting_field(s, last->base), setting_field(s, base),
		s->type->size) == 0)
		return last->row;
	if (last->row == NULL) {
		last->section = arena_strdup(l->arena, section);
		last->name = arena_strdup(l->arena, s->name);
	}
	row = arena_alloc(l->arena, sizeof(*row));
	row->section = last->section;
	row->name = last->name;
	row->value = make_value(l, s, base);
	row->where = make_where(l, s, base, origin);
	row->file = origin->file;
	row->lines = origin->lines;
	last->base = base;
	last->origin = *origin;
	last->sandbox = sandbox;
	last->row = row;
	return row;
}

/* Whether SETTING has a row; SERVICE is NULL at the top level. */
static bool
has_row(
    const struct service *service, const struct setting *s, const void *base)
{
	return (s->scope == GLOBAL) == (service == NULL) &&
	    (service == NULL || check_applies(service, s)) &&
	    s->type != &type_commands && !(s->flags & NOT_PRINTED) &&
	    setting_is_set(s, base);
}

static const struct setting_row *const *
make_rows(struct loader *l, const struct service *service, const void *base,
    const struct origin *origins)
{
	const struct setting_row **rows;
	size_t i, at = 0, n = 0;

	if (l->last_rows == NULL) {
		l->last_rows =
		    memory_resize(NULL, nsettings, sizeof(*l->last_rows));
		memset(l->last_rows, 0, nsettings * sizeof(*l->last_rows));
	}
	for (i = 0; i < nsettings; i++)
		n += has_row(service, &settings[i], base);
	rows = arena_alloc(l->arena, (n + 1) * sizeof(struct setting_row *));
	n = 0;
	for (i = 0; i < nsettings; i++) {
		if (at + 1 < NSECTIONS &&
		    strcmp(settings[i].name, sections[at + 1].first) == 0)
			at++;
		if (has_row(service, &settings[i], base))
			rows[n++] =
			    make_row(l, i, sections[at].name, base, &origins[i],
				service == NULL ? 0 : service->sandbox);
	}
	return rows;
}

void
rows_make(struct loader *l, struct service *service)
{
	/* After an error, fields may have values that cannot be printed. */
	if (l->errors == 0)
		service->rows = make_rows(l, service, service, l->origins);
}

void
rows_make_top(struct loader *l, const struct origin *origins)
{
	if (l->errors == 0)
		l->config->rows = make_rows(l, NULL, l->config, origins);
}

void
rows_free(struct loader *l)
{
	free(l->last_rows);
	l->last_rows = NULL;
}
