/*
 * wait_socket.h -- the sockets that children of services with "wait" have.
 *
 * Such a child gets the listening socket itself and takes in its clients, or
 * reads its datagrams.  Until it ends the daemon does not poll that socket.
 */

#ifndef WAIT_SOCKET_H
#define WAIT_SOCKET_H

#include "haild/listen/listener.h"

/*
 * A child that ends without having read finds itself started again at once.  So
 * many starts of one socket in a minute go on as they come; after each one more
 * the socket is not polled for a while: a second, then twice as long each time,
 * a minute at most, until a minute with fewer starts has passed.
 */
#define WAIT_SOCKET_STARTS \
	256 /* as inetd has it, who then stops for ten minutes */
#define WAIT_SOCKET_PERIOD (60 * SECOND)
#define WAIT_SOCKET_PAUSE_FIRST (1 * SECOND)
#define WAIT_SOCKET_PAUSE_LAST (60 * SECOND)

/* The child PID has L now. */
void wait_socket_taken(struct listener *l, pid_t pid);

/*
 * The child PID has ended.  Returns the listener that it had, which is polled
 * again, once a pause is over; NULL if it had none.
 */
struct listener *wait_socket_returned(
    struct listeners *all, pid_t pid, int64_t now);

/*
 * Make the socket of L, which nobody has, what its service needs: with "wait"
 * it blocks, since O_NONBLOCK belongs to the open file description that the
 * child shares, else it does not.
 */
void wait_socket_prepare(const struct listener *l);

#endif
