/*
 * refusal.h -- why a client is refused, and which refusals are logged.  Pure.
 */

#ifndef REFUSAL_H
#define REFUSAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/ratelimit.h"

enum refusal_reason {
	REFUSED_NOT,
	REFUSED_ACCESS,
	REFUSED_PROXY,	     /* it is not one of proxy-from */
	REFUSED_PROXY_FAULT, /* a bad PROXY header */
	REFUSED_LOAD,
	REFUSED_TOTAL, /* top-level max-sessions */
	REFUSED_SERVICE,
	REFUSED_SOURCE,
	REFUSED_SERVICE_RATE,
	REFUSED_SOURCE_RATE,
	REFUSED_TABLE, /* no free entry for the session or its source */
	REFUSED_FORK,
	REFUSED_RELAY,	   /* no relay could be started */
	REFUSED_TLS_FAULT, /* the handshake or the verification failed */
	REFUSED_CHANGED, /* a reload changed the service during the handshake */
	REFUSED_IDENTITY, /* allow-identity does not match */
	REFUSED_IDENTITY_LIMIT,
	REFUSED_IDENTITY_RATE,
	REFUSED_POOL,	 /* no uid of the pool is free */
	REFUSED_LEAF,	 /* no cgroup could be made for it */
	REFUSED_TASKS,	 /* service-tasks-max */
	REFUSED_DRAINED, /* haildctl drain, on a socket of a supervisor */
	NREFUSALS
};

struct refusal {
	enum refusal_reason reason;
	int64_t
	    number; /* the limit; enum proxy_fault, enum tls_fault; or errno */
};

/* "access", "service limit 50", "proxy: no header".  Returns BUF. */
#define REFUSAL_TEXT_MAX 160
const char *refusal_print(const struct refusal *why, char *buf, size_t size);

/* The stable name of a reason for programs: "access", "service-limit". */
const char *refusal_name(enum refusal_reason reason);

/* Whether to send the busy-message: not to those without access or proxy. */
bool refusal_may_tell(enum refusal_reason reason);

/* Counts the refusals that are not logged.  Zeroed but for lines.per_second. */
struct refusals {
	struct ratelimit lines;
	unsigned long left_out[NREFUSALS];
};

/* Whether a refusal may be logged now; counts it if not. */
bool refusals_pass(struct refusals *r, enum refusal_reason reason, int64_t now);

/*
 * How many refusals were not logged, one second after the first of them, and
 * in BUF how many of each kind, the most frequent first: "100 source limit, 20
 * access".  Resets the counts.  0 when there is nothing to say.
 */
unsigned long refusals_left_out(
    struct refusals *r, int64_t now, char *buf, size_t size);

#endif
