/*
 * ended.h -- sessions over TLS that are over, and whose line in the log waits
 * for the last bytes of the relay.
 *
 * A program can exit before its relay has read the end of its output.  So the
 * session is reported when the relay, told of the end, has said how much there
 * was: usually at once, and after ENDED_TIME at the latest.  Its slot is free
 * meanwhile; only the copy here is left.
 */

#ifndef ENDED_H
#define ENDED_H

#include <signal.h>

#include "config/identity.h"
#include "haild/children/children.h"
#include "haild/containment/leaves.h"
#include "haild/relays/relays.h"
#include "session/channel.h"
#include "session/relay_channel.h"

#define ENDED_TIME SECOND

struct ended;
typedef void ended_fn(const struct ended *);

struct ended {
	TAILQ_ENTRY(ended) entry;
	uint32_t relay; /* its index */
	int64_t deadline;
	ended_fn *report;
	/* what report_end takes */
	struct child child;	      /* its stats must not be freed */
	char identity[IDENTITY_SIZE]; /* or "" */
	siginfo_t info;
	bool has_report;
	struct channel_report text;
	struct leaf_account account;
	int64_t at; /* the end */
};

/*
 * Keep a copy of E until R has sent its last bytes; then E's report is called.
 * Returns false if R has sent them, will not, or there is no memory.
 */
bool ended_hold(struct relays *all, struct relay *r, const struct ended *e);

/*
 * R has sent B, for its session C, or for one that waits (C is NULL).  Returns
 * false if B is invalid.
 */
bool ended_take_bytes(struct relays *all, struct relay *r, struct child *c,
    const struct relay_bytes *b);

/*
 * Report those that have waited for too long, or all, without waiting for their
 * relays any more.  ended_expire returns the next time, or -1.
 */
int64_t ended_expire(struct relays *all, int64_t now);
void ended_report_all(struct relays *all);

#endif
