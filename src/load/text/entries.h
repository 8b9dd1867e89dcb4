/*
 * entries.h -- the lines of the strings in a list.  Pure.
 *
 * libconfig has a line for each, but that of the token after it.
 */

#ifndef ENTRIES_H
#define ENTRIES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Find the setting NAME, which begins on LINE of TEXT (from 1) and is a list of
 * the N strings in LIST, and set LINES to theirs.  Returns false if it is not
 * found: also if a string is written in another way, with escapes or in parts.
 */
bool entries_find(const char *text, int line, const char *name,
    const char *const *list, size_t n, int *lines);

#endif
