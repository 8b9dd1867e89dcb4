/*
 * arguments.h -- the command line of haildctl.
 */

#ifndef CTL_ARGUMENTS_H
#define CTL_ARGUMENTS_H

#include "ctl/command.h"

#define ARGUMENTS_ERROR_MAX 512

enum arguments_result {
	ARGUMENTS_COMMAND, /* run it */
	ARGUMENTS_HELP,	   /* -h */
	ARGUMENTS_VERSION, /* -V */
	ARGUMENTS_WRONG,   /* a sentence is in ERROR */
};

/*
 * Read ARGV into V, whose strings point into it.  Options may stand before and
 * after the command; those after the first word of a command to explain belong
 * to that command.
 */
enum arguments_result arguments_read(struct invocation *v, int argc,
    char **argv, char error[ARGUMENTS_ERROR_MAX]);

/* Write the usage; with HELP, also all commands and options. */
void arguments_usage(bool help, FILE *out);

#endif
