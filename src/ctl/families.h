/*
 * families.h -- the table of metrics, and the fields of the answer that they
 * come from.  Pure.
 *
 * No label has values that clients choose, such as an address: the number of
 * samples must not grow with the number of clients.
 */

#ifndef CTL_FAMILIES_H
#define CTL_FAMILIES_H

#include <stdbool.h>
#include <stdio.h>

#include "ctl/reply.h"

/* Write the metrics of R, the answer to CONTROL_COUNTS (openmetrics.h). */
void families_print(const struct reply *r, bool openmetrics, FILE *out);

#endif
