/*
 * options.h -- hail's command line.
 */

#ifndef OPTIONS_H
#define OPTIONS_H

#include <stddef.h>

#include "hail/option_values.h"

/*
 * Read the command line.  O points into ARGV, which stays the caller's.  After
 * OPTIONS_WRONG, command and fail_status are set nevertheless, since they
 * decide how hail fails.
 */
enum options_result options_parse(
    struct options *o, int argc, char *argv[], char *err, size_t size);

#endif
