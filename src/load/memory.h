/*
 * memory.h -- heap memory for haild-load, which ends with a message when there
 * is none.
 */

#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>
#include <stdio.h>

/* reallocarray(3), strdup(3) and asprintf(3), none of which fails. */
void *memory_resize(void *p, size_t n, size_t size);
char *memory_strdup(const char *text);
char *memory_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* open_memstream(3); memory_close returns only if all was written. */
FILE *memory_open(char **text);
void memory_close(FILE *f);

#endif
