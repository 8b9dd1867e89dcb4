/*
 * server.h -- the daemon's loop: accept, admit, fork, reap.
 */

#ifndef SERVER_H
#define SERVER_H

#include "state.h"

/*
 * Make SERVER ready to serve CONFIG: listeners, table of children, logger.
 * Everything that is wrong is logged.  Returns 0, or -1: it must not be run.
 */
int server_start(struct server *server, const struct config *config);

/* Serve until told to stop by a signal, and end all sessions then. */
void server_run(struct server *server);

#endif
