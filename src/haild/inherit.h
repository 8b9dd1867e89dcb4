/*
 * inherit.h -- listening sockets inherited from a supervisor.
 */

#ifndef INHERIT_H
#define INHERIT_H

#include "haild/listen/listener.h"

/*
 * Put the sockets of LISTEN_FDS (systemd.h) in ALL, without a service.  A
 * descriptor that is not a listening socket is logged and left alone.  To be
 * called before anything else opens a file.  Returns 0, or -1 (logged) when
 * LISTEN_FDS is invalid.
 */
int inherit_listeners(struct listeners *all);

#endif
