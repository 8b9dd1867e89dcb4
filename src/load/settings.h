/*
 * settings.h -- the one table of the names in haild.conf(5).
 *
 * It drives parsing, defaults, inheritance, "haild -T", and the test that
 * compares it with the manual.  A new setting is one line of it, one field of
 * struct service or struct config, and its paragraph in the manual.
 */

#ifndef SETTINGS_H
#define SETTINGS_H

#include <libconfig.h>

#include "config/config.h"

struct loader; /* config.c: where values go, and errors */
struct setting;

/* A kind of value. */
struct type {
	/*
	 * Read VALUE into FIELD.  Returns 0, or -1 after an error was
	 * reported.
	 */
	int (*parse)(struct loader *l, const struct setting *s, void *field,
	    const config_setting_t *value);
	/* Whether FIELD has something that can be written. */
	bool (*is_set)(const void *field);
	/* Write it as parse reads it. */
	void (*print)(const struct setting *s, const void *field, FILE *out);
};

enum setting_scope {
	GLOBAL,	 /* at the top: a field of struct config */
	DEFAULT, /* in a service, or at the top for all of them */
	OWN,	 /* in a service alone */
};

struct setting {
	const char *name;
	const struct type *type;
	size_t offset; /* in struct config (GLOBAL) or struct service */
	enum setting_scope scope;
	unsigned int handlers; /* which can honour it */
	const char *preset;    /* the default, as it would be written */
	int64_t min, max;      /* of numbers and durations; -1 allows "none" */
	const char *const *words;
};

/* The kinds that are a command's alone (command.c). */
extern const struct type type_commands, type_arg_count, type_patterns,
    type_variables, type_positions;

/* A list of strings: reads it, and nothing else. */
int setting_parse_strings(struct loader *l, const struct setting *s,
    void *field, const config_setting_t *v);
void setting_print_strings(
    const struct setting *s, const void *field, FILE *out);
bool setting_pointer_is_set(const void *field);

extern const struct setting settings[];
extern const size_t nsettings;

/*
 * The setting of that name, for the top level or for a service.  A name may
 * mean two things ("max-sessions" at the top is the total).  NULL when there is
 * none.
 */
const struct setting *setting_find(const char *name, bool in_service);

/* The index in settings[] (and in origins) of a service's setting. */
size_t setting_index(const char *name);

#endif
