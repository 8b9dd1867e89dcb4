/*
 * session.h -- what a session's process is given at its fork.
 *
 * That process begins with the daemon's privileges and a copy of its memory.
 */

#ifndef SESSION_H
#define SESSION_H

#include "config/arena.h"
#include "config/client.h"
#include "config/config.h"
#include "contain/contain.h"
#include "session/environment.h"

/* A stream socket of the daemon. */
struct session_listener {
	const struct service *service; /* of the session's configuration */
	const struct addr *addr;       /* as bound */
	bool dual;		       /* takes IPv4 as well as IPv6 */
};

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
	bool terminal;	    /* the daemon has one */
	bool oom_protected; /* the daemon is (process.h) */
	int empty;	/* an empty root directory (contain/confine.h), or -1 */
	int commands;	/* the program haild-commands */
	int channel;	/* to the daemon (channel.h); 0: none */
	int daemon_end; /* its other end, while there is one */
	const struct connection *connection; /* unless there is a channel */
	char *const *environment;  /* of the program; NULL: not made yet */
	int64_t accepted;	   /* clock_now */
	struct grant grant;	   /* what contains it */
	uint32_t turn;		   /* of "round-robin" */
	uint32_t id;		   /* the ID that haildctl shows */
	const uint16_t *udp_ports; /* of the daemon, for BUILTIN with wait */
	size_t nudp_ports;
	const struct session_listener *listeners; /* for HANDLER_FORWARD */
	size_t nlisteners;
	int health; /* for a health check: percent that are free; 0: drain */
};

/* Exit statuses without a program, when the client took too long. */
enum { SESSION_START_TIMEOUT = 100, SESSION_IDLE_TIMEOUT };

/*
 * Serve S in the process that was forked for it, and exit: 0, a sysexits(3)
 * code, or the program's own status (run.c).
 */
void session_run(struct session *s) __attribute__((noreturn));

#endif
