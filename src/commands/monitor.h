/*
 * monitor.h -- the role "monitor" of haild-commands: the process that is
 * responsible for a session.
 *
 *	daemon -- monitor -- speaker	reads what the client sends
 *	                  -- program	in a process session of its own
 *
 * The monitor sees none of the client's bytes but the request, which it checks
 * against the configuration (request.h).  It keeps the command's deadline and
 * ends the program; the speaker copies the bytes.
 *
 * monitor_begin.c starts the process and has the client admitted, monitor.c is
 * the loop, and monitor_end.c ends the session.
 */

#ifndef MONITOR_H
#define MONITOR_H

#include <signal.h>

#include "commands/exchange.h"
#include "commands/program.h"
#include "commands/request.h"
#include "config/client.h"
#include "config/config.h"
#include "contain/cgroup.h"

struct monitor {
	const struct service *service;
	void *config;	      /* where the configuration is mapped */
	struct client client; /* behind a proxy the one that it announces */
	struct addr local;
	struct tls_session tls; /* what client.tls points to, with TLS */
	int64_t accepted;

	int client_fd; /* until there is a request; -1: closed */
	int channel;   /* to the daemon */
	int peer;      /* to the speaker */
	int signals;   /* signalfd(2) */
	int devnull;
	int fds[3]; /* the near ends of the program's pipes */

	pid_t speaker;	       /* 0: it has ended, ... */
	siginfo_t speaker_end; /* ... in this way */
	bool header;	       /* a PROXY header is expected */
	bool closed;	       /* no more messages of the speaker */
	bool gone;	       /* it reported that the client is gone, */
	bool invalid;	       /* or that the client violated the protocol */

	struct grant grant; /* what contains it; its leaf is kept open */
	struct cgroup_events events; /* of that, before the program */
	uint32_t ending; /* why the daemon ends it, or OUTCOME_NONE */
	struct program program;
	int64_t deadline; /* -1: none */
	/* Why the program was ended; OUTCOME_NONE: by itself. */
	enum outcome_kind cause;
	uint8_t step;  /* process_end_step's */
	int64_t grace; /* between two steps */

	char *record; /* the request, of size bytes, while it comes */
	size_t size, have;
	struct request request; /* its args are NULL until it has come */
	const struct service *command;

	bool ended; /* the speaker was sent END, or is not trusted any more */
	struct outcome outcome;
	char text[REQUEST_WHY_MAX];
	struct exchange_counts counts;
};

/*
 * Serve the session whose descriptors are at the numbers of
 * session/monitor_start.h, and exit with the command's status.
 */
void monitor_run(void) __attribute__((noreturn));

/*
 * Begin with M, whose descriptors are set: receive MONITOR_START, map the
 * configuration, and give up the privileges that no command needs.  Exits if
 * that fails.
 */
void monitor_begin(struct monitor *m);

/*
 * Handle EXCHANGE_HEADER and EXCHANGE_FAULT.  They return false if the content
 * is invalid, and exit if the client is refused.
 */
bool monitor_take_header(struct monitor *m, const struct proxy *h);
bool monitor_take_fault(struct monitor *m, uint32_t fault);

/*
 * Ask the daemon, which counts the sessions of each command, for what the
 * program of m->command needs: fills m->grant.  False: it may not run, and the
 * client was told why.
 */
bool monitor_reserve_command(struct monitor *m);

/* Handle the next message of the speaker, if there is one. */
void monitor_receive(struct monitor *m);

/*
 * Send the speaker the status of OUTCOME, and the text for the client's
 * standard error.  Does nothing if that was done before.
 */
void monitor_end(struct monitor *m, struct outcome outcome, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));

/* An outcome without a number. */
#define OUTCOME(kind) ((struct outcome) { (kind), 0 })

/* Whether the daemon ends monitors for this kind of outcome. */
bool monitor_is_cause(uint32_t kind);

/* Begin to end the program, if it runs and is not being ended already. */
void monitor_end_program(struct monitor *m, enum outcome_kind cause);

/* Send the next signal, and set the deadline for the one after it. */
void monitor_next_step(struct monitor *m);

/*
 * Tell the client why haild ended the program, or will not run one, for CAUSE;
 * the limit that did.  They return false if there is none.
 */
bool monitor_send_cause(struct monitor *m, enum outcome_kind cause);
bool monitor_send_limit(struct monitor *m, const siginfo_t *info);

/* The program has ended or was killed, but is not reaped after REAP_GRACE. */
void monitor_give_up_program(struct monitor *m);

/* End the session: the speaker is not trusted any more, or has ended. */
void monitor_drop_speaker(struct monitor *m, const char *reason);

/* The same, if the speaker has ended, or is ending, too early. */
void monitor_lose_speaker(struct monitor *m);

/* Kill the remaining processes and exit with STATUS, without a report. */
void monitor_exit(struct monitor *m, int status) __attribute__((noreturn));

/* The same with the session's status, after the report. */
void monitor_leave(struct monitor *m) __attribute__((noreturn));

#endif
