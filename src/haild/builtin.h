/*
 * builtin.h -- the services that need no program.
 *
 * Each runs in a session's own process, without privileges, and returns when it
 * is done, or when the client took too long (talk.h).
 */

#ifndef BUILTIN_H
#define BUILTIN_H

#include <stddef.h>

#include "talk.h"

typedef void builtin_fn(struct talk *t);

/* The one of that name, or NULL. */
builtin_fn *builtin_find(const char *name);

/* "a, b, c": all names, into BUF.  Returns BUF. */
const char *builtin_list(char *buf, size_t size);

/* Send TEXT. */
void builtin_message(struct talk *t, const char *text);

#endif
