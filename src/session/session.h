/*
 * session.h -- what a session's process is given at its fork.
 *
 * src/session/ runs in the process that the daemon forks for a session, from
 * fork to exec or to the end of a service without a program.  It begins with
 * the daemon's privileges and with a copy of its memory; it gives up the
 * privileges that the session does not need, and before it reads a client's
 * byte also the configuration.
 */

#ifndef SESSION_H
#define SESSION_H

#include "config/arena.h"
#include "config/client.h"
#include "config/config.h"
#include "session/environment.h"

/*
 * It is on the daemon's stack at the time of the fork.  The descriptors are the
 * child's copies.
 */
struct session {
	const struct service *service;
	const struct client *client;
	const struct config *config;
	const struct arena *arena; /* that the configuration is in */
	int fd;			   /* the client's socket */
	int stderr_fd;		   /* for the program's standard error */
	int devnull;
	bool terminal;	/* the daemon has one */
	int empty;	/* an empty root directory (contain/confine.h), or -1 */
	int commands;	/* the program haild-commands */
	int channel;	/* to the daemon (channel.h); 0: none */
	int daemon_end; /* its other end, while there is one */
	const struct connection *connection; /* unless there is a channel */
	int64_t accepted;		     /* clock_now */
};

/*
 * How a process without a program ends when the client took too long: exit
 * statuses beyond sysexits(3).
 */
enum { SESSION_START_TIMEOUT = 100, SESSION_IDLE_TIMEOUT };

#endif
