/*
 * exchange.h -- messages between the monitor and the speaker of a session.
 *
 *	speaker	HEADER or FAULT	once, behind a proxy
 *	monitor	ADMITTED	or REFUSED, the last message
 *	speaker	REQUEST		and its bytes, as PARTs
 *	monitor	RUNNING		the program has started
 *	speaker	GONE		the client has gone away (once, at any time)
 *	speaker	INVALID		the client broke the protocol (the same)
 *	monitor	END		the status (once)
 *	speaker	DONE		the client has it; the last message
 *
 * The monitor does not trust the speaker: an unexpected message ends the
 * session.
 */

#ifndef EXCHANGE_H
#define EXCHANGE_H

#include <stdint.h>

#include "commands/request.h"
#include "lib/message.h"
#include "lib/nailgun.h"
#include "lib/outcome.h"
#include "lib/proxy.h"

#define EXCHANGE_PART_MAX ((size_t)32 * 1024)
#define EXCHANGE_TEXT_MAX (REQUEST_WHY_MAX + 64)

enum exchange_type {
	EXCHANGE_ADMITTED = 2,
	EXCHANGE_REFUSED,
	EXCHANGE_RUNNING, /* uint32_t: whether it takes standard input */
	EXCHANGE_END,	  /* struct exchange_end */
	EXCHANGE_HEADER,  /* struct proxy */
	EXCHANGE_FAULT,	  /* uint32_t, enum proxy_fault */
	EXCHANGE_REQUEST, /* uint32_t: bytes of the record (request.h) */
	EXCHANGE_PART,	  /* the next of them */
	EXCHANGE_GONE,
	EXCHANGE_INVALID, /* struct exchange_invalid */
	EXCHANGE_DONE,	  /* struct exchange_counts */
};

struct exchange_end {
	int32_t status;
	char text[EXCHANGE_TEXT_MAX]; /* for standard error */
	char verdict[OUTCOME_VERDICT_MAX];
};

struct exchange_counts {
	uint64_t in, out; /* bytes of input and output */
};

struct exchange_invalid {
	struct exchange_counts counts;
	char error[NAILGUN_ERROR_MAX];
};

/* All kinds of messages, of both sides. */
extern const struct message_kind exchange_kinds[];

#endif
