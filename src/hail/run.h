/*
 * run.h -- run a command on the server, as haild-commands(7) describes.
 */

#ifndef RUN_H
#define RUN_H

#include <stddef.h>

#include "hail/connection.h"
#include "lib/outcome.h"

/* How a command ended, unless the connection has failed. */
struct run_end {
	int status;		/* 0 to 255 */
	struct outcome outcome; /* OUTCOME_NONE: the server did not tell */
	char words[OUTCOME_TEXT_MAX]; /* of it, printable; or "" */
	char first_error[512];	      /* the first line of its standard error,
					 printable */
};

/*
 * Send the LEN bytes of REQUEST (see invocation.h), then standard input as the
 * server asks for it; write the command's output to our standard output and
 * standard error, until the server sends the exit status.  All output before
 * the status has been written by then.
 *
 * If the server tells how the command ended, END's status is that of the
 * outcome (outcome_status), where this release knows it; else the one sent.
 *
 * The output is not interpreted.  An invalid frame, a status that is not a
 * number, and an end without a status are failures.  If the server no longer
 * accepts bytes, that alone is no failure: what it sent is still read.
 *
 * The caller should close the socket afterwards, which ends the command if it
 * is still running.
 */
void run(
    struct connection *, struct run_end *end, const char *request, size_t len);

#endif
