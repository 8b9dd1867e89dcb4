/*
 * enrol.h -- the token of "hail --enrol".
 */

#ifndef ENROL_H
#define ENROL_H

#include <stddef.h>

#include "hail/pin.h"

/*
 * Read a token from ARGUMENT, and blank it there, where ps(1) would show it; if
 * it is "-", from standard input.  Standard input becomes a pipe from which the
 * part for the server can be read.  Returns 0, or -1 with the reason in ERR.
 */
int enrol_prepare(struct token *token, char *argument, char *err, size_t size);

#endif
