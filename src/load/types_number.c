/*
 * types_number.c -- kinds of values that are numbers, or are made of them.
 */

#include "load/types.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/io.h"
#include "load/value.h"

#define UNUSED __attribute__((unused))

static const int64_t minus_one = -1;
static const struct rate no_rate;

/* The end of an error of a setting that allows "none". */
static const char *
or_none(const struct setting *s)
{
	return s->flags & NONE ? " or \"none\"" : "";
}

static int
in_range(struct loader *l, const struct setting *s, const config_setting_t *v,
    int64_t n)
{
	if (n < s->min || n > s->max)
		return TYPE_REFUSE(l, v,
		    "\"%s\" must be from %" PRId64 " to %" PRId64, s->name,
		    s->min, s->max);
	return 0;
}

static int
number_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	int64_t n;

	if (!value_get_number(v, &n))
		return TYPE_REFUSE(l, v, "\"%s\" must be a whole number%s",
		    s->name, or_none(s));
	if (in_range(l, s, v, n) == -1)
		return -1;
	*(int64_t *)field = n;
	return 0;
}

static void
number_print(const struct setting *s UNUSED, const void *field, FILE *out)
{
	fprintf(out, "%" PRId64, *(const int64_t *)field);
}

const struct type type_number = { number_parse, number_print, sizeof(int64_t),
	true, &minus_one };

static int
boolean_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	if (config_setting_type(v) != CONFIG_TYPE_BOOL)
		return TYPE_REFUSE(
		    l, v, "\"%s\" must be true or false", s->name);
	*(bool *)field = config_setting_get_bool(v) != 0;
	return 0;
}

static void
boolean_print(const struct setting *s UNUSED, const void *field, FILE *out)
{
	fputs(*(const bool *)field ? "true" : "false", out);
}

const struct type type_boolean = { boolean_parse, boolean_print, sizeof(bool),
	true, NULL };

/* A boolean that knows whether it was written. */
static int
tristate_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	bool b;

	if (boolean_parse(l, s, &b, v) == -1)
		return -1;
	*(int64_t *)field = b;
	return 0;
}

static void
tristate_print(const struct setting *s UNUSED, const void *field, FILE *out)
{
	fputs(*(const int64_t *)field ? "true" : "false", out);
}

const struct type type_tristate = { tristate_parse, tristate_print,
	sizeof(int64_t), true, NULL };

static int
mode_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	const char *text = config_setting_get_string(v);
	size_t digits = text == NULL ? 0 : strspn(text, "01234567");
	long n = digits == 0 ? -1 : strtol(text, NULL, 8);

	if (n == -1 || text[digits] != '\0' || n > 0777)
		return TYPE_REFUSE(l, v,
		    "\"%s\" must be an octal number in quotes, such as "
		    "\"0660\"",
		    s->name);
	*(int64_t *)field = n;
	return 0;
}

static void
mode_print(const struct setting *s UNUSED, const void *field, FILE *out)
{
	fprintf(out, "\"%04o\"", (unsigned int)*(const int64_t *)field);
}

const struct type type_mode = { mode_parse, mode_print, sizeof(int64_t), true,
	NULL };

static int
duration_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	const char *text = config_setting_get_string(v);
	int64_t n;

	if (text != NULL ? value_parse_duration(text, &n) == -1
			 : !value_get_number(v, &n))
		return TYPE_REFUSE(l, v,
		    "\"%s\" must be a duration, such as \"30s\", \"5m\", "
		    "\"1h\"%s",
		    s->name, or_none(s));
	if (n < s->min || n > s->max)
		return TYPE_REFUSE(l, v,
		    "\"%s\" must be from %s to %" PRId64 "d", s->name,
		    s->min == 0 ? "0s" : "1s", s->max / 86400);
	*(int64_t *)field = n * SECOND;
	return 0;
}

static void
duration_print(const struct setting *s UNUSED, const void *field, FILE *out)
{
	char text[32];

	fprintf(out, "\"%s\"",
	    value_format_duration(*(const int64_t *)field, text, sizeof(text)));
}

const struct type type_duration = { duration_parse, duration_print,
	sizeof(int64_t), true, &minus_one };

static int
limit_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	struct limit *limit = field;
	const char *text = config_setting_get_string(v);
	int64_t n;

	if (text != NULL && value_parse_limit(text, limit) == 0)
		return 0;
	if (text == NULL && value_get_number(v, &n) && n >= 0) {
		*limit = (struct limit) { true, (rlim_t)n, (rlim_t)n };
		return 0;
	}
	return TYPE_REFUSE(l, v,
	    "\"%s\" must be a limit, such as 64, \"64K\", \"64K:1M\" or "
	    "\"unlimited\"",
	    s->name);
}

static void
limit_print(const struct setting *s UNUSED, const void *field, FILE *out)
{
	char text[64];

	fprintf(out, "\"%s\"", value_format_limit(field, text, sizeof(text)));
}

const struct type type_limit = { limit_parse, limit_print, sizeof(struct limit),
	false, NULL };

/* A load average, in hundredths. */
static int
load_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	int64_t n;

	if (value_get_hundredths(v, &n) == -1 || n < s->min || n > s->max)
		return TYPE_REFUSE(l, v,
		    "\"%s\" must be a load average, such as 4.5%s", s->name,
		    or_none(s));
	*(int64_t *)field = n;
	return 0;
}

static void
load_print(const struct setting *s UNUSED, const void *field, FILE *out)
{
	int64_t n = *(const int64_t *)field;

	fprintf(out, "%" PRId64 ".%02d", n / 100, (int)(n % 100));
}

const struct type type_load = { load_parse, load_print, sizeof(int64_t), true,
	&minus_one };

static int
rate_setting_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	const char *text = config_setting_get_string(v);

	if (text == NULL || rate_parse(field, text) == -1)
		return TYPE_REFUSE(l, v,
		    "\"%s\" must be a rate, such as \"50/s\", \"300/m\", "
		    "\"50/s:100\"%s",
		    s->name, or_none(s));
	return 0;
}

static void
rate_setting_print(const struct setting *s UNUSED, const void *field, FILE *out)
{
	char text[64];

	fprintf(out, "\"%s\"", rate_print(field, text, sizeof(text)));
}

const struct type type_rate = { rate_setting_parse, rate_setting_print,
	sizeof(struct rate), true, &no_rate };

/* --- networks --- */

static int
prefixes_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	struct prefixes *all = field;
	struct prefix_node *list;
	const char *const *texts;
	char error[256];
	int i, n, bad = 0;

	if (type_parse_strings(l, s, &texts, v) == -1)
		return -1;
	n = config_setting_length(v);
	list = arena_alloc(l->arena, ((size_t)n + 1) * sizeof(*list));
	for (i = 0; i < n; i++)
		if (prefix_parse(&list[i].prefix, texts[i], error,
			sizeof(error)) == -1) {
			loader_error(l, v, "\"%s\": %s", s->name, error);
			bad = -1;
		}
	all->list = list;
	all->n = prefixes_link(list, (size_t)n);
	return bad;
}

static void
prefixes_print(const struct setting *s UNUSED, const void *field, FILE *out)
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

const struct type type_prefixes = { prefixes_parse, prefixes_print,
	sizeof(struct prefixes), false, NULL };
