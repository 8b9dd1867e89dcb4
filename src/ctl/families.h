/*
 * families.h -- which metrics there are, and of what they are made.  Pure.
 *
 * None has a label whose values clients choose, such as an address: their
 * number must not grow with that of clients.
 */

#ifndef CTL_FAMILIES_H
#define CTL_FAMILIES_H

#include <stdbool.h>
#include <stdio.h>

#include "ctl/reply.h"

/* Write the metrics of R, the answer to CONTROL_COUNTS (openmetrics.h). */
void families_print(const struct reply *r, bool openmetrics, FILE *out);

#endif
