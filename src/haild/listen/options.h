/*
 * options.h -- options of listening sockets of TCP and UDP.
 */

#ifndef OPTIONS_H
#define OPTIONS_H

#include "config/config.h"

/*
 * Set tcp-keepalive and defer-accept of SERVICE on FD, a listening TCP socket;
 * accepted sockets inherit the former.  Failures are logged.
 */
void options_set_tcp(int fd, const struct service *service);

/*
 * Bind FD to the interface NAME, unless that is NULL; call before bind(2).
 * Returns 0, or -1 with errno.
 */
int options_bind_interface(int fd, const char *name);

/* The number of the interface that FD is bound to; 0: none. */
int options_interface(int fd);

#endif
