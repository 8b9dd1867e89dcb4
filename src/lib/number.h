/*
 * number.h -- decimal numbers as they are written in files and environments.
 *
 * Stricter than strtonum(3), which also takes blanks, signs and leading zeros.
 */

#ifndef NUMBER_H
#define NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Read TEXT, which must be digits only, without leading zeros, and a number
 * from MIN to MAX.  Returns whether it is, and stores it in *N.
 */
bool number_parse(const char *text, int64_t min, int64_t max, int64_t *n);

/* The same for any unsigned number of 64 bits. */
bool number_parse_unsigned(const char *text, uint64_t *n);

#endif
