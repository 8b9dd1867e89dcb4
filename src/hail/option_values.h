/*
 * option_values.h -- the options and arguments of hail's command line.
 */

#ifndef OPTION_VALUES_H
#define OPTION_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

#define OPTIONS_PORT "7890"
#define OPTIONS_COMMAND_PORT "7891"

#define OPTIONS_VARIABLES_MAX 64
#define OPTIONS_PINS_MAX 8

/* Times are in ns; -1: no limit. */
struct options {
	char host[ADDR_HOST_MAX]; /* or the path of a Unix socket */
	char port[ADDR_PORT_MAX]; /* empty when HOST is a path */
	char target[ADDR_HOST_MAX + ADDR_PORT_MAX + 4]; /* both, for messages */
	int family;	    /* AF_UNSPEC, AF_INET, AF_INET6 or AF_UNIX */
	struct addr source; /* -s; len is 0 without it */
	int64_t connect_timeout;
	int64_t max_time;
	int64_t idle_timeout;
	int64_t quit_after; /* counted from the end of standard input */
	bool no_input;
	bool no_shutdown;
	bool allow_empty;
	bool verbose;
	char *const *command; /* name and arguments, ended by NULL; or NULL */
	const char *variables[OPTIONS_VARIABLES_MAX]; /* NAME or NAME=value */
	size_t n_variables;
	int fail_status; /* 0: not given */

	bool tls; /* set by every option below, too */
	bool insecure;
	bool show_key;
	const char *pins[OPTIONS_PINS_MAX];
	size_t n_pins;
	const char *ca; /* a file, "system", or NULL */
	const char *server_name;
	const char *identity;
	bool enrol;  /* COMMAND is "enrol" */
	char *token; /* of an enrolment: the argument, or "-" */
};

enum options_result {
	OPTIONS_RUN,
	OPTIONS_HELP,	 /* -h; the rest of the line was not checked */
	OPTIONS_VERSION, /* -V; likewise */
	OPTIONS_WRONG,	 /* the message is in ERR */
};

#endif
