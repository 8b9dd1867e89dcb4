/*
 * session.h -- the child of one session.
 */

#ifndef SESSION_H
#define SESSION_H

#include "config/client.h"
#include "config/config.h"

#define CONNECTION_MAX 7 /* variables */

/* What a program is told of its connection. */
struct connection {
	const char *variables[CONNECTION_MAX]; /* NAME=value, in: */
	size_t n, used;
	char text[512]; /* the longest are a path and its ids, or addresses */
};

/*
 * What the child needs, on the daemon's stack at the time of the fork.  The
 * descriptors are the child's copies.
 */
struct session {
	const struct service *service;
	const struct client *client;
	int fd;	       /* the client's socket */
	int stderr_fd; /* for the program's standard error */
	int devnull;
	bool terminal; /* the daemon has one */
	int empty;     /* the speaker's root directory; -1: there is none */
	const struct config *config;
	int channel; /* to the daemon (channel.h); 0: none */
	const struct connection *connection; /* unless there is a channel */
	int64_t accepted;		     /* clock_now */
};

/*
 * How a process that serves by itself, without a program, ends when its time
 * is over: beyond sysexits(3).
 */
enum { SESSION_START_TIMEOUT = 100, SESSION_IDLE_TIMEOUT };

/* Serve it and exit: 0, a sysexits(3) code, or the program's own status. */
void session_run(const struct session *s) __attribute__((noreturn));

/* When its start must be over (clock_now); -1: never. */
int64_t session_start_deadline(const struct session *s);

#endif
