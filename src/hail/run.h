/*
 * run.h -- run a command on the server, as haild-commands(7) describes.
 */

#ifndef RUN_H
#define RUN_H

#include <stddef.h>

#include "hail/deadlines.h"

enum run_result {
	RUN_EXITED,	 /* the server sent the exit status */
	RUN_FAILED,	 /* it did not */
	RUN_BROKEN_PIPE, /* the reader of our output has gone: EPIPE */
};

/* How a command ended. */
struct run_end {
	int status;	       /* RUN_EXITED: 0 to 255 */
	char error[1024];      /* otherwise: the reason, printable */
	char first_error[512]; /* the first line of its standard error,
				  printable */
};

/*
 * Send the LEN bytes of REQUEST (see invocation.h), then standard input as the
 * server asks for it; write the command's output to our standard output and
 * standard error, until the server sends the exit status.  All output before
 * the status has been written by then.
 *
 * The output is not interpreted.  An invalid frame, a status that is not a
 * number, and an end without a status are failures.  If the server no longer
 * accepts bytes, that alone is no failure: what it sent is still read.
 *
 * BROKEN is errno of an error that the connection already had, or 0.  SOCK
 * stays open; the caller should close it, which ends the command if it is still
 * running.  SIGPIPE must be ignored.  No descriptor's O_NONBLOCK is changed.
 */
enum run_result run(struct run_end *end, int sock, int broken,
    const char *request, size_t len, struct deadlines *deadlines);

#endif
