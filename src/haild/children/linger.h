/*
 * linger.h -- the daemon's side of the linger process (linger_process.h).
 *
 * The daemon usually sends one message in a turn of its loop, and never
 * waits: a socket that cannot be passed is closed, and its session ends without
 * lingering.  A linger process that does not answer within a second is
 * replaced.
 *
 * After an upgrade a new process takes the sockets of new sessions; the
 * previous process continues until its sessions are over.  While it does,
 * another upgrade starts no new process, since there are two at most.
 */

#ifndef LINGER_H
#define LINGER_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "haild/children/linger_table.h"

struct arena;
struct config;

/* Ends of sessions that wait to be sent. */
#define LINGER_ENDS_MAX 4096

struct linger_process {
	pid_t pid;
	int fd; /* the channel; -1: it does not run */
	int64_t pinged;
	bool awaited; /* its answer */
	bool used;    /* it was sent something since the last ping */
};

enum { LINGER_NOW, LINGER_BEFORE, LINGER_PROCESSES };

struct lingering {
	struct linger_process processes[LINGER_PROCESSES];
	int64_t started; /* LINGER_NOW */
	int64_t send_at; /* sockets */
	bool wanted;
	bool renew;	   /* LINGER_NOW, when LINGER_BEFORE has ended */
	bool handing_over; /* an upgrade waits for answers to pings */
	uint32_t nsockets, nends;
	int sockets[LINGER_BATCH];
	struct linger_name names[LINGER_BATCH]; /* of the sockets */
	struct linger_name *ends;		/* LINGER_ENDS_MAX */
};

/* Returns 0, or -1 with errno. */
int linger_create(struct lingering *l);

/* Whether a service of CONFIG needs the process. */
void linger_want(struct lingering *l, const struct config *config);

/*
 * Own FD, a copy of the socket of the session NAME.  Returns whether it is held
 * until linger_end; if not, it was closed.
 */
bool linger_hold(struct lingering *l, const struct linger_name *name, int fd);

/* Own FD, the socket of a refused client that was sent its message. */
void linger_refused(struct lingering *l, int fd);

/* The session NAME is over. */
void linger_end(struct lingering *l, const struct linger_name *name);

/*
 * The end of a turn: send ends at once, and sockets with them or soon.  An end
 * that cannot be sent now stays; a socket is closed.
 */
void linger_turn(struct lingering *l, int64_t now);

/* Send all, so that no socket stays open here. */
void linger_send(struct lingering *l);

/* Whether an end could not be sent yet. */
bool linger_is_behind(const struct lingering *l);

/*
 * Before an upgrade: send all.  Returns whether the processes can be handed
 * over: nothing is left to send, and no answer is awaited, which the new image
 * would not expect.
 */
bool linger_hand_over(struct lingering *l);

/* The channel of process I is readable. */
void linger_receive(struct lingering *l, int i);

/* The child PID has exited and is not reaped.  Returns whether it was one. */
bool linger_exited(struct lingering *l, pid_t pid);

/*
 * Start it, ping it, replace it.  DEVNULL and EMPTY are as in linger_process.h.
 * Returns the next time, or -1.
 */
int64_t linger_expire(struct lingering *l, const struct config *config,
    const struct arena *arena, int devnull, int empty, int64_t now);

/* After an upgrade: another process for new sessions. */
void linger_renew(struct lingering *l);

/* The daemon stops: the processes end when no socket is left. */
void linger_finish(struct lingering *l);
bool linger_runs(const struct lingering *l);

#endif
