/*
 * server.h -- the daemon's loop: accept, admit, fork, reap.
 */

#ifndef SERVER_H
#define SERVER_H

#include "haild/state.h"

/*
 * Create what SERVER needs whatever its configuration, which reload_first
 * applies, and take over the state that an upgrade handed over, if one did.
 * Returns 0, or -1 (logged).
 */
int server_init(struct server *server);

/*
 * Serve until a signal says to stop, and until all sessions have ended then.
 * Returns 0, or -1 when out of memory (logged).
 */
int server_run(struct server *server);

/* After an upgrade, with the state taken over: continue. */
void server_resume(struct server *server);

#endif
