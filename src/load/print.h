/*
 * print.h -- a configuration in the syntax of haild.conf(5), and how two of
 * them differ.
 */

#ifndef PRINT_H
#define PRINT_H

#include <stdio.h>

#include "config/config.h"

/* Write it complete, as it was understood. */
void config_print(const struct config *config, FILE *out);

/*
 * "added a; changed b, c; removed d": how the services differ, into BUF, which
 * is "nothing" when they do not.
 */
void config_diff(
    const struct config *old, const struct config *new, char *buf, size_t size);

#endif
