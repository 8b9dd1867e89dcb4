/*
 * loader.h -- a configuration while it is built: where it goes, and its errors.
 *
 * src/load is haild-load, the program that turns files into a configuration.
 * It runs once for each start, reload or "haild -t" with the privileges of the
 * daemon, reads files of the administrator and asks the system's databases, but
 * never reads what a client sends.  Lookups and parsers may
 * leak, crash or hang without harm to the daemon.
 */

#ifndef LOADER_H
#define LOADER_H

#include <libconfig.h>

#include "config/arena.h"
#include "config/config.h"
#include "config/source.h"

/* Takes each error and warning: one line, without a newline. */
typedef void config_sink(void *arg, bool error, const char *text);

/*
 * Read, check and build the configuration in ARENA.  Returns it, or NULL after
 * at least one error went to SINK.  Resolves names, and waits for the answers.
 * This is build.c; the rest of this header is for the modules that it uses.
 */
const struct config *config_build(const struct config_source *source,
    struct arena *arena, config_sink *sink, void *arg);

struct loader {
	const struct config_source *source;
	struct arena *arena;
	config_sink *sink;
	void *arg;
	unsigned int errors; /* so far */
	const char *file;    /* the one being read */
	struct config *config;
};

/* Where something was written. */
struct origin {
	const char *file; /* NULL: nowhere, it is a default */
	int line;	  /* 0: none */
};

/* Report "file:line: ..." for VALUE, or for the whole file if it is NULL. */
void loader_error(struct loader *l, const config_setting_t *value,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Report "file:line: ..." at ORIGIN, or without a place where it has none. */
void loader_error_at(struct loader *l, const struct origin *origin,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void loader_warn_at(struct loader *l, const struct origin *origin,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * Report that something SERVICE needs is missing on this system: an error, or
 * (struct config_source's tolerant) what puts that service out of service.
 */
void loader_missing(struct loader *l, struct service *service,
    const struct origin *origin, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
