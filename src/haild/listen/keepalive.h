/*
 * keepalive.h -- TCP connections whose other end has vanished.
 */

#ifndef KEEPALIVE_H
#define KEEPALIVE_H

#include <stdint.h>

/*
 * Let the kernel give up a peer of FD who for TIME (ns; -1: never) has answered
 * nothing.  One who is silent is probed when half of that is over.  What was
 * sent and is not acknowledged, or cannot be sent since the peer does not read,
 * counts as well (tcp(7), TCP_USER_TIMEOUT).
 *
 * On a listening socket it is for all that are accepted from it.  Returns 0, or
 * -1 with errno.
 */
int keepalive_set(int fd, int64_t time);

#endif
