/*
 * keepalive.h -- the options of "tcp-keepalive".
 */

#ifndef KEEPALIVE_H
#define KEEPALIVE_H

#include <stdint.h>

/*
 * Let the kernel end a TCP connection whose peer has not answered for TIME (ns,
 * -1: never).  A silent peer is probed after half of it.  Data that is not
 * acknowledged, or cannot be sent since the peer does not read, counts too
 * (tcp(7), TCP_USER_TIMEOUT).  Accepted sockets have the listener's options.
 * Returns 0, or -1 with errno.
 */
int keepalive_set(int fd, int64_t time);

#endif
