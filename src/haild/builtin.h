/*
 * builtin.h -- the services that need no program.
 *
 * Each runs in a session's own process, without privileges, on a blocking
 * socket, and returns when it is done.
 */

#ifndef BUILTIN_H
#define BUILTIN_H

#include <stddef.h>

typedef void builtin_fn(int fd);

/* The one of that name, or NULL. */
builtin_fn *builtin_find(const char *name);

/* "a, b, c": all names, into BUF.  Returns BUF. */
const char *builtin_list(char *buf, size_t size);

/* Send TEXT. */
void builtin_message(int fd, const char *text);

#endif
