/*
 * source.h -- what haild-load is run for, and what it makes a configuration
 * from.
 */

#ifndef CONFIG_SOURCE_H
#define CONFIG_SOURCE_H

#include <stdbool.h>

struct config;

#define CONFIG_FILE SYSCONFDIR "/haild/haild.conf"
#define CONFIG_DIR SYSCONFDIR "/haild/conf.d"

/* What haild-load is run for. */
enum load_kind {
	LOAD_NONE,
	LOAD_START,
	LOAD_RELOAD,
	LOAD_RETRY,   /* the same files again, since something was missing */
	LOAD_RESOLVE, /* the same files again, for the names of targets */
	LOAD_TEST,    /* haild -t */
	LOAD_DUMP,    /* haild -T */
	LOAD_EXPLAIN, /* haild -E */
	LOAD_NKINDS
};
extern const char *const config_load_kinds[]; /* NULL ends them */

/* The exit status after LOAD_RESOLVE if no target has changed. */
#define LOAD_UNCHANGED 81

/*
 * What a configuration is made from, as the command line says: a file (with the
 * files of DIR, in the order of their names), an inetd.conf, both, or, when
 * LISTEN is set, the options of the one-liner.
 */
struct config_source {
	const char *file;   /* NULL: none */
	const char *dir;    /* NULL: none */
	const char *inetd;  /* NULL: none but what FILE names */
	const char *listen; /* "-l", and the rest with it */
	const char *user, *message;
	char *const *exec;

	/* The rest is for haild-load alone. */
	bool root;	 /* haild runs as root, so it can switch users */
	int tls_program; /* haild-tls, to check files; 0: none */
	/*
	 * If TOLERANT, a service for which something is missing on this system
	 * is out of service, unless the configuration has strict-start.
	 * Otherwise that is an error.
	 */
	bool tolerant;
	/*
	 * Whether a trial tests that sessions can start.  haild -t only warns,
	 * since it may have other limits and capabilities than the daemon.
	 */
	enum { TRIAL_NONE, TRIAL_WARN, TRIAL_MUST } trial;
	bool patient; /* wait long for names: no service waits for the load */
	bool advise;  /* warn of limits that do not protect */
	bool start;   /* log as log-format says, from when it is known */
	unsigned int cgroup;	    /* CGROUP_* bits that the daemon can use */
	const struct config *again; /* read its texts, no files */
	bool resolve; /* with AGAIN: ask only for the names of targets */
	const struct config *previous; /* to tell what changed */
};

#endif
