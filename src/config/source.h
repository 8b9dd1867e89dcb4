/*
 * source.h -- what a configuration is made from.
 */

#ifndef SOURCE_H
#define SOURCE_H

#include <stdbool.h>

#define CONFIG_FILE SYSCONFDIR "/haild/haild.conf"
#define CONFIG_DIR SYSCONFDIR "/haild/conf.d"

struct config;

/* What haild-load is run for. */
enum load_kind {
	LOAD_NONE,
	LOAD_START,
	LOAD_RELOAD, /* like LOAD_START, but what is missing is an error */
	LOAD_RETRY,  /* the same texts again, for what was missing */
	LOAD_TEST,   /* haild -t */
	LOAD_DUMP,   /* haild -T */
	LOAD_NKINDS
};
extern const char *const config_load_kinds[]; /* NULL ends them */

/*
 * The command line of haild says it: a file (with the files of DIR, in the
 * order of their names), an inetd.conf, both, or, when LISTEN is set, the
 * options of the one-liner.
 */
struct config_source {
	const char *file;   /* NULL: none */
	const char *dir;    /* NULL: none */
	const char *inetd;  /* NULL: none but what FILE names */
	const char *listen; /* "-l", and the rest with it */
	const char *user, *message;
	char *const *exec;

	/* The rest is for haild-load alone. */
	bool root; /* users and groups can be switched */
	/*
	 * At a start, what is missing on this system puts a service out of
	 * service unless the configuration has strict-start; everywhere else
	 * it is an error.
	 */
	bool tolerant;
	const struct config *again;    /* read its texts, no files */
	const struct config *previous; /* to tell what changed */
};

#endif
