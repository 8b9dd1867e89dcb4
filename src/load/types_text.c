/*
 * types_text.c -- kinds of values that are strings, or lists, and "commands".
 */

#include "load/settings.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "config/command.h"
#include "config/variable.h"
#include "lib/log.h"
#include "load/text/suggest.h"
#include "load/text/value.h"

/* Report what is wrong with one string of a value. */
static void
check_text(const struct reading *r, const char *text)
{
	const struct type *type = r->s->type;
	const char *why = type->check != NULL ? type->check(text) : NULL;

	if (why != NULL)
		loader_error(
		    r->l, r->v, "\"%s\": \"%s\"%s", r->s->name, text, why);
}

static const char *
check_path(const char *text)
{
	return text[0] == '/' ? NULL : " is not an absolute path";
}

static const char *
check_assignment(const char *text)
{
	return strcspn(text, "=") > 0 && strchr(text, '=') != NULL
	    ? NULL
	    : " is not of the form NAME=value";
}

static const char *
check_pattern(const char *text)
{
	static char why[128] = ": ";

	return command_check_pattern(text, why + 2, sizeof(why) - 2) == -1
	    ? why
	    : NULL;
}

/* A name, or how names begin and then "*"; then "=" and a pattern. */
static const char *
check_variable(const char *text)
{
	static char why[128];
	size_t len, n = strcspn(text, "*=");
	const char *pattern = variable_pattern(text, &len), *reason;

	if (n == 0 || isdigit((unsigned char)*text) ||
	    strspn(text, VARIABLE_NAME) != n || n + (text[n] == '*') != len)
		return " is neither NAME nor NAME=PATTERN, where NAME may end "
		       "with \"*\", such as \"LC_*\"";
	if ((reason = variable_reserved(text, n)) == NULL)
		return pattern != NULL ? check_pattern(pattern) : NULL;
	snprintf(
	    why, sizeof(why), " is never accepted from a client: %s", reason);
	return why;
}

static const char *
check_command_name(const char *text)
{
	if (strcmp(text, "help") == 0)
		return ": this command is built in";
	if (strlen(text) > SERVICE_NAME_MAX)
		return ": a command's name has at most 63 bytes";
	return isalpha((unsigned char)text[0]) &&
		text[strspn(text, VARIABLE_NAME "-.$")] == '\0'
	    ? NULL
	    : ": a command's name is letters, digits, \"-\", \"_\", \".\" "
	      "and \"$\", the first a letter";
}

/* --- one string --- */

static const char a_string[] = "a string, in quotes";

static bool
string_parse(const struct reading *r, void *field)
{
	if (r->text == NULL)
		return false;
	*(const char **)field = arena_strdup(r->l->arena, r->text);
	check_text(r, r->text);
	return true;
}

static void
string_print(const void *field, FILE *out)
{
	value_print_string(*(const char *const *)field, out);
}

const struct type type_string = { a_string, string_parse, string_print,
	.size = sizeof(const char *) };
const struct type type_path = { a_string, string_parse, string_print,
	.size = sizeof(const char *), .check = check_path };
const struct type type_command_name = { a_string, string_parse, string_print,
	.size = sizeof(const char *), .check = check_command_name };

/* One of several words, by its number. */
static bool
word_parse(const struct reading *r, void *field)
{
	const char *const *words = r->s->words;
	int i = config_find_word(words, r->text != NULL ? r->text : "");
	char all[256];

	if (words[i] == NULL)
		loader_error(r->l, r->v, "\"%s\" must be %s", r->s->name,
		    value_list_words(words, all, sizeof(all)));
	else
		*(int64_t *)field = i;
	return true;
}

const struct type type_word = { NULL, word_parse, NULL, .size = sizeof(int64_t),
	.always = true };

/* One of several words, itself. */
static bool
builtin_parse(const struct reading *r, void *field)
{
	int64_t number;

	return string_parse(r, field) && word_parse(r, &number);
}

const struct type type_builtin = { a_string, builtin_parse, string_print,
	.size = sizeof(const char *) };

static bool
facility_parse(const struct reading *r, void *field)
{
	struct suggestion guess;
	char text[SUGGEST_TEXT_MAX];
	const char *name;
	int n;

	if (r->text == NULL)
		return false;
	if ((n = log_facility_number(r->text)) != -1) {
		*(int64_t *)field = n;
		return true;
	}
	suggest_begin(&guess, r->text);
	for (n = 0; n < LOG_NFACILITIES; n++)
		if ((name = log_facility_name(n << 3)) != NULL)
			suggest_name(&guess, name);
	loader_error(r->l, r->v, "unknown facility \"%s\"%s", r->text,
	    suggest_print(&guess, text, sizeof(text)));
	return true;
}

static void
facility_print(const void *field, FILE *out)
{
	fprintf(out, "\"%s\"", log_facility_name((int)*(const int64_t *)field));
}

const struct type type_facility = { a_string, facility_parse, facility_print,
	.size = sizeof(int64_t), .always = true };

/* --- lists --- */

static const char a_list[] = "a list of strings, such as [\"a\", \"b\"]";

static bool
is_list(const config_setting_t *v)
{
	return config_setting_is_array(v) || config_setting_is_list(v);
}

static bool
strings_parse(const struct reading *r, void *field)
{
	const struct type *type = r->s->type;
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
	for (i = 0; i < (type->first_only && n > 1 ? 1 : n); i++)
		check_text(r, list[i]);
	if (n == 0 && type->element != NULL)
		loader_error(
		    r->l, r->v, "\"%s\" has no %s", r->s->name, type->element);
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
const struct type type_program = { STRINGS, .check = check_path,
	.first_only = true, .element = "program" };
const struct type type_environment = { STRINGS, .check = check_assignment };
const struct type type_patterns = { STRINGS, .check = check_pattern,
	.element = "pattern" };
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
	.size = sizeof(const char **), .check = check_variable };

static bool
prefixes_parse(const struct reading *r, void *field)
{
	size_t i, n = (size_t)config_setting_length(r->v);
	struct prefixes *all = field;
	struct prefix_node *list;
	const char *const *texts;
	char error[256];

	if (!strings_parse(r, &texts))
		return false;
	list = arena_alloc(r->l->arena, (n + 1) * sizeof(*list));
	for (i = 0; i < n; i++)
		if (prefix_parse(
			&list[i].prefix, texts[i], error, sizeof(error)) == -1)
			loader_error(
			    r->l, r->v, "\"%s\": %s", r->s->name, error);
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

/*
 * Only makes room: a command has the settings of its service, so those come
 * first, and command_read last.
 */
static bool
commands_parse(const struct reading *r, void *field)
{
	int n = config_setting_is_group(r->v) ? config_setting_length(r->v) : 0;

	if (n == 0)
		return false;
	*(const struct service **)field =
	    arena_alloc(r->l->arena, ((size_t)n + 1) * sizeof(struct service));
	return true;
}

const struct type type_commands = {
	"a group of at least one command, such as { NAME: { exec = "
	"[\"/program\"] } }",
	commands_parse, NULL, .size = sizeof(const struct service *)
};
