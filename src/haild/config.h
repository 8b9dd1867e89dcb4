/*
 * config.h -- the configuration as the daemon and its children read it.
 *
 * It is built by a throwaway child (config_start) in an arena, sealed, and
 * mapped read-only; so it never changes, and every pointer in it points into
 * it.  Times are in ns, -1 is never.
 */

#ifndef CONFIG_H
#define CONFIG_H

#include <sys/resource.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "addr.h"
#include "bucket.h"
#include "prefix.h"

#define CONFIG_FILE SYSCONFDIR "/haild/haild.conf"
#define CONFIG_DIR SYSCONFDIR "/haild/conf.d"

/* The most sessions that "max-sessions" can name: what the table can hold. */
#define SESSIONS_MAX 65536

#define SERVICE_NAME_MAX 63 /* bytes */

/* In the order of the names in settings.c. */
enum at_limit { AT_LIMIT_WAIT, AT_LIMIT_REFUSE };
enum leftovers_policy { LEFTOVERS_KILL, LEFTOVERS_KEEP };
enum stderr_to { STDERR_LOG, STDERR_CLIENT, STDERR_DISCARD };
enum on_disconnect { DISCONNECT_KILL, DISCONNECT_CONTINUE };

/* What a service does; bits, so that a setting can name those it is for. */
enum handler {
	HANDLER_MESSAGE = 1,
	HANDLER_BUILTIN = 2,
	HANDLER_EXEC = 4,
	HANDLER_ANY = 7,
};

/* Who a session's process becomes. */
struct identity {
	const char *name, *home, *shell;
	uid_t uid;
	gid_t gid;
	const gid_t *groups;
	size_t ngroups;
};

/* One socket to listen on. */
struct endpoint {
	struct addr addr;
	const char *text; /* as it was written, names made numbers */
	bool twin;	  /* the IPv6 half of "*": may be missing, and shares
			     the port of the endpoint before it */
};

struct limit {
	bool set;
	rlim_t soft, hard;
};

struct service {
	const char *name;
	const char *file; /* where it was written */
	int line;

	const struct endpoint *endpoints;
	size_t nendpoints;
	enum handler handler;
	const struct identity *identity; /* NULL: stay who we are */
	int socket_uid, socket_gid;	 /* -1: as created */
	const uid_t *allow_uids;	 /* who is in allow-user */
	size_t nallow_uids;
	const gid_t *allow_gids; /* and in allow-group */
	size_t nallow_gids;
	const char *missing; /* what keeps it from being served, or NULL */

	/* the settings of haild.conf(5), in its order */
	const char *const *listen;
	int64_t backlog;
	const char *socket_user, *socket_group;
	int64_t socket_mode;
	bool freebind;
	bool disable;
	const char *message;
	const char *builtin;
	const char *const *exec;
	const char *user, *group;
	const char *const *groups;
	const char *chroot, *directory;
	int64_t umask;
	int64_t nice;
	struct limit limits[RLIM_NLIMITS];
	const char *const *environment;
	int64_t no_new_privileges; /* -1 while not written */
	int64_t max_sessions;
	int64_t max_per_source;	      /* -1: no limit */
	int64_t source_v4, source_v6; /* bits of an address that count */
	struct rate rate, rate_per_source;
	int64_t at_limit;
	const char *busy_message;
	struct prefixes allow, deny;
	const char *const *allow_user, *const *allow_group;
	struct prefixes proxy_from;
	int64_t tcp_keepalive;
	int64_t start_timeout;
	int64_t idle_timeout;
	int64_t session_timeout;
	int64_t kill_grace;
	int64_t leftovers;
	int64_t on_disconnect;
	int64_t stderr_to;
	bool log_start;
};

/* A file that was read. */
struct text {
	const char *name, *text;
};

struct config {
	uint64_t magic;
	const struct text *texts; /* what it was made of, to be read again */
	size_t ntexts;
	const char *changes; /* against the one before it, in words */
	const struct service *services;
	size_t nservices;
	struct identity haild; /* who serves where no user is named */

	int64_t source_v4, source_v6; /* the top level's, for max_per_source */

	int64_t max_sessions;
	int64_t max_per_source; /* -1: no limit */
	int64_t max_load;	/* in hundredths; -1: no limit */
	struct prefixes allow, deny;
	int64_t stop_timeout;
	int64_t log_facility;
	bool strict_start;
};

/*
 * Where a configuration comes from: a file (with the files of DIR, in the order
 * of their names), or, when LISTEN is set, the options of the one-liner.
 */
struct config_source {
	const char *file;
	const char *dir;    /* NULL: none */
	const char *listen; /* "-l", and the rest with it */
	const char *user, *message;
	char *const *exec;
	bool root; /* users and groups can be switched */

	/*
	 * At a start, what is missing around a service makes struct service's
	 * "missing" unless the configuration says strict-start; everywhere
	 * else it is an error.
	 */
	bool tolerant;
	bool quiet;		       /* what is missing is known */
	const struct config *again;    /* read its texts, no files */
	const struct config *previous; /* to tell what changed */
};

struct arena;

/* Takes each error and warning: one line, without a newline. */
typedef void config_sink(void *arg, bool error, const char *text);

/*
 * Read, check and build the configuration in ARENA.  Returns it, or NULL after
 * at least one error went to SINK.  Resolves names: may take its time, and is
 * for a process that can be thrown away.
 */
const struct config *config_build(const struct config_source *source,
    struct arena *arena, config_sink *sink, void *arg);

/* The configuration at the start of a sealed arena, or NULL: it is none. */
const struct config *config_check(const void *arena);

/* Write it in haild.conf(5)'s syntax, complete, as it was understood. */
void config_print(const struct config *config, FILE *out);

/*
 * "added a; changed b, c; removed d": how the services differ, into BUF, which
 * is "nothing" when they do not.
 */
void config_diff(
    const struct config *old, const struct config *new, char *buf, size_t size);

/* The service of that name, or NULL. */
const struct service *config_find(
    const struct config *config, const char *name);

#endif
