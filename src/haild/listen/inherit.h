/*
 * inherit.h -- listening sockets that a supervisor opened for us.
 */

#ifndef INHERIT_H
#define INHERIT_H

#include "haild/listen/listener.h"

/*
 * Put the sockets that LISTEN_FDS promises (systemd.h) in ALL, without service.
 * One that is no listener is logged and left alone.  To be called before
 * anything else opens a file.  Returns 0, or -1 (logged) when the promise makes
 * no sense.
 */
int inherit_listeners(struct listeners *all);

#endif
