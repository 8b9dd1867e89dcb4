/*
 * keepalive.h -- end TCP connections whose peer has vanished.
 */

#ifndef KEEPALIVE_H
#define KEEPALIVE_H

#include <stdint.h>

/*
 * Let the kernel end the connection FD when the peer has not answered for TIME
 * (ns; -1: never).  A silent peer is probed after half of TIME.  Data that is
 * not acknowledged, or cannot be sent since the peer does not read, counts too
 * (tcp(7), TCP_USER_TIMEOUT).
 *
 * Set on a listening socket, it holds for all connections accepted from it.
 * Returns 0, or -1 with errno.
 */
int keepalive_set(int fd, int64_t time);

#endif
