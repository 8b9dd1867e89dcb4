/*
 * run.h -- run a command on the server, as haild-commands(7) describes.
 */

#ifndef RUN_H
#define RUN_H

#include <stddef.h>

#include "hail/deadlines.h"

enum run_result {
	RUN_EXITED,	 /* the command has a status */
	RUN_FAILED,	 /* it has none that we know of */
	RUN_BROKEN_PIPE, /* nobody reads what it writes any more */
};

/* What becomes of a command. */
struct run_end {
	int status;	  /* RUN_EXITED: 0 to 255 */
	char error[1024]; /* RUN_FAILED: why, in printable characters */
	char said[512];	  /* how its standard error began, likewise: the first
			     line */
};

/*
 * Send the LEN bytes of REQUEST (see invocation.h), then standard input as the
 * server asks for it, and write what the command writes to our standard output
 * and standard error, until the server gives its exit status.  All of what came
 * before that is written by then.
 *
 * What the command writes is not looked at.  A frame that the protocol does not
 * know, a status that is no number, and an end without a status are failures.
 * When the server no longer takes what we send, that alone is none: what it
 * said is still read.
 *
 * BROKEN is the errno of what broke the connection before this was called, or
 * 0.  SOCK stays open and the caller's, who should close it: that ends the
 * command if it has not ended.  SIGPIPE must be ignored.  No descriptor's
 * O_NONBLOCK is changed.
 */
enum run_result run(struct run_end *end, int sock, int broken,
    const char *request, size_t len, struct deadlines *deadlines);

#endif
