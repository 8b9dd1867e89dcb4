/*
 * enrol.h -- read the token of "hail --enrol".
 */

#ifndef ENROL_H
#define ENROL_H

#include <stddef.h>

#include "hail/pin.h"

/*
 * Read a token from ARGUMENT, and overwrite it there, because ps(1) would show
 * it; if ARGUMENT is "-", read it from standard input.  Then replace standard
 * input by a pipe with the part for the server.  Returns 0, or -1 with the
 * reason in ERR.
 */
int enrol_prepare(struct token *token, char *argument, char *err, size_t size);

#endif
