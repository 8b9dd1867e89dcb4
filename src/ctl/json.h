/*
 * json.h -- an answer as one JSON object (RFC 8259).
 *
 * It is made from the table of records.  A kind of which an answer has one
 * record is an object under the kind's name, or null; other kinds are arrays
 * under the plural.  Names have "_" for "-", flags are booleans, and unknown
 * values are null.
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
 * Write TEXT as a string in ASCII: a byte that is not printable ASCII becomes
 * \u00XX.
 */
void json_print_string(const char *text, FILE *out);

#endif
