/*
 * wait_socket.h -- how often the child of a wait service may be started.
 *
 * Such a child gets the listening socket and takes its clients or datagrams
 * itself.  Until it ends, the daemon does not poll the socket.
 */

#ifndef WAIT_SOCKET_H
#define WAIT_SOCKET_H

#include <sys/types.h>

#include <stdint.h>

/*
 * A child that ends without having read is started again at once.  After
 * WAIT_SOCKET_STARTS starts within a minute, each further end is followed by a
 * pause: a second at first, then twice as long each time, a minute at most,
 * until a minute with fewer starts has passed.  The number is inetd's, which
 * then stops for ten minutes.
 */
#define WAIT_SOCKET_STARTS 256
#define WAIT_SOCKET_PERIOD (60 * SECOND)
#define WAIT_SOCKET_PAUSE_FIRST (1 * SECOND)
#define WAIT_SOCKET_PAUSE_LAST (60 * SECOND)

struct wait_socket {
	pid_t pid;	     /* the child that has the socket; 0: none */
	unsigned int starts; /* in the minute that began at: */
	int64_t since;
	int64_t pause; /* the last one, ns; 0: none in that minute */
};

/*
 * The child has ended: count its start.  Returns the pause, in ns, before the
 * next one; 0 for none.
 */
int64_t wait_socket_returned(struct wait_socket *w, int64_t now);

#endif
