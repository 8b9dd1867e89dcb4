/*
 * server.h -- the daemon's loop: accept, admit, fork, reap.
 */

#ifndef SERVER_H
#define SERVER_H

#include "haild/state.h"

/*
 * Create what SERVER needs whatever its configuration, and take over the state
 * of an upgrade, if there was one.  Returns 0, or -1 (logged).
 */
int server_init(struct server *server);

/* Serve until a stop, to the last session.  Returns 0, or -1 (no memory). */
int server_run(struct server *server);

/* After an upgrade, with the state taken over: continue. */
void server_resume(struct server *server);

#endif
