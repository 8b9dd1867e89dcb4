/*
 * number.c -- kinds of values that are numbers, or are made of them.
 */

#include "load/settings.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "config/command.h"
#include "lib/io.h"
#include "lib/number.h"
#include "load/text/value.h"

static const int64_t minus_one = -1;
static const struct rate no_rate;

static bool
whole_parse(const struct reading *r, void *field)
{
	int64_t n;

	if (!value_get_number(r->v, &n))
		return false;
	if (n < r->s->min || n > r->s->max)
		loader_error(r->l, r->v,
		    "\"%s\" must be from %" PRId64 " to %" PRId64, r->s->name,
		    r->s->min, r->s->max);
	else
		*(int64_t *)field = n;
	return true;
}

static void
whole_print(const void *field, FILE *out)
{
	fprintf(out, "%" PRId64, *(const int64_t *)field);
}

const struct type type_number = { "a whole number", whole_parse, whole_print,
	.size = sizeof(int64_t), .always = true, .none = &minus_one };

static bool
boolean_parse(const struct reading *r, void *field)
{
	*(bool *)field = config_setting_get_bool(r->v) != 0;
	return config_setting_type(r->v) == CONFIG_TYPE_BOOL;
}

static void
boolean_print(const void *field, FILE *out)
{
	fputs(*(const bool *)field ? "true" : "false", out);
}

const struct type type_boolean = { "true or false", boolean_parse,
	boolean_print, .size = sizeof(bool), .always = true };

static bool
mode_parse(const struct reading *r, void *field)
{
	size_t digits = r->text == NULL ? 0 : strspn(r->text, "01234567");
	long n = digits == 0 ? -1 : strtol(r->text, NULL, 8);

	if (n == -1 || r->text[digits] != '\0' || n > 0777)
		return false;
	*(int64_t *)field = n;
	return true;
}

static void
mode_print(const void *field, FILE *out)
{
	fprintf(out, "\"%04o\"", (unsigned int)*(const int64_t *)field);
}

const struct type type_mode = { "an octal number in quotes, such as \"0660\"",
	mode_parse, mode_print, .size = sizeof(int64_t), .always = true };

static bool
duration_parse(const struct reading *r, void *field)
{
	int64_t n;

	if (r->text != NULL ? !value_parse_duration(r->text, &n)
			    : !value_get_number(r->v, &n))
		return false;
	if (n < r->s->min || n > r->s->max)
		loader_error(r->l, r->v,
		    "\"%s\" must be from %s to %" PRId64 "%s", r->s->name,
		    r->s->min == 0 ? "0s" : "1s",
		    r->s->max < 86400 ? r->s->max / 3600 : r->s->max / 86400,
		    r->s->max < 86400 ? "h" : "d");
	else
		*(int64_t *)field = n * SECOND;
	return true;
}

static void
duration_print(const void *field, FILE *out)
{
	value_print_duration(*(const int64_t *)field, out);
}

const struct type type_duration = {
	"a duration, such as \"30s\", \"5m\", \"1h\"", duration_parse,
	duration_print, .size = sizeof(int64_t), .always = true,
	.none = &minus_one
};

static bool
limit_parse(const struct reading *r, void *field)
{
	int64_t n;

	if (r->text != NULL)
		return value_parse_limit(r->text, field);
	if (!value_get_number(r->v, &n) || n < 0)
		return false;
	*(struct limit *)field = (struct limit) { true, (rlim_t)n, (rlim_t)n };
	return true;
}

static void
limit_print(const void *field, FILE *out)
{
	value_print_limit(field, out);
}

const struct type type_limit = {
	"a limit, such as 64, \"64K\", \"64K:1M\" or \"unlimited\"",
	limit_parse, limit_print, .size = sizeof(struct limit)
};

/* A load average, in hundredths. */
static bool
load_parse(const struct reading *r, void *field)
{
	int64_t n;

	if (!value_get_hundredths(r->v, &n) || n < r->s->min || n > r->s->max)
		return false;
	*(int64_t *)field = n;
	return true;
}

static void
load_print(const void *field, FILE *out)
{
	int64_t n = *(const int64_t *)field;

	fprintf(out, "%" PRId64 ".%02d", n / 100, (int)(n % 100));
}

const struct type type_load = { "a load average, such as 4.5", load_parse,
	load_print, .size = sizeof(int64_t), .always = true,
	.none = &minus_one };

static bool
rate_setting_parse(const struct reading *r, void *field)
{
	return r->text != NULL && rate_parse(field, r->text) == 0;
}

static void
rate_setting_print(const void *field, FILE *out)
{
	char text[64];

	fprintf(out, "\"%s\"", rate_print(field, text, sizeof(text)));
}

const struct type type_rate = {
	"a rate, such as \"50/s\", \"300/m\", \"50/s:100\"", rate_setting_parse,
	rate_setting_print, .size = sizeof(struct rate), .always = true,
	.none = &no_rate
};

/* "2", "1-3", "1-" */
static bool
arg_count_parse(const struct reading *r, void *field)
{
	const char *p = r->text;
	uint64_t min, max;

	if (p == NULL || !number_read(&p, COMMAND_ARGS_MAX, &min))
		return false;
	max = min;
	if (*p == '-') {
		p++;
		if (!number_read(&p, COMMAND_ARGS_MAX, &max))
			max = COMMAND_ARGS_MAX;
	}
	if (*p != '\0' || min > max)
		return false;
	*(struct arg_count *)field =
	    (struct arg_count) { (int64_t)min, (int64_t)max };
	return true;
}

static void
arg_count_print(const void *field, FILE *out)
{
	const struct arg_count *n = field;

	fprintf(out, "\"%" PRId64, n->min);
	if (n->max == COMMAND_ARGS_MAX && n->min != n->max)
		fputc('-', out);
	else if (n->max != n->min)
		fprintf(out, "-%" PRId64, n->max);
	fputc('"', out);
}

#define DECIMAL(n) #n
#define IN_TEXT(macro) DECIMAL(macro)

const struct type type_arg_count = {
	"a number of arguments, such as \"2\", \"1-3\" or \"1-\", at "
	"most " IN_TEXT(COMMAND_ARGS_MAX),
	arg_count_parse, arg_count_print, .size = sizeof(struct arg_count),
	.always = true
};
