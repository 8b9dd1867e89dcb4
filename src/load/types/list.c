/*
 * list.c -- kinds of values that are lists of strings or of numbers.
 */

#include "load/settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/variable.h"
#include "load/memory.h"
#include "load/text/entries.h"
#include "load/text/value.h"
#include "load/types/rules.h"

static const char a_list[] = "a list of strings, such as [\"a\", \"b\"]";

static bool
is_list(const config_setting_t *v)
{
	return config_setting_is_array(v) || config_setting_is_list(v);
}

/* libconfig's lines are never too small. */
static bool
has_lines(const config_setting_t *v, int n)
{
	const config_setting_t *last =
	    config_setting_get_elem(v, (unsigned int)n - 1);

	return config_setting_source_line(last) > config_setting_source_line(v);
}

const int *
list_lines(struct loader *l, const config_setting_t *v)
{
	int i, n = config_setting_length(v), *lines;
	const char **list;
	bool found = true;

	if (!is_list(v) || n == 0 || l->text == NULL || !has_lines(v, n))
		return NULL;
	list = memory_resize(NULL, (size_t)n, sizeof(*list));
	for (i = 0; i < n; i++) {
		list[i] = config_setting_get_string_elem(v, i);
		found = found && list[i] != NULL;
	}
	lines = arena_alloc(l->arena, (size_t)n * sizeof(*lines));
	found = found &&
	    entries_find(l->text, (int)config_setting_source_line(v),
		config_setting_name(v), list, (size_t)n, lines);
	free(list);
	return found ? lines : NULL;
}

/* Check each of the N strings of LIST, and their number. */
static void
check_strings(const struct reading *r, const char *const *list, int n)
{
	const struct type *type = r->s->type;
	int i;

	for (i = 0; i < (type->first_only && n > 1 ? 1 : n); i++)
		text_check(r, list[i]);
	if (n == 0 && type->element != NULL)
		loader_error(
		    r->l, r->v, "\"%s\" has no %s", r->s->name, type->element);
	if (r->s->max > 0 && n > r->s->max)
		loader_error(r->l, r->v,
		    "\"%s\" has %d elements; at most %" PRId64 " are allowed",
		    r->s->name, n, r->s->max);
}

static bool
strings_parse(const struct reading *r, void *field)
{
	int i, n = config_setting_length(r->v);
	const char **list, *text;

	if (!is_list(r->v))
		return false;
	list = arena_alloc(r->l->arena, ((size_t)n + 1) * sizeof(*list));
	for (i = 0; i < n; i++) {
		text = config_setting_get_string_elem(r->v, i);
		if (text == NULL)
			return false;
		list[i] = arena_strdup(r->l->arena, text);
	}
	*(const char *const **)field = list;
	check_strings(r, list, n);
	return true;
}

/*
 * A list, or one string instead of a list of one.  An empty list is like no
 * setting.
 */
static bool
string_or_strings_parse(const struct reading *r, void *field)
{
	const char **list;

	if (r->text == NULL) {
		if (!strings_parse(r, field))
			return false;
		if (**(const char *const **)field == NULL)
			*(const char *const **)field = NULL;
		return true;
	}
	list = arena_alloc(r->l->arena, 2 * sizeof(*list));
	list[0] = arena_strdup(r->l->arena, r->text);
	*(const char *const **)field = list;
	check_strings(r, list, 1);
	return true;
}

static void
strings_print(const void *field, FILE *out)
{
	value_print_strings(*(const char *const *const *)field, out);
}

#define STRINGS \
	a_list, strings_parse, strings_print, .size = sizeof(const char **)

const struct type type_strings = { STRINGS };
const struct type type_program = { STRINGS, .check = text_check_path,
	.first_only = true, .element = "program" };
const struct type type_environment = { STRINGS,
	.check = text_check_assignment };
const struct type type_patterns = { STRINGS, .check = text_check_pattern,
	.element = "pattern" };

const struct type type_mount_paths = { STRINGS,
	.check = text_check_mount_path };
const struct type type_binds = { STRINGS, .check = text_check_bind };
const struct type type_capabilities = { STRINGS,
	.check = text_check_capability };
const struct type type_cpus = { STRINGS, .check = text_check_cpus,
	.element = "CPU" };

/* The lists of TLS, which usually have one string. */
#define TEXTS(form)                                   \
	form, string_or_strings_parse, strings_print, \
	    .size = sizeof(const char **)

static const char a_path_or_list[] =
    "a path, or a list of paths, such as \"/a\" or [\"/a\", \"/b\"]";
static const char a_string_or_list[] =
    "a string, or a list of strings, such as \"a\" or [\"a\", \"b\"]";

const struct type type_paths = { TEXTS(a_path_or_list),
	.check = text_check_path };
const struct type type_protocols = { TEXTS(a_string_or_list),
	.check = text_check_protocol };
const struct type type_identities = { TEXTS(a_string_or_list),
	.check = text_check_identity, .element = "pattern" };

const struct type type_targets = { TEXTS(a_string_or_list),
	.element = "target" };

static bool
variables_parse(const struct reading *r, void *field)
{
	const char *const *list;
	size_t len;

	if (!strings_parse(r, field))
		return false;
	for (list = *(const char *const **)field; *list != NULL; list++)
		if (variable_pattern(*list, &len) == NULL)
			loader_report(r->l, false,
			    (const struct origin[]) {
				loader_origin(r->l, r->v) },
			    "\"%s\": \"%s\" has no pattern for its value, such "
			    "as \"%s=[a-z]+\"; accepting letters, digits and "
			    "\"_@.,:+-\"",
			    r->s->name, *list, *list);
	return true;
}

const struct type type_variables = { a_list, variables_parse, strings_print,
	.size = sizeof(const char **), .check = text_check_variable };

static bool
prefixes_parse(const struct reading *r, void *field)
{
	size_t i, n = (size_t)config_setting_length(r->v);
	struct prefixes *all = field;
	struct prefix_node *list;
	const char *const *texts;
	const int *lines;
	char error[256];

	if (!strings_parse(r, &texts))
		return false;
	list = arena_alloc(r->l->arena, (n + 1) * sizeof(*list));
	lines = list_lines(r->l, r->v);
	for (i = 0; i < n; i++) {
		list[i].line = lines == NULL ? 0 : lines[i];
		if (prefix_parse(
			&list[i].prefix, texts[i], error, sizeof(error)) == -1)
			loader_error(
			    r->l, r->v, "\"%s\": %s", r->s->name, error);
	}
	all->list = list;
	all->n = prefixes_link(list, n);
	return true;
}

static void
prefixes_print(const void *field, FILE *out)
{
	const struct prefixes *all = field;
	char text[PREFIX_TEXT_MAX];
	size_t i;

	fputc('[', out);
	for (i = 0; i < all->n; i++)
		fprintf(out, "%s\"%s\"", i > 0 ? ", " : "",
		    prefix_print(&all->list[i].prefix, text, sizeof(text)));
	fputc(']', out);
}

const struct type type_prefixes = { a_list, prefixes_parse, prefixes_print,
	.size = sizeof(struct prefixes) };

static bool
positions_parse(const struct reading *r, void *field)
{
	int i, n = config_setting_length(r->v);
	int64_t *list;

	if (!is_list(r->v))
		return false;
	list = arena_alloc(r->l->arena, ((size_t)n + 1) * sizeof(*list));
	for (i = 0; i < n; i++)
		if (!value_get_number(
			config_setting_get_elem(r->v, (unsigned int)i),
			&list[i]) ||
		    list[i] < 1)
			return false;
	*(const int64_t **)field = list;
	return true;
}

static void
positions_print(const void *field, FILE *out)
{
	const int64_t *list = *(const int64_t *const *)field;
	size_t i;

	fputc('[', out);
	for (i = 0; list[i] != 0; i++)
		fprintf(out, "%s%" PRId64, i > 0 ? ", " : "", list[i]);
	fputc(']', out);
}

const struct type type_positions = {
	"a list of positions from 1, such as [1, 2]", positions_parse,
	positions_print, .size = sizeof(const int64_t *)
};
