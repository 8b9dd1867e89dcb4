/*
 * types_text.c -- kinds of values that are strings, or lists of them.
 */

#include "load/types.h"

#include <string.h>

#include "lib/log.h"
#include "load/value.h"
#include "session/builtin.h"

#define UNUSED __attribute__((unused))

static int
string_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	const char *text = config_setting_get_string(v);

	if (text == NULL)
		return TYPE_REFUSE(
		    l, v, "\"%s\" must be a string, in quotes", s->name);
	*(const char **)field = arena_strdup(l->arena, text);
	return 0;
}

static void
string_print(const struct setting *s UNUSED, const void *field, FILE *out)
{
	value_print_string(*(const char *const *)field, out);
}

const struct type type_string = { string_parse, string_print,
	sizeof(const char *), false, NULL };

static int
path_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	if (string_parse(l, s, field, v) == -1)
		return -1;
	if (**(const char **)field != '/')
		return TYPE_REFUSE(l, v,
		    "\"%s\": \"%s\" is not an absolute path", s->name,
		    *(const char **)field);
	return 0;
}

const struct type type_path = { path_parse, string_print, sizeof(const char *),
	false, NULL };

int
type_parse_strings(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	int i, n = config_setting_length(v);
	const char **list =
	    arena_alloc(l->arena, ((size_t)n + 1) * sizeof(*list));

	if (!config_setting_is_array(v) && !config_setting_is_list(v))
		goto fail;
	for (i = 0; i < n; i++) {
		const char *text = config_setting_get_string_elem(v, i);

		if (text == NULL)
			goto fail;
		list[i] = arena_strdup(l->arena, text);
	}
	*(const char *const **)field = list;
	return 0;
fail:
	return TYPE_REFUSE(l, v,
	    "\"%s\" must be a list of strings, such as [\"a\", \"b\"]",
	    s->name);
}

void
type_print_strings(const struct setting *s UNUSED, const void *field, FILE *out)
{
	const char *const *list = *(const char *const *const *)field;
	size_t i;

	fputc('[', out);
	for (i = 0; list[i] != NULL; i++) {
		if (i > 0)
			fputs(", ", out);
		value_print_string(list[i], out);
	}
	fputc(']', out);
}

const struct type type_strings = { type_parse_strings, type_print_strings,
	sizeof(const char *const *), false, NULL };

static int
program_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	const char *const *list;

	if (type_parse_strings(l, s, field, v) == -1)
		return -1;
	list = *(const char *const **)field;
	if (list[0] == NULL)
		return TYPE_REFUSE(l, v, "\"%s\" has no program", s->name);
	if (list[0][0] != '/')
		return TYPE_REFUSE(l, v,
		    "\"%s\": \"%s\" is not an absolute path", s->name, list[0]);
	return 0;
}

const struct type type_program = { program_parse, type_print_strings,
	sizeof(const char *const *), false, NULL };

static int
environment_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	const char *const *list;
	size_t i;

	if (type_parse_strings(l, s, field, v) == -1)
		return -1;
	list = *(const char *const **)field;
	for (i = 0; list[i] != NULL; i++)
		if (strchr(list[i], '=') == NULL || list[i][0] == '=')
			return TYPE_REFUSE(l, v,
			    "\"%s\": \"%s\" is not of the form NAME=value",
			    s->name, list[i]);
	return 0;
}

const struct type type_environment = { environment_parse, type_print_strings,
	sizeof(const char *const *), false, NULL };

/* --- one of several words --- */

static int
word_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	const char *text = config_setting_get_string(v);
	char all[256] = "";
	int i;

	for (i = 0; s->words[i] != NULL; i++) {
		if (text != NULL && strcmp(text, s->words[i]) == 0) {
			*(int64_t *)field = i;
			return 0;
		}
		if (i > 0)
			strlcat(all, s->words[i + 1] != NULL ? ", " : " or ",
			    sizeof(all));
		strlcat(all, "\"", sizeof(all));
		strlcat(all, s->words[i], sizeof(all));
		strlcat(all, "\"", sizeof(all));
	}
	return TYPE_REFUSE(l, v, "\"%s\" must be %s", s->name, all);
}

static void
word_print(const struct setting *s, const void *field, FILE *out)
{
	fprintf(out, "\"%s\"", s->words[*(const int64_t *)field]);
}

const struct type type_word = { word_parse, word_print, sizeof(int64_t), true,
	NULL };

static int
builtin_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	char all[256];

	if (string_parse(l, s, field, v) == -1)
		return -1;
	if (builtin_find(*(const char **)field) == NULL)
		return TYPE_REFUSE(l, v,
		    "unknown builtin \"%s\": it must be one of %s",
		    *(const char **)field, builtin_list(all, sizeof(all)));
	return 0;
}

const struct type type_builtin = { builtin_parse, string_print,
	sizeof(const char *), false, NULL };

static int
facility_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	const char *text = config_setting_get_string(v);
	int n;

	if (text == NULL)
		return TYPE_REFUSE(
		    l, v, "\"%s\" must be a string, in quotes", s->name);
	if ((n = log_facility_number(text)) == -1)
		return TYPE_REFUSE(l, v, "unknown facility \"%s\"", text);
	*(int64_t *)field = n;
	return 0;
}

static void
facility_print(const struct setting *s UNUSED, const void *field, FILE *out)
{
	fprintf(out, "\"%s\"", log_facility_name((int)*(const int64_t *)field));
}

const struct type type_facility = { facility_parse, facility_print,
	sizeof(int64_t), true, NULL };
