/*
 * server.h -- the daemon's loop: accept, admit, fork, reap.
 */

#ifndef SERVER_H
#define SERVER_H

#include "haild/state.h"

/*
 * Make what SERVER needs whatever it serves; the configuration comes with
 * reload_first.  Returns 0, or -1 (logged).
 */
int server_init(struct server *server);

/*
 * Serve until told to stop by a signal, and end all sessions then.  Returns 0,
 * or -1 when it could not go on (logged).
 */
int server_run(struct server *server);

/* Another image's state has been taken over: go on where it was. */
void server_resume(struct server *server);

#endif
