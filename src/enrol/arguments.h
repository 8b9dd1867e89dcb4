/*
 * arguments.h -- the command line of haild-enrol.
 */

#ifndef ENROL_ARGUMENTS_H
#define ENROL_ARGUMENTS_H

#include <stddef.h>
#include <stdint.h>

#include "config/identity.h"

#define ARGUMENTS_ALSO_MAX 8

struct arguments {
	const char *directory, *certificate;
	const char *also[ARGUMENTS_ALSO_MAX]; /* other files of identities */
	size_t nalso;
	char name[IDENTITY_SIZE]; /* "": none */
	int64_t seconds;	  /* how long a token is valid */
};

/* The bits of the options that a command has. */
enum {
	OPTION_ALSO = 1,
	OPTION_CERTIFICATE = 2,
	OPTION_FOR = 4,
	OPTION_NAME = 8,    /* "--name NAME" */
	ARGUMENT_NAME = 16, /* the argument NAME */
};

/*
 * Read ARGV, whose first word is the command.  The command accepts "--dir" and
 * the options of the mask ACCEPTED.  Returns 0, or -1 after the reason was
 * logged.
 */
int arguments_parse(
    struct arguments *o, unsigned int accepted, int argc, char **argv);

/*
 * Read TEXT, "90s", "10m", "1h", "2d" or "1w", as the validity of a token.
 * Returns seconds, or -1 if TEXT is invalid, 0, or more than a week.
 */
int64_t arguments_time(const char *text);

#endif
