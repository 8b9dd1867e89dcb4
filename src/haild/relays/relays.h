/*
 * relays.h -- the table of relays, the processes that speak TLS with clients.
 *
 * A relay belongs to a session, given by slot and serial in the table of
 * children.  A relay may outlive its session, to send the remaining data.
 * During the handshake, the session's slot has the relay's pid.
 *
 * Like the table of children, this table is not mapped in a child.
 */

#ifndef RELAYS_H
#define RELAYS_H

#include <sys/queue.h>
#include <sys/types.h>

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/pages.h"

/* Relays of all sessions, and as many relays whose sessions are over. */
#define RELAYS_MAX ((uint32_t)2 * 65536)

/* Chains by pid, a power of two. */
#define RELAYS_BUCKETS ((size_t)8192)

enum relay_state {
	RELAY_UNUSED,
	RELAY_STARTING,	 /* the keeper has not reported its pid */
	RELAY_HANDSHAKE, /* preamble or handshake */
	RELAY_REFUSED,	 /* the client is refused; the relay will exit */
	RELAY_SERVING,	 /* the session runs */
	RELAY_KEPT,   /* the session is over, its leftover processes are kept */
	RELAY_ENDING, /* the session is over; the relay must exit by deadline */
	RELAY_KILLED, /* killed, because it did not exit */
	RELAY_LAST = RELAY_KILLED
};

struct relay {
	TAILQ_ENTRY(relay) queue; /* of the table: starting or ending */
	struct relay *hash_next;
	pid_t pid;	       /* 0: not known yet */
	int channel;	       /* 0: closed */
	uint32_t slot, serial; /* of the session; serial 0: unused */
	uint32_t keeper;       /* number of the keeper that starts it */
	gid_t gid;	       /* of the client, on a Unix socket */
	int64_t until;	       /* the deadline of the handshake */
	uint8_t state;	       /* enum relay_state */
	uint8_t gone;	       /* bits of enum relay_gone, and RELAY_COUNTED */
	int64_t deadline;      /* time of the request, or of the end */
	struct ended *ended;   /* its session, whose line waits; or NULL */
};
TAILQ_HEAD(relay_queue, relay);

/* In relay.gone: the last RELAY_BYTES came. */
#define RELAY_COUNTED 1
TAILQ_HEAD(ended_queue, ended);

struct relays {
	struct relay *table;
	struct relay **buckets;		     /* by pid */
	struct relay_queue starting, ending; /* in the order of deadlines */
	struct relay_queue free;
	struct ended_queue ended; /* in the order of deadlines */
	/* Report the session that waits for R (ended.h). */
	void (*report_ended)(struct relays *all, struct relay *r);
	uint32_t used; /* entries used so far */
	uint32_t live;
	uint32_t taken;	    /* relays added so far */
	uint32_t nstarting; /* entries that are starting */
	int epoll;	    /* for all channels */
	struct pages_rest rest;
};

/* Returns 0, or -1 with errno. */
int relays_create(struct relays *all);

/* A relay in state STARTING, or NULL when all RELAYS_MAX are used. */
struct relay *relays_reserve(struct relays *all, uint32_t slot, uint32_t serial,
    uint32_t keeper, int channel, int64_t now);

/* The keeper has reported PID, so the handshake begins. */
void relays_started(struct relays *all, struct relay *r, pid_t pid);

/*
 * The client of R is refused; the session of R has begun; the session is over,
 * but its leftover processes are kept.
 */
void relays_refused(struct relays *all, struct relay *r);
void relays_serving(struct relays *all, struct relay *r);
void relays_keep(struct relays *all, struct relay *r);

/*
 * Watch the channel of R; or, after an upgrade, of all relays.  Returns 0, or
 * -1 with errno.
 */
int relays_watch(struct relays *all, struct relay *r);
int relays_watch_all(struct relays *all);

/*
 * Close the channel of R, if it is open.  The session that waits for R's bytes
 * is reported without.
 */
void relays_close_channel(struct relays *all, struct relay *r);

/*
 * The session of R is over: close the channel, or only this direction if the
 * session waits for R's bytes.  R is killed RELAY_GRACE later
 * (session/relay_channel.h).
 */
void relays_end(struct relays *all, struct relay *r, int64_t now);

/*
 * The session of the relay at INDEX, in SLOT with SERIAL, is not complete
 * (RELAY_CUT).  Does nothing if there is no such relay.
 */
void relays_cut(
    struct relays *all, uint32_t index, uint32_t slot, uint32_t serial);

/* Close the channel of R and kill it at once. */
void relays_kill(struct relays *all, struct relay *r, int64_t now);

/* Whether R, which was serving, has exited otherwise than it should. */
bool relays_crashed(const struct relay *r);

/*
 * R, of SERVICE, has ended as INFO says: log a signal that the daemon did not
 * send.  Returns whether it was one, which means an attack or a bug.
 */
bool relays_died(
    const struct relay *r, const char *service, const siginfo_t *info);

/* Free R, which has exited or was never started. */
void relays_release(struct relays *all, struct relay *r);

/* The relay of the session in SLOT with SERIAL, at INDEX; or NULL. */
struct relay *relays_at(
    const struct relays *all, uint32_t index, uint32_t slot, uint32_t serial);
uint32_t relays_index(const struct relays *all, const struct relay *r);

/* The relay with that pid, or NULL. */
struct relay *relays_find(const struct relays *all, pid_t pid);

/* The relay that has been starting for the longest time, or NULL. */
struct relay *relays_oldest(const struct relays *all);

/*
 * Kill the relays whose deadline has passed, and forget those that are not
 * reaped within REAP_GRACE after that; give back the pages of an empty table.
 * Returns the next time, or -1.
 */
int64_t relays_expire(struct relays *all, int64_t now);

/* haild stops: end the relays that are kept. */
void relays_stop(struct relays *all, int64_t now);

/*
 * After an upgrade: enter a copy of FROM, except its links.  Returns it, or
 * NULL if there is no room or the pid is in use.
 */
struct relay *relays_restore(struct relays *all, const struct relay *from);

#endif
