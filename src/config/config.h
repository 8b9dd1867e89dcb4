/*
 * config.h -- the configuration, as every process but its builder reads it.
 *
 * haild-load builds it in an arena, which is then sealed and mapped read-only;
 * so it never changes, and every pointer in it points into it.  Times are in
 * ns, -1 is never.
 */

#ifndef CONFIG_H
#define CONFIG_H

#include <sys/resource.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "config/arena.h"
#include "config/sandbox.h"
#include "config/source.h"
#include "config/tls.h"
#include "lib/addr.h"
#include "lib/bucket.h"
#include "lib/prefix.h"

/* The most sessions that "max-sessions" can name: what the table can hold. */
#define SESSIONS_MAX 65536

#define SERVICE_NAME_MAX 63 /* bytes */
#define CONFIG_STAMP_MAX 64

/* In the order of the words in load/settings.c. */
enum at_limit { AT_LIMIT_WAIT, AT_LIMIT_REFUSE };
enum leftovers_policy { LEFTOVERS_KILL, LEFTOVERS_KEEP };
enum stderr_to { STDERR_LOG, STDERR_CLIENT, STDERR_DISCARD };
enum on_disconnect { DISCONNECT_KILL, DISCONNECT_CONTINUE };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };
enum log_address { LOG_ADDRESS_FULL, LOG_ADDRESS_PREFIX };
enum on_truncation { TRUNCATION_CONTINUE, TRUNCATION_KILL };
enum forward_policy { FORWARD_FIRST, FORWARD_ROUND_ROBIN };
enum forward_proxy { FORWARD_PROXY_NONE, FORWARD_PROXY_V1, FORWARD_PROXY_V2 };

/* What a service does; bits, so that a setting can list its handlers. */
enum handler {
	HANDLER_MESSAGE = 1,
	HANDLER_BUILTIN = 2,
	HANDLER_EXEC = 4,
	HANDLER_COMMANDS = 8,
	HANDLER_FORWARD = 16,
	HANDLER_ANY = 31,
	HANDLER_PROGRAMS = HANDLER_EXEC | HANDLER_COMMANDS,
	/* Served by haild itself, without a program. */
	HANDLER_OWN = HANDLER_MESSAGE | HANDLER_BUILTIN | HANDLER_FORWARD,
	HANDLER_COMMAND = 32, /* one command of "commands" */
};

/* The services that need no program. */
enum builtin {
	BUILTIN_CHARGEN,
	BUILTIN_DAYTIME,
	BUILTIN_DISCARD,
	BUILTIN_ECHO,
	BUILTIN_HEALTH,
	BUILTIN_TIME,
	NBUILTINS
};

#define IDENTITY_VARIABLES 4

/* The user that a session's process becomes. */
struct identity {
	const char *name, *home, *shell;
	uid_t uid;
	gid_t gid;
	const gid_t *groups; /* sorted, none twice */
	size_t ngroups;
	const char *variables[IDENTITY_VARIABLES]; /* HOME=... and others */
};

/* One socket to listen on, or all that were passed with one name. */
struct endpoint {
	struct addr addr;   /* AF_UNSPEC if PASSED */
	const char *text;   /* as it was written, names made numbers */
	bool twin;	    /* the IPv6 half of "*": may be missing, and shares
			       the port of the endpoint before it */
	bool dgram;	    /* UDP, "udp:" before the address */
	bool by_name;	    /* the address of a host that was written by name */
	const char *passed; /* NAME of "fd:NAME", else NULL */
};

/* An address to which a service with "forward" connects its clients. */
struct target {
	struct addr addr;
	const char *text; /* "127.0.0.1:8080", a path, "@name" */
	const char *host; /* the name that was resolved, or NULL */
};

struct limit {
	bool set;
	rlim_t soft, hard;
};

/* How many arguments a command takes. */
struct arg_count {
	int64_t min, max;
};

/*
 * The value of a setting as text, for "haildctl explain".  Of "environment" it
 * has only the names of the variables.
 */
struct setting_row {
	const char *section, *name;
	const char *value; /* as "haild -T" prints it */
	const char *where; /* "FILE:LINE", "default", "sandbox = ..." */
	/* Of a list on several lines, those of its strings; or NULL. */
	const char *file;
	const int *lines;
};

/*
 * A command is a service too, without a listener: it has the settings of its
 * service, except those that it has itself.
 */
struct service {
	const char *name; /* of a command: the one that clients use */
	const char *key;  /* name of its group, if it is another */
	const char *file; /* where it was written */
	int line;

	const struct endpoint *endpoints;
	size_t nendpoints;
	enum handler handler;
	const struct target *targets; /* of "forward", in order, resolved */
	size_t ntargets;
	const struct addr *source;	 /* of "forward-source", or NULL */
	const struct identity *identity; /* NULL: the daemon's own user */
	int socket_uid, socket_gid;	 /* -1: as created */
	const uid_t *allow_uids;	 /* the users of allow-user */
	size_t nallow_uids;
	const gid_t *allow_gids; /* the groups of allow-group */
	size_t nallow_gids;
	const char *missing; /* why it cannot be served, or NULL */
	const char *busy;    /* the bytes for a refused client, or NULL */
	size_t busy_len;

	/* the settings of haild.conf(5), in its order */
	const char *const *listen;
	int64_t backlog;
	const char *socket_user, *socket_group;
	int64_t socket_mode;
	bool freebind;
	const char *interface; /* NULL: any */
	int64_t defer_accept;  /* -1: none */
	bool wait;
	bool disable;
	const char *message;
	const char *builtin;
	const char *const *exec;
	const char *argv0;
	const struct service *commands; /* the last one has no name */
	const char *const *forward; /* as written: HOST:PORT, paths, @names */
	int64_t forward_policy;	    /* enum forward_policy */
	int64_t connect_timeout;    /* for each target */
	const char *forward_source; /* NULL: the kernel chooses */
	int64_t forward_proxy;	    /* enum forward_proxy */
	const char *user, *group;
	const char *const *groups;
	const char *chroot, *directory;
	int64_t umask;
	int64_t nice;
	struct limit limits[RLIM_NLIMITS];
	const char *const *environment;
	bool no_new_privileges;

	/* containment; 0, NULL and, for limits, -1: as without a sandbox */
	int64_t sandbox; /* enum sandbox_preset */
	bool private_network, private_tmp, private_devices, private_pids,
	    private_ipc;
	bool protect_hostname;	  /* a UTS namespace */
	bool restrict_namespaces; /* deny new namespaces */
	bool landlock_scope;	  /* no signal or abstract socket leaves it */
	int64_t protect_system;	  /* enum protect_system */
	int64_t protect_home;	  /* enum protect_home */
	const char *const *read_only_paths, *const *read_write_paths;
	const char *const *inaccessible_paths;
	const char *const *bind_paths, *const *bind_read_only_paths;
	const char *const *system_call_filter;
	const char *const *restrict_address_families;
	const char *const *capabilities;
	int64_t memory_max; /* bytes */
	int64_t tasks_max;
	int64_t cpu_quota; /* hundredths of a percent of one CPU */
	int64_t service_memory_max, service_tasks_max;
	int64_t oom_policy; /* enum oom_policy */
	int64_t oom_score_adjust;
	const char *const *cpu_affinity;
	struct sandbox contained; /* made of these */

	int64_t max_sessions;
	int64_t max_per_source;	      /* -1: no limit */
	int64_t source_v4, source_v6; /* bits of an address that count */
	struct rate rate, rate_per_source;
	int64_t at_limit;
	const char *busy_message;
	struct prefixes allow, deny;
	const char *const *allow_user, *const *allow_group;
	struct prefixes proxy_from;
	bool tls;
	const char *const *tls_certificate; /* as many as tls_key */
	const char *const *tls_key;
	const int64_t *tls_expires; /* of each tls_certificate: the first end of
				       one in its chain, seconds since 1970; -1:
				       not known; or NULL: none is known */
	int64_t tls_minimum;	    /* enum tls_minimum */
	int64_t tls_client;	    /* enum tls_client */
	const char *const *tls_client_ca, *const *tls_client_crl;
	const char *const *tls_alpn;
	const char *tls_priority;      /* NULL: the default */
	const char *const *identities; /* files */
	const char *const *allow_identity;
	int64_t max_per_identity; /* -1: no limit */
	int64_t on_truncation;
	int64_t tcp_keepalive;
	int64_t start_timeout;
	int64_t idle_timeout;
	int64_t session_timeout;
	int64_t kill_grace;
	int64_t leftovers;
	int64_t on_disconnect;
	bool linger;
	int64_t stderr_to;
	bool log_start;

	/* of a command alone */
	const char *wire_name;
	bool takes_stdin;
	struct arg_count args;
	const char *const *arg_match;
	bool arg_dash;
	const char *const *accept_env;
	const char *summary, *help;
	const int64_t *mask_args; /* positions from 1; 0 ends them */

	const struct setting_row *const *rows; /* NULL ends them */
	const char *missing_at; /* FILE:LINE of what MISSING is for; or NULL */
};

/* What a name is looked up as. */
enum name_kind {
	NAME_HOST,
	NAME_TARGET, /* a host in "forward"; see resolve-interval */
	NAME_TCP_PORT,
	NAME_UDP_PORT,
	NAME_USER,
	NAME_GROUP,
	NAME_SELF, /* the user that haild runs as */
};

/* A name that was found.  A later load that gets no answer uses it again. */
struct known_name {
	enum name_kind kind;
	const char *text;
	const struct addr *addrs; /* of a host, with port 0 */
	size_t naddrs;		  /* 0: a target that was never resolved */
	const char *stale; /* of a target: why it has no new answer; or NULL */
	unsigned int number;  /* a port, or the gid of a group */
	struct identity user; /* its groups: those that list it as a member */
};

/* A file that was read. */
struct text {
	const char *name, *text;
	bool inetd; /* an inetd.conf */
};

struct config {
	char stamp[CONFIG_STAMP_MAX]; /* config_stamp_text() of its builder */
	const struct text *texts; /* what it was made of, to be read again */
	size_t ntexts;
	const struct known_name *names; /* all that were found */
	size_t nnames;
	bool unanswered;     /* a name had too little time for an answer */
	const char *changes; /* from the previous one, in words */
	const struct service *services;
	size_t nservices;
	struct identity haild;	 /* for services without "user" */
	struct identity speaker; /* for those that read commands and requests */
	struct identity linger;	 /* for the linger process */
	struct identity tls;	 /* for the processes of haild-tls */

	int64_t source_v4, source_v6; /* the top level's, for max_per_source */

	int64_t max_sessions;
	int64_t max_per_source; /* -1: no limit */
	int64_t max_load;	/* in hundredths; -1: no limit */
	struct prefixes allow, deny;
	const char *control;	/* path of the socket; NULL: none */
	bool control_is_preset; /* not written: not needed to start */
	const char *control_group;
	int control_gid; /* -1: no group may look */
	int64_t stop_timeout;
	int64_t resolve_interval; /* of names in "forward"; -1: never */
	int64_t drain_delay;	  /* from SIGTERM to the stop, for balancers */
	int64_t log_facility;
	int64_t log_format;  /* enum log_format */
	int64_t log_address; /* enum log_address */
	bool strict_start;
	const char *inetd_conf;
	const struct setting_row *const *rows; /* of the top level */
	const char *const *environment; /* of the top level, for services */
};

/*
 * What two programs must have in common to share an arena: "VERSION/LAYOUT",
 * the version of the package and how the structs above are laid out.  It says
 * nothing of the time of a build.
 */
const char *config_stamp_text(void);

/*
 * NULL if STAMP is this program's own; else what to tell the administrator, in
 * static memory.  PROGRAM is its name.
 */
const char *config_stamp_error(const char *program, const char *stamp);

/*
 * Answer "PROGRAM check STAMP": print the own stamp, or that error on standard
 * error.  Returns the exit status, 0 or EX_TEMPFAIL.
 */
int config_answer_check(const char *program, const char *stamp);

/*
 * The configuration in an arena that is mapped, or NULL: it is none, or a
 * program with another stamp has built it.
 */
const struct config *config_check(const struct arena *arena);

/*
 * Whether haild keeps the sockets of SERVICE's clients open after their
 * sessions; and whether SERVICE needs the linger process, for these or for
 * refused clients.
 */
bool config_lingers(const struct service *service);

/* Whether a reset by the client of SERVICE, which has TLS, ends a session. */
bool config_ends_on_reset(const struct service *service);
bool config_needs_linger(const struct service *service);

/* Whether two services forward to the same targets, in whatever order. */
bool config_same_targets(const struct service *a, const struct service *b);

/* Whether CONFIG has names in "forward"; with MISSING: without address. */
bool config_has_target_names(const struct config *config, bool missing);

/* The command of that name, or NULL; SERVICE may be NULL. */
const struct service *config_command(
    const struct service *service, const char *name);

/* The name of the setting for RESOURCE (setrlimit(2)): "limit-core". */
const char *config_limit_name(int resource);

/* Whether SERVICE answers health checks (builtin = "health"). */
bool config_is_health(const struct service *service);

/* The names of the built-in services; NULL ends them. */
extern const char *const config_builtins[NBUILTINS + 1];

/* The index of WORD in WORDS; of the NULL that ends them if it is not there. */
int config_find_word(const char *const *words, const char *word);

/* The service of that name, or NULL. */
const struct service *config_find(
    const struct config *config, const char *name);

#endif
