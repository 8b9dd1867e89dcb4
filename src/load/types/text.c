/*
 * text.c -- kinds of values that are one string, and "commands".
 */

#include "load/settings.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "lib/log.h"
#include "load/text/suggest.h"
#include "load/text/value.h"
#include "load/types/rules.h"

/* --- one string --- */

static const char a_string[] = "a string, in quotes";

static bool
string_parse(const struct reading *r, void *field)
{
	if (r->text == NULL)
		return false;
	*(const char **)field = arena_strdup(r->l->arena, r->text);
	text_check(r, r->text);
	return true;
}

static void
string_print(const void *field, FILE *out)
{
	value_print_string(*(const char *const *)field, out);
}

const struct type type_string = { a_string, string_parse, string_print,
	.size = sizeof(const char *) };
static const char *const no_text = NULL;
const struct type type_path = { a_string, string_parse, string_print,
	.size = sizeof(const char *), .check = text_check_path };
const struct type type_socket = { a_string, string_parse, string_print,
	.size = sizeof(const char *), .always = true, .none = &no_text,
	.check = text_check_socket };
const struct type type_interface = { a_string, string_parse, string_print,
	.size = sizeof(const char *), .none = &no_text,
	.check = text_check_interface };
const struct type type_user = { a_string, string_parse, string_print,
	.size = sizeof(const char *), .check = text_check_user };
const struct type type_command_name = { a_string, string_parse, string_print,
	.size = sizeof(const char *), .check = text_check_command_name };

/* One of several words, stored as its number. */
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

/* One of several words, stored as text. */
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

/*
 * Only allocates: a command inherits from its service, so the other settings
 * are read first, and command_read comes last.
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
