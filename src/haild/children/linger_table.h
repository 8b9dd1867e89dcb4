/*
 * linger_table.h -- the sockets of the linger process.
 *
 * A socket is held while its session lasts.  Then it drains: it is half-closed,
 * what the client sends is discarded, and the socket is closed when the client
 * has closed its side, or after a time.  A close with unread input would make
 * the kernel send a reset, which discards data on its way to the client (RFC
 * 2525, section 2.17).  If too many sockets drain, the oldest is closed early.
 */

#ifndef LINGER_TABLE_H
#define LINGER_TABLE_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/message.h"

/* Of sessions: as nginx's lingering_timeout. */
#define LINGER_TIME (5 * SECOND)
#define LINGER_MAX 4096
/* Of refused clients. */
#define LINGER_REFUSED_TIME SECOND
#define LINGER_REFUSED_MAX 128
#define LINGER_REFUSED_BYTES 65536 /* of input from one of them */

/* Sockets in one message; as many descriptors are kept free. */
#define LINGER_BATCH MESSAGE_FDS_MAX

/* The session of a socket; serial 0: a refused client's. */
struct linger_name {
	uint32_t slot, serial; /* in the table of children */
};

enum linger_kind { LINGER_SESSION, LINGER_REFUSED, LINGER_KINDS };

/*
 * Most clients close at once.  Each is checked after this time, before it is
 * added to epoll: the rate of sessions is 0.97 of that without lingering, and
 * 0.92 if all are added.
 */
#define LINGER_LOOK (SECOND / 200)

struct draining {
	TAILQ_ENTRY(draining) entry, recent;
	enum linger_kind kind;
	int fd;
	int64_t look; /* when it is looked at; 0: epoll watches it */
	int64_t deadline;
	size_t left; /* bytes that it may still send */
};
TAILQ_HEAD(draining_queue, draining);

struct linger_table {
	int epoll;
	size_t files; /* descriptors that it may have */
	size_t held, drains[LINGER_KINDS];
	uint32_t dropped; /* not held: no descriptors were left */
	struct held *by_slot;
	struct draining *places;
	struct draining_queue free, recent;	    /* by time */
	struct draining_queue queues[LINGER_KINDS]; /* by deadline */
};

/* FILES is how many descriptors it may have.  Returns 0, or -1 with errno. */
int linger_table_create(struct linger_table *t, size_t files);

/* Close the oldest that drain, until there is room for N more descriptors. */
void linger_table_make_room(struct linger_table *t, size_t n);

/*
 * Own FD.  It is the socket of the session NAME; or of a refused client, which
 * drains from NOW on, as does the socket of the slot's last session.
 */
void linger_table_add(struct linger_table *t, const struct linger_name *name,
    int fd, int64_t now);

/* The session NAME is over.  It may be one whose socket is not held. */
void linger_table_end(
    struct linger_table *t, const struct linger_name *name, int64_t now);

/* PLACE, the pointer of an event of T's epoll, is readable. */
void linger_table_ready(struct linger_table *t, struct draining *place);

/*
 * Look at sockets, and close those past their deadline.  Returns when it is to
 * be called again; -1: no need.
 */
int64_t linger_table_expire(struct linger_table *t, int64_t now);

/* Whether it has no socket. */
bool linger_table_is_empty(const struct linger_table *t);

#endif
