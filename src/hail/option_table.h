/*
 * option_table.h -- every option of hail, for getopt_long(3) and for -h.
 */

#ifndef OPTION_TABLE_H
#define OPTION_TABLE_H

#include <stdio.h>

#include "hail/option_types.h"

/*
 * Processed even after an error, because --fail-status determines the exit
 * status.
 */
#define OPTION_FAIL_STATUS (OPTION_LONG + 1)

/*
 * The next option of ARGV, as getopt_long(3) returns it; -1 at the end.  Set
 * optind to 0 to start again.
 */
int option_next(int argc, char *argv[]);

/* Process the option that option_next returned. */
enum options_result option_take(
    const struct option_parser *p, int letter, char *argv[]);

/* Write the text of -h: the usage, and a line for each option. */
void options_help(FILE *out);

#endif
