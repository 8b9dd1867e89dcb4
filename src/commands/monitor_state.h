/*
 * monitor_state.h -- what the monitor knows of its session.
 */

#ifndef MONITOR_STATE_H
#define MONITOR_STATE_H

#include "commands/exchange.h"
#include "commands/program.h"
#include "commands/request.h"
#include "config/client.h"
#include "config/config.h"

/* Why the program was ended, if it did not end by itself. */
enum cause {
	CAUSE_NONE,
	CAUSE_TIMEOUT,
	CAUSE_DISCONNECT,
	CAUSE_STOP,
	CAUSE_INVALID
};

struct monitor {
	const struct service *service;
	struct client client; /* behind a proxy the one that it announces */
	struct addr local;
	int64_t accepted;

	int client_fd; /* until there is a request; -1: closed */
	int channel;   /* to the daemon */
	int peer;      /* to the speaker */
	int signals;   /* signalfd(2) */
	int devnull;
	int fds[3]; /* the near ends of the program's pipes */

	pid_t speaker; /* 0: it has ended */
	bool header;   /* a PROXY header is expected */
	bool closed;   /* no more messages of the speaker */
	bool gone;     /* it has reported that the client is ... */
	bool invalid;  /* ... and that the client broke the protocol */

	struct program program;
	int64_t deadline; /* -1: none */
	enum cause cause;
	uint8_t step;  /* process_end_step's */
	int64_t grace; /* between two steps */

	char *record; /* the request, of size bytes, while it comes */
	size_t size, have;
	struct request request; /* its args are NULL until it has come */
	const struct service *command;

	bool ended; /* the speaker was sent END, or is not trusted any more */
	int status;
	char text[REQUEST_WHY_MAX];
	struct exchange_counts counts;
};

#endif
