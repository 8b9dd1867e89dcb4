/*
 * connection.h -- the connection to the server, and which ways are still open.
 */

#ifndef CONNECTION_H
#define CONNECTION_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

struct connection {
	int sock;
	bool sending;	/* the server may be sent more */
	bool receiving; /* the server may have more for us */
	int broken;	/* errno of what broke the connection, or 0 */
};

/* SOCK is connected; BROKEN is errno of what has broken it already, or 0. */
struct connection connection_make(int sock, int broken);

/*
 * Send as much of DATA as goes without waiting.  Returns how many bytes that
 * are; 0 also when there is nothing to be sent any more, which "sending" says.
 */
size_t connection_send(struct connection *, const void *data, size_t len);

/*
 * Receive what is there, SIZE bytes at most.  Returns how many came; 0 also
 * when there is nothing to come any more, which "receiving" says.
 */
size_t connection_receive(struct connection *, void *buf, size_t size);

#endif
