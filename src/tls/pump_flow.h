/*
 * pump_flow.h -- what pump_run.c and pump_in.c share.
 */

#ifndef TLS_PUMP_FLOW_H
#define TLS_PUMP_FLOW_H

#include <poll.h>

#include "tls/link.h"
#include "tls/pump.h"

#define RECORD_MAX 16384

/* After a shorter record, the next one has probably not arrived yet. */
#define LONG_RECORD 1024

enum way { WAY_NET, WAY_STREAM, WAY_CONTROL, WAYS };

/* The state of the direction "out". */
enum out_state {
	OUT_OPEN,
	OUT_ENDED,    /* the stream has ended; close_notify follows the rest */
	OUT_NOTIFIED, /* close_notify may not have been sent fully */
	OUT_CLOSED,
};

struct flow {
	const struct pump *p;
	struct pollfd ways[WAYS];
	int64_t deadline;   /* for the end; -1: none yet */
	int64_t held_until; /* the end of "in" is hidden; -1: it is not */

	bool in_open;	/* the TLS session may receive more */
	bool in_wanted; /* the stream accepts data; if not, it is discarded */
	bool noticed;	/* p->notice was called */
	bool cut;	/* p->cut has returned true */
	gnutls_packet_t packet; /* NULL: none */
	gnutls_datum_t in;	/* its unwritten part */

	enum out_state out_state;
	size_t start, end; /* of the unsent part of out */
	uint64_t in_bytes, out_bytes;
	int64_t count_due; /* when to report them; -1: reported */
	bool counted;	   /* for the last time */

	/* pump_run does not clear these. */
	struct tls_link link;
	unsigned char out[RECORD_MAX];
};

/*
 * pump_in.c: read a record or write what was read.  Returns whether it is worth
 * while to go on without poll(2).
 */
bool pump_step_in(struct flow *f);

/* The TLS session has failed with ERROR of GnuTLS. */
void pump_in_fail(struct flow *f, int error);

/* Tell the caller that the peer has ended its direction, once. */
void pump_notice(struct flow *f, enum pump_notice what, int alert);

/* The client can receive nothing more: a writer to the stream gets EPIPE. */
void pump_out_fail(struct flow *f);

/* Bytes were copied: report them, soon. */
void pump_count(struct flow *f);

/* Report them now; LAST: with those that wait in the stream, and no more. */
void pump_report_count(struct flow *f, bool last);

#endif
