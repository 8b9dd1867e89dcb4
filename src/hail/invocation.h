/*
 * invocation.h -- what a client says before its command runs.
 */

#ifndef INVOCATION_H
#define INVOCATION_H

#include <stddef.h>

/*
 * Make the frames of a command: its arguments, the variables, the working
 * directory, and its name, which must come last.
 *
 * COMMAND is the name and the arguments, ended by NULL.  Each of the N
 * VARIABLES is NAME=value, or a NAME whose value is taken from our own
 * environment and which is left out if it is not there.
 *
 * Returns what is to be sent, the caller's to free, with its size in LEN; or
 * NULL with the reason in ERR: no memory, or something is longer than a frame.
 */
char *invocation_make(size_t *len, char *const *command,
    const char *const *variables, size_t n, char *err, size_t size);

#endif
