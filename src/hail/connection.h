/*
 * connection.h -- the connection to the server, and which directions are open.
 */

#ifndef CONNECTION_H
#define CONNECTION_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct connection {
	int sock;
	bool sending;	/* the server may still accept bytes */
	bool receiving; /* the server may still send bytes */
	int broken;	/* errno of the error that broke it, or 0 */
};

/* SOCK is connected; BROKEN is errno of an error that it already had, or 0. */
struct connection connection_make(int sock, int broken);

/*
 * Send as much of DATA as possible without waiting.  Returns the number of
 * bytes sent; 0 also if no more can be sent, which clears "sending".
 */
size_t connection_send(struct connection *, const void *data, size_t len);

/*
 * Receive up to SIZE bytes without waiting.  Returns the number of bytes; 0
 * also at the end, which clears "receiving".
 */
size_t connection_receive(struct connection *, void *buf, size_t size);

/* What connection_wait can wait for. */
enum {
	WAIT_INPUT = 1,	  /* standard input can be read */
	WAIT_OUTPUT = 2,  /* OUTPUT can be written */
	WAIT_RECEIVE = 4, /* the server's bytes can be received */
	WAIT_SEND = 8,	  /* bytes can be sent to the server */
};

/*
 * Wait for any of WANTED, a mask of WAIT_*, until UNTIL (clock_now; -1 is
 * never).  Returns the mask of what is ready, which includes end and errors;
 * 0 at the deadline, -1 with errno.
 */
int connection_wait(
    const struct connection *, int wanted, int output, int64_t until);

#endif
