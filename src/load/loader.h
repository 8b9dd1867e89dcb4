/*
 * loader.h -- build a configuration, and print it; what all modules that do so
 * share: where it goes, and its errors.
 *
 * src/load is haild-load, the program that turns files into a configuration.
 * It runs once for each start, reload or "haild -t" with the privileges of the
 * daemon, reads files of the administrator and asks the system's databases, but
 * never reads what a client sends.  Lookups and parsers may leak, crash or hang
 * without harm to the daemon.
 */

#ifndef LOADER_H
#define LOADER_H

#include <libconfig.h>

#include <stdio.h>

#include "config/arena.h"
#include "config/config.h"

/* --- what the program does --- */

/* Takes each error and warning: one line, without a newline. */
typedef void config_sink(void *arg, bool error, const char *text);

/*
 * Read, check and build the configuration in ARENA.  Returns it, or NULL after
 * at least one error went to SINK; *WRONG (unless it is NULL) tells whether one
 * was in the text itself; otherwise something was missing on this system. Looks
 * up names, as names.h says.
 */
const struct config *config_build(const struct config_source *source,
    struct arena *arena, config_sink *sink, void *arg, bool *wrong);

/* Write it complete, in the syntax of haild.conf(5), as it was understood. */
void config_print(const struct config *config, FILE *out);

/*
 * "added a; changed b, c; removed d": how the services differ, into BUF, which
 * is "nothing" when they do not.
 */
void config_diff(
    const struct config *old, const struct config *new, char *buf, size_t size);

/* --- for the modules that do it --- */

/* Where something was written. */
struct origin {
	const char *file; /* NULL: nowhere, it is a default */
	int line;	  /* 0: none */
	const int *lines; /* of the strings in a list; NULL: not known */
};

struct names;
struct pools;
struct filter_cache;
struct last_row;
struct forward_place;

struct loader {
	const struct config_source *source;
	struct arena *arena;
	config_sink *sink;
	void *arg;
	unsigned int errors;  /* so far */
	unsigned int lacking; /* those that are not in the text */
	struct names *names;  /* that are looked up */
	const char *file;     /* the one being read; in the arena */
	const char *text;     /* its contents; NULL: an inetd.conf */
	struct config *config;
	/*
	 * Where the settings of the service or command being read are, in the
	 * order of settings[]: its own, and those with the defaults for it;
	 * and where it begins.
	 */
	const struct origin *own, *origins;
	struct origin here;
	/* contain/: what is made once for a load */
	struct service *presets;
	struct pools *pools;
	const char *const *hidden; /* "inaccessible-paths" of a service, as
				      they were written */
	bool scopes_reported, controllers_reported;
	struct filter_cache *filters;	      /* load/contain/filters.c */
	struct last_row *last_rows;	      /* load/rows.c */
	struct forward_place *forward_places; /* of each service */
	char *said; /* warnings of files of TLS, a line each; or NULL */
};

/* Where VALUE is in the file being read; or the whole file if it is NULL. */
struct origin loader_origin(
    const struct loader *l, const config_setting_t *value);

/*
 * Report "file:line: ..." at ORIGIN, or without a place where it has none: an
 * error, which refuses the configuration, or a warning.
 */
void loader_report(struct loader *l, bool error, const struct origin *origin,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#define LOADER_ERRORS_MAX 100 /* that are reported; the rest is counted */

#define loader_error_at(l, origin, ...) \
	loader_report((l), true, (origin), __VA_ARGS__)
#define loader_warn(l, ...) loader_report((l), false, NULL, __VA_ARGS__)

/* For VALUE. */
#define loader_error(l, value, ...)                                  \
	loader_report((l), true,                                     \
	    (const struct origin[]) { loader_origin((l), (value)) }, \
	    __VA_ARGS__)

/*
 * Report that something SERVICE needs is missing on this system: an error, or
 * (struct config_source's tolerant) what puts that service out of service.
 * SERVICE is NULL where haild itself needs it.
 */
void loader_missing(struct loader *l, struct service *service,
    const struct origin *origin, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
