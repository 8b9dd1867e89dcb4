/*
 * invocation.h -- the frames that request a command.
 */

#ifndef INVOCATION_H
#define INVOCATION_H

#include <stddef.h>

/*
 * Make the frames that request a command: its arguments, the variables, the
 * working directory, and its name, which must come last.
 *
 * COMMAND is the name and the arguments, ended by NULL.  Each of the N
 * VARIABLES is NAME=value, or a NAME whose value is that of our environment; it
 * is omitted if it is not set there.
 *
 * Returns the bytes to send, to be freed by the caller, and their number in
 * LEN; or NULL with the reason in ERR: out of memory, or a part that is longer
 * than a frame.
 */
char *invocation_make(size_t *len, char *const *command,
    const char *const *variables, size_t n, char *err, size_t size);

#endif
