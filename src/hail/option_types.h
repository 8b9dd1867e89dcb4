/*
 * option_types.h -- the kinds of options: each sets a field of struct options.
 */

#ifndef OPTION_TYPES_H
#define OPTION_TYPES_H

#include <stddef.h>

#include "hail/option_values.h"

/* The result of parsing: options, or the message if one is wrong. */
struct option_parser {
	struct options *o;
	char *err;
	size_t size;
};

/* Options without a letter have a number from here, above all letters. */
#define OPTION_LONG 256

struct option_row {
	int letter;
	const char *name;
	const char
	    *argument; /* name of its argument in the help text; NULL: none */
	const char *help;
	/* Processes the option; NULL: VALUE is the result. */
	enum options_result (*set)(
	    const struct option_parser *, const struct option_row *);
	size_t value; /* a field of struct options, a family, or the result */
};

/* Set the message.  Returns OPTIONS_WRONG. */
enum options_result option_wrong(const struct option_parser *p, const char *fmt,
    ...) __attribute__((format(printf, 2, 3)));

/*
 * Read a number of seconds below 10^9, "10" or "0.5": digits with at most one
 * point.  Returns ns, or -1 if TEXT is anything else.
 */
int64_t options_seconds(const char *text);

/* Each processes optarg, the argument of getopt_long(3), for ROW. */
typedef enum options_result option_set(
    const struct option_parser *p, const struct option_row *row);

option_set option_set_flag, option_set_seconds, option_set_text,
    option_set_family, option_set_port, option_set_source, option_set_variable,
    option_set_fail_status, option_set_pin;

#endif
