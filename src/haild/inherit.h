/*
 * inherit.h -- listening sockets inherited from a supervisor.
 */

#ifndef INHERIT_H
#define INHERIT_H

#include "haild/listen/listener.h"

/*
 * Put the sockets of LISTEN_FDS (sd_listen_fds(3)) in ALL, without a service.
 * A descriptor that is not a listening socket is logged and left alone.  To be
 * called before anything else opens a file, which could get the number of one
 * that was announced but not passed.  Returns 0, or -1 (logged) when LISTEN_FDS
 * is invalid.
 */
int inherit_listeners(struct listeners *all);

/*
 * For it and its test: the number of descriptors.  0 when there are none, or
 * when they are for another process (LISTEN_PID); -1 when one of the two is not
 * a number (logged).  NAMES gets their names in LISTEN_FDNAMES, allocated; NULL
 * for none.  Without that variable it is "unknown", as for systemd.  The
 * variables are removed.
 */
#define LISTEN_FDS_START 3
#define LISTEN_FDS_MAX 1000
int listen_fds(char *names[LISTEN_FDS_MAX]);

/*
 * And: make FD, a UDP socket or a listening stream socket, close-on-exec and
 * non-blocking.  Returns NULL, or what is wrong, such as "is not open".
 */
const char *listen_fd_prepare(int fd);

#endif
