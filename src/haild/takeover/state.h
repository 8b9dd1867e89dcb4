/*
 * state.h -- the state that one image of the daemon hands over to the next.
 *
 * Text in the format of record.h; the tables in state.c name every field.  An
 * address of "unix" is a client on a Unix socket, "-" a child without a client
 * (a service with "wait").  Times are clock_now's, which continue across
 * execve(2).  The number of sessions of each source is not in it, but counted
 * again.
 */

#ifndef TAKEOVER_STATE_H
#define TAKEOVER_STATE_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "haild/takeover/takeover.h"

/* Other versions than 1 to this one are refused. */
#ifndef STATE_VERSION
#define STATE_VERSION 1
#endif

#define STATE_MAX ((size_t)64 << 20) /* bytes */

/* Write the state of T.  Returns 0, or -1 with errno when OUT failed. */
int state_write(const struct takeover *t, FILE *out);

/*
 * Fill the parts of T, which are as server_init makes them, from TEXT, which is
 * changed.  Descriptors are taken as numbers and not touched.
 *
 * Returns 0; or -1 with what is wrong, and in which line, in ERROR.  The parts
 * cannot be used then.
 */
int state_read(struct takeover *t, char *text, char *error, size_t size);

#endif
