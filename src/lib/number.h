/*
 * number.h -- decimal numbers as they are written in files and environments.
 *
 * Stricter than strtol(3) and strtonum(3), which also accept blanks and signs.
 * Pure.
 */

#ifndef NUMBER_H
#define NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Read the digits at *TEXT, leading zeros included, and move *TEXT past them.
 * Returns false, without a change, if there is no digit or the number is above
 * MAX.
 */
bool number_read(const char **text, uint64_t max, uint64_t *n);

/*
 * Read TEXT, which must be a number from MIN to MAX (both 0 or more), in digits
 * only and without leading zeros.  Returns whether it is one.
 */
bool number_parse(const char *text, int64_t min, int64_t max, int64_t *n);

/* The same from 0 to MAX. */
bool number_parse_unsigned(const char *text, uint64_t max, uint64_t *n);

#endif
