/*
 * loader.h -- what the parts of the configuration's builder share.
 *
 * All of it runs in the throwaway child (or in a unit test) alone.
 */

#ifndef LOADER_H
#define LOADER_H

#include <libconfig.h>

#include "config/arena.h"
#include "config/config.h"
#include "load/lookup.h"
#include "load/settings.h"

struct loader {
	const struct config_source *source;
	struct arena *arena;
	config_sink *sink;
	void *arg;
	unsigned int errors; /* so far */
	const char *file;    /* the one being read */
	const struct config *config;
	struct lookup lookup;
};

/* Where something was written. */
struct origin {
	const char *file; /* NULL: nowhere, it is a default */
	int line;
};

/* Report "file:line: ..." where VALUE stands. */
void loader_error(struct loader *l, const config_setting_t *value,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Report "file:line: ..." at ORIGIN, or without a place where it has none. */
void loader_error_at(struct loader *l, const struct origin *origin,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void loader_warn_at(struct loader *l, const struct origin *origin,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The values and their places while they are read. */
struct draft {
	struct service *service;
	struct origin *origins; /* as settings[] */
};

/* Read one setting of a service or a command into the draft. */
void loader_apply(struct loader *l, struct config *config, struct draft *d,
    bool in_service, const config_setting_t *v);

/* files.c: a text and what libconfig made of it. */
struct file {
	char *name;	  /* for errors */
	const char *text; /* in the arena; NULL: it could not be read */
	bool inetd;	  /* an inetd.conf: the tree is its translation's */
	config_t tree;
};

struct files {
	struct file *list;
	size_t n;
};

/*
 * Read every file of the source.  One that could not be read or parsed has been
 * reported and has an empty tree.  Then, once the top level is known, the
 * inetd.conf that it names; and CONFIG gets all the texts.
 */
void files_read(struct loader *l, struct files *files);
void files_read_inetd(
    struct loader *l, struct files *files, const struct config *config);
void files_keep(
    struct loader *l, const struct files *files, struct config *config);
void files_free(struct files *files);

/*
 * check.c: what belongs together.  OWN is what the service itself wrote, in the
 * order of settings[].
 */

/* There is one handler; sets service->handler. */
void check_handler(struct loader *l, struct service *service);

/* Everything in OWN means something to that handler. */
void check_honoured(
    struct loader *l, struct service *service, const struct origin *own);

/*
 * The service does "wait" if it has to, and only as far as it can; sets what
 * follows from that.  After its endpoints are known.
 */
void check_wait(
    struct loader *l, struct service *service, const struct origin *own);

/* Whether the setting means something to a service with "wait". */
bool config_waits_with(const char *setting);

/* No service before the one at AT listens where it does. */
void check_claims(struct loader *l, const struct config *config, size_t at,
    const struct origin *origin);

/*
 * command.c: read the commands of SERVICE, whose own settings have been read;
 * ORIGINS is where those were written.
 */
void command_read(struct loader *l, struct config *config,
    struct service *service, const struct origin *origins,
    const config_setting_t *group);

/*
 * What SETTING needs and SERVICE has not, in words: "an address in "listen"";
 * NULL when there is no such thing.
 */
const char *check_needs(
    const struct service *service, const struct setting *setting);

/*
 * Report that something around SERVICE is missing: an error, or what puts that
 * service alone out of service (struct config_source's tolerant).
 */
void loader_missing(struct loader *l, struct service *service,
    const struct origin *origin, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/*
 * resolve.c: what asks the system.  ORIGIN[i] is where settings[i] of the
 * service was written.  Each reports what it can't find.
 */

/* Fill struct config's haild: the user haild, else nobody with a warning. */
void resolve_haild(struct loader *l, struct config *config);

/* The same for struct config's speaker, once a service has commands. */
void resolve_speaker(struct loader *l, struct config *config);

/*
 * Find user, group, groups, the owner of Unix sockets, and who may use them.
 */
void resolve_identity(struct loader *l, const struct config *config,
    struct service *service, const struct origin *origins);

/* Turn "listen" into endpoints. */
void resolve_endpoints(
    struct loader *l, struct service *service, const struct origin *origins);

/* See that program and directories are there. */
void resolve_files(
    struct loader *l, struct service *service, const struct origin *origins);

#endif
