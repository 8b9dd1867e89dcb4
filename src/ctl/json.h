/*
 * json.h -- an answer as one JSON object (RFC 8259).
 *
 * Made from the table of records alone: kinds that come once are objects under
 * the kind's name, null if there is none; all others are arrays under its
 * plural.  Names have "_" for "-", flags are booleans, and what is not known is
 * null.
 */

#ifndef CTL_JSON_H
#define CTL_JSON_H

#include <stdio.h>

#include "ctl/reply.h"

#define JSON_KIND(kind) (1U << (kind))

/*
 * Write R to OUT, with a newline: the kinds of the mask KINDS, the messages and
 * the result.
 */
void json_print(const struct reply *r, unsigned int kinds, FILE *out);

/*
 * Write TEXT as a string: ASCII whatever it has; as in the log, a byte that is
 * not printable ASCII becomes \u00XX.
 */
void json_print_string(const char *text, FILE *out);

#endif
