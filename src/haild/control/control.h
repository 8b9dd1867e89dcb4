/*
 * control.h -- the daemon's control socket, its clients and the processes that
 * read their requests.
 *
 *	client    daemon                      process (process.h)
 *	connect   accept, SO_PEERCRED, fork   gives up privileges
 *	request                               reads it
 *	          <- CONTROL_ACTION           or answers it from its copy
 *	answer of an action
 *
 * The daemon never reads from a client, and never waits to write to one: the
 * answer of an action fits into the socket's empty buffer.  A client whose
 * action takes longer, such as a reload, is kept as a waiter.
 */

#ifndef CONTROL_H
#define CONTROL_H

#include <sys/types.h>

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "control/protocol.h"
#include "control/request.h"
#include "haild/control/messages.h"
#include "haild/control/view.h"
#include "lib/io.h"
#include "lib/message.h"

/* Processes at a time; and of these for clients that may only look. */
#define CONTROL_PROCESSES 4
#define CONTROL_LOOKING 3
#define CONTROL_WAITERS 64

/* What a process may send. */
extern const struct message_kind control_messages[];

struct control_process {
	pid_t pid; /* 0: none */
	int channel;
	int client;
	bool acts; /* root, or haild's own user */
	bool killed;
	int64_t deadline;
	uint64_t victims; /* sessions that were ended for it */
	uid_t uid;	  /* of its client */
};

/* A client that gets its answer later. */
struct control_waiter {
	int client; /* -1: none */
	enum control_command command;
	int64_t since;
	char service[SERVICE_NAME_MAX + 1];
};

struct control {
	int fd; /* -1: there is no socket */
	char path[108];
	dev_t dev;
	ino_t ino;
	gid_t group; /* -1: none */
	struct control_process processes[CONTROL_PROCESSES];
	struct control_waiter waiters[CONTROL_WAITERS];
	int64_t looks_full; /* bucket of clients that may only look */
};

void control_init(struct control *c);

/*
 * Open the socket that CONFIG wants, unless C has it, into P; nothing of C
 * changes before control_commit, which closes another one, and control_cancel
 * closes that of P.  control_plan returns 0, or -1 (logged).  If it is only the
 * preset path and cannot be used, that is logged as information: 0.
 */
struct control_plan {
	bool keep; /* it is the one that C has; its group may be another */
	int fd;	   /* -1: none */
	char path[108];
	dev_t dev;
	ino_t ino;
	gid_t group; /* -1: none */
};
int control_plan(struct control_plan *p, const struct control *c,
    const struct config *config);
void control_commit(struct control *c, const struct control_plan *p);
void control_cancel(const struct control_plan *p);

/* Close all, and remove the socket's file. */
void control_close(struct control *c);

/* Whether the socket is to be polled: a process is free for the next client. */
bool control_polls(const struct control *c);

/* The channel of process I that is to be polled, or -1. */
int control_channel(const struct control *c, size_t i);

/* A client has come: fork a process that answers from V.  Never waits. */
void control_accept(
    struct control *c, const struct control_view *v, int64_t now);

/*
 * PID has exited as INFO says.  Returns whether it was a process of C; a crash
 * is logged.
 */
bool control_exited(struct control *c, pid_t pid, const siginfo_t *info);

/* Kill P, and close its client's connection. */
void control_kill(struct control_process *p);

/* End processes that take too long.  Returns the next time, or -1. */
int64_t control_expire(struct control *c, int64_t now);

/* Whether a process runs: an upgrade waits for it. */
bool control_is_busy(const struct control *c);

/*
 * Send the answer of an action to CLIENT and close it: lines of TEXT, which may
 * be NULL, and STATUS.  Never waits.
 */
void control_answer(int client, enum control_status status, const char *text);

/*
 * Keep the client of P until control_conclude.  Returns false, after a
 * CONTROL_BUSY, if there are too many.
 */
bool control_wait(struct control *c, struct control_process *p,
    enum control_command command, const char *service, int64_t since);

/* Answer all waiters for COMMAND since UNTIL or before. */
void control_conclude(struct control *c, enum control_command command,
    int64_t until, enum control_status status, const char *text);

/* haild has stopped: answer all waiters; see finish.c. */
void control_finish(struct control *c);

#endif
