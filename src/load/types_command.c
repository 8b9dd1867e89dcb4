/*
 * types_command.c -- kinds of values that only "commands" and commands have.
 */

#include "load/types.h"

#include <ctype.h>
#include <inttypes.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "config/command.h"
#include "load/value.h"

#define UNUSED __attribute__((unused))

/*
 * Only makes room: a command has the settings of its service, so those come
 * first, and command_read last.
 */
static int
commands_parse(struct loader *l, const struct setting *s UNUSED, void *field,
    const config_setting_t *v)
{
	int n = config_setting_is_group(v) ? config_setting_length(v) : 0;

	if (n == 0)
		return TYPE_REFUSE(l, v,
		    "\"commands\" must be a group of at least one command, "
		    "such as "
		    "{ NAME: { exec = [\"/program\"] } }");
	*(const struct service **)field =
	    arena_alloc(l->arena, ((size_t)n + 1) * sizeof(struct service));
	return 0;
}

const struct type type_commands = { commands_parse, NULL,
	sizeof(const struct service *), false, NULL };

/* "2", "1-3", "1-" */
static int
arg_count_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	const char *text = config_setting_get_string(v);
	struct arg_count n = { 0, 0 };
	char *end;

	if (text == NULL || !isdigit((unsigned char)*text))
		goto fail;
	n.min = n.max = strtol(text, &end, 10);
	if (strcmp(end, "-") == 0) {
		n.max = COMMAND_ARGS_MAX;
		end++;
	} else if (*end == '-' && isdigit((unsigned char)end[1]))
		n.max = strtol(end + 1, &end, 10);
	if (*end != '\0' || n.min > n.max || n.max > COMMAND_ARGS_MAX)
		goto fail;
	*(struct arg_count *)field = n;
	return 0;
fail:
	return TYPE_REFUSE(l, v,
	    "\"%s\" must be a number of arguments, such as \"2\", \"1-3\" or "
	    "\"1-\", at most %d",
	    s->name, COMMAND_ARGS_MAX);
}

static void
arg_count_print(const struct setting *s UNUSED, const void *field, FILE *out)
{
	const struct arg_count *n = field;

	fprintf(out, "\"%" PRId64, n->min);
	if (n->max == COMMAND_ARGS_MAX && n->min != n->max)
		fputc('-', out);
	else if (n->max != n->min)
		fprintf(out, "-%" PRId64, n->max);
	fputc('"', out);
}

const struct type type_arg_count = { arg_count_parse, arg_count_print,
	sizeof(struct arg_count), true, NULL };

static int
patterns_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	const char *const *list;
	char reason[128];
	regex_t re;
	size_t i;
	int error;

	if (type_parse_strings(l, s, field, v) == -1)
		return -1;
	list = *(const char *const **)field;
	if (list[0] == NULL)
		return TYPE_REFUSE(l, v, "\"%s\" has no pattern", s->name);
	for (i = 0; list[i] != NULL; i++) {
		if ((error = command_compile(&re, list[i])) != 0) {
			regerror(error, &re, reason, sizeof(reason));
			return TYPE_REFUSE(l, v, "\"%s\": \"%s\": %s", s->name,
			    list[i], reason);
		}
		regfree(&re);
	}
	return 0;
}

const struct type type_patterns = { patterns_parse, type_print_strings,
	sizeof(const char *const *), false, NULL };

/* A name, or how names begin and then "*". */
static bool
is_variable(const char *text)
{
	size_t n = strcspn(text, "*");

	return n > 0 && !isdigit((unsigned char)*text) &&
	    strspn(text, COMMAND_VARIABLE) == n &&
	    (text[n] == '\0' || text[n + 1] == '\0');
}

static int
variables_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	const char *const *list;
	size_t i;

	if (type_parse_strings(l, s, field, v) == -1)
		return -1;
	list = *(const char *const **)field;
	for (i = 0; list[i] != NULL; i++) {
		if (!is_variable(list[i]))
			return TYPE_REFUSE(l, v,
			    "\"%s\": \"%s\" is neither the name of a variable "
			    "nor the beginning of one, such as \"LC_*\"",
			    s->name, list[i]);
		if (command_is_reserved(list[i], strcspn(list[i], "*")))
			return TYPE_REFUSE(l, v,
			    "\"%s\": \"%s\" is never taken from a client",
			    s->name, list[i]);
	}
	return 0;
}

const struct type type_variables = { variables_parse, type_print_strings,
	sizeof(const char *const *), false, NULL };

static int
positions_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	int i, n = config_setting_length(v);
	int64_t *list;

	if (!config_setting_is_array(v) && !config_setting_is_list(v))
		goto fail;
	list = arena_alloc(l->arena, ((size_t)n + 1) * sizeof(*list));
	for (i = 0; i < n; i++)
		if (!value_get_number(
			config_setting_get_elem(v, (unsigned int)i),
			&list[i]) ||
		    list[i] < 1)
			goto fail;
	*(const int64_t **)field = list;
	return 0;
fail:
	return TYPE_REFUSE(l, v,
	    "\"%s\" must be a list of positions from 1, such as [1, 2]",
	    s->name);
}

static void
positions_print(const struct setting *s UNUSED, const void *field, FILE *out)
{
	const int64_t *list = *(const int64_t *const *)field;
	size_t i;

	fputc('[', out);
	for (i = 0; list[i] != 0; i++)
		fprintf(out, "%s%" PRId64, i > 0 ? ", " : "", list[i]);
	fputc(']', out);
}

const struct type type_positions = { positions_parse, positions_print,
	sizeof(const int64_t *), false, NULL };
