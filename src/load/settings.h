/*
 * settings.h -- the one table of the names in haild.conf(5).
 *
 * It drives parsing, defaults, inheritance, what goes together, "haild -T", and
 * the test that compares it with the manual.  A new setting is one line of it,
 * one field of struct service or struct config, and its paragraph in the
 * manual.
 */

#ifndef SETTINGS_H
#define SETTINGS_H

#include "load/loader.h"

/* --- kinds of values --- */

struct setting;

/* A value that is being read. */
struct reading {
	struct loader *l;
	const struct setting *s;
	const config_setting_t *v;
	const char *text; /* NULL: it is not a string */
};

struct type {
	const char *form; /* of its values: '"NAME" must be FORM' */
	/*
	 * Read a value into FIELD.  Returns false if it does not have that
	 * form; other errors are reported.
	 */
	bool (*parse)(const struct reading *r, void *field);
	/* Write it as parse reads it; NULL: print.c knows how. */
	void (*print)(const void *field, FILE *out);
	size_t size;	  /* of FIELD */
	bool always;	  /* it has a value even if it is all zeros */
	const void *none; /* what "none" is, for settings that allow it */

	/* Of a string, or of each in a list: why TEXT is wrong, or NULL. */
	const char *(*check)(const char *text);
	bool first_only;     /* check only the first of a list */
	const char *element; /* what a list needs at least one of, or NULL */
};

/* types/number.c */
extern const struct type type_number, type_boolean, type_mode, type_duration,
    type_limit, type_load, type_rate, type_arg_count;
/* types/text.c */
extern const struct type type_string, type_path, type_socket, type_word,
    type_builtin, type_facility, type_commands, type_command_name, type_user,
    type_interface;
/* types/list.c */
extern const struct type type_strings, type_program, type_environment,
    type_patterns, type_variables, type_prefixes, type_positions, type_paths,
    type_protocols, type_identities, type_mount_paths, type_binds,
    type_capabilities, type_cpus, type_targets;
/* types/sandbox.c */
extern const struct type type_size, type_quota;

/*
 * The lines of the strings in V, a list, in the arena; NULL: it has one line,
 * or is no such list, or they are not known.
 */
const int *list_lines(struct loader *l, const config_setting_t *v);

/* --- settings --- */

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
	NEEDS_PROXY = 8,     /* only with "proxy-from" or "tls", unless the
				handler reads what clients send */
	NOT_WAIT = 16,	     /* not with "wait": it is about clients */
	ROOT = 32,	     /* only if haild runs as root */
	IDENTITY = 64,	     /* a command with it needs a user of its own */
	NOT_INHERITED = 128, /* a command does not have its service's */
	NOT_PRINTED = 256,   /* printed as the settings that it adds */
	NEEDS_TLS = 512,     /* only with "tls" */
	NEEDS_CLIENT = 1024, /* only with a "tls-client" that asks clients for
				certificates */
	NEEDS_NAMES =
	    2048, /* only with a "tls-client" that can give an identity */
	NEEDS_FILE = 4096, /* only with a path in "listen" */
};
/* This setting chooses the handler. */
#define CHOOSES(handler) ((unsigned int)(handler)*8192)

struct setting {
	const char *name;
	const struct type *type;
	size_t offset; /* in struct config (GLOBAL) or struct service */
	enum setting_scope scope;
	unsigned int handlers; /* enum handler: those it is for */
	unsigned int flags;
	const char *preset; /* the default, as it would be written */
	int64_t min, max;   /* of numbers and durations; max also of lists */
	const char *const *words;
};

extern const struct setting settings[];
extern const size_t nsettings;

/* The values of "sandbox", in the order of enum sandbox_preset. */
extern const char *const preset_words[];

/*
 * The setting of that name, or NULL.  A name may mean two things:
 * "max-sessions" at the top is the total.
 */
const struct setting *setting_find(const char *name, bool in_service);

/* The index in settings[] (and in origins) of a service's setting. */
size_t setting_index(const char *name);

/* The name of a handler, which is that of the setting that chooses it. */
const char *setting_handler_name(enum handler handler);

/* The handler that a service with that setting has, or 0. */
unsigned int setting_chooses(const struct setting *s);

/* The field of SETTING in BASE, a struct config (GLOBAL) or struct service. */
void *setting_field(const struct setting *s, const void *base);

/* Whether the value of SETTING in BASE can be written. */
bool setting_is_set(const struct setting *s, const void *base);

/*
 * Write the value of S in BASE as it would be written.  Returns false, and
 * writes nothing, for "commands".
 */
bool setting_print(const struct setting *s, const void *base, FILE *out);

/* Read TEXT, which is a right value of S, as if it were written in SERVICE. */
void settings_read_text(struct loader *l, const struct setting *s,
    struct service *service, const char *text);

/* Fill in the defaults, at the top and of a service. */
void settings_preset(struct loader *l, struct service *service);

/*
 * Read one setting, of a service or command (IN_SERVICE) or of the top;
 * ORIGINS, in the order of settings[], gets where it was written.
 */
void settings_read(struct loader *l, struct service *service, bool in_service,
    const config_setting_t *v, struct origin *origins);

/*
 * Read all of GROUP, a service or a command: OWN (l->own from now on) gets
 * where it was written, and ALL (l->origins) that, or else where OUTER has it.
 */
void settings_read_group(struct loader *l, struct service *service,
    const config_setting_t *group, const struct origin *outer,
    struct origin *own, struct origin *all);

/* Where NAME was written, for the service being read. */
#define ORIGIN(l, name) (&(l)->origins[setting_index(name)])

#endif
