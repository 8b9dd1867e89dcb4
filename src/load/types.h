/*
 * types.h -- the kinds of values that settings have.
 */

#ifndef TYPES_H
#define TYPES_H

#include <libconfig.h>

#include <stdio.h>

#include "load/loader.h"

struct setting;

struct type {
	/*
	 * Read VALUE into FIELD.  Returns 0, or -1 after an error was
	 * reported.
	 */
	int (*parse)(struct loader *l, const struct setting *s, void *field,
	    const config_setting_t *value);
	/* Write it as parse reads it; NULL: print.c knows how. */
	void (*print)(const struct setting *s, const void *field, FILE *out);
	size_t size;	  /* of FIELD */
	bool always;	  /* it has a value even if it is all zeros */
	const void *none; /* what "none" is, for settings that allow it */
};

enum setting_scope {
	GLOBAL,	 /* at the top: a field of struct config */
	DEFAULT, /* in a service, or at the top for all of them */
	OWN,	 /* in a service alone */
};

/* What else holds for a setting; bits of struct setting's flags. */
enum {
	NONE = 1,	     /* its value may be "none" */
	NEEDS_UNIX = 2,	     /* only with a Unix socket in "listen" */
	NEEDS_ADDRESS = 4,   /* only with an address in "listen" */
	NEEDS_PROXY = 8,     /* only with "proxy-from", unless the handler
				reads what clients send */
	NOT_WAIT = 16,	     /* not with "wait": it is about clients */
	ROOT = 32,	     /* only if haild runs as root */
	IDENTITY = 64,	     /* a command with it needs a user of its own */
	NOT_INHERITED = 128, /* a command does not have its service's */
	NOT_PRINTED = 256    /* what it adds is printed in its place */
};
/* Whoever has it is a service of that handler. */
#define CHOOSES(handler) ((unsigned int)(handler)*1024)

struct setting {
	const char *name;
	const struct type *type;
	size_t offset; /* in struct config (GLOBAL) or struct service */
	enum setting_scope scope;
	unsigned int handlers; /* enum handler: those it is for */
	unsigned int flags;
	const char *preset; /* the default, as it would be written */
	int64_t min, max;   /* of numbers and durations */
	const char *const *words;
};

/* Report an error for a value, and be -1. */
#define TYPE_REFUSE(l, v, ...) (loader_error((l), (v), __VA_ARGS__), -1)

/* types_text.c */
extern const struct type type_string, type_path, type_strings, type_program,
    type_environment, type_word, type_builtin, type_facility;
/* types_number.c */
extern const struct type type_number, type_boolean, type_tristate, type_mode,
    type_duration, type_limit, type_load, type_rate, type_prefixes;
/* types_command.c */
extern const struct type type_commands, type_arg_count, type_patterns,
    type_variables, type_positions;

/* A list of strings; the kinds of its strings are up to the caller. */
int type_parse_strings(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v);
void type_print_strings(const struct setting *s, const void *field, FILE *out);

#endif
