/*
 * exchange.h -- messages between the monitor and the speaker of a session.
 *
 *	speaker	HEADER or FAULT	once, behind a proxy
 *	monitor	ADMITTED	or REFUSED, the last message
 *	speaker	REQUEST		and its bytes, as PARTs
 *	monitor	RUNNING		the program has started
 *	speaker	GONE		the client has gone away	at any time,
 *once speaker	INVALID		the client broke the protocol	at any time,
 *once monitor	END		the status			once speaker
 *DONE		the client has it		the last message
 *
 * The monitor does not trust the speaker: a message that is not expected ends
 * the session.
 */

#ifndef EXCHANGE_H
#define EXCHANGE_H

#include <stdint.h>

#include "commands/request.h"
#include "lib/addr.h"
#include "lib/message.h"
#include "lib/nailgun.h"

#define EXCHANGE_PART_MAX ((size_t)32 * 1024)
#define EXCHANGE_TEXT_MAX (REQUEST_WHY_MAX + 64)

enum exchange_type {
	EXCHANGE_ADMITTED = 2,
	EXCHANGE_REFUSED,
	EXCHANGE_RUNNING, /* uint32_t: whether it takes standard input */
	EXCHANGE_END,	  /* struct exchange_end */
	EXCHANGE_HEADER,  /* struct exchange_header */
	EXCHANGE_FAULT,	  /* uint32_t, enum proxy_fault */
	EXCHANGE_REQUEST, /* uint32_t: bytes of the record (request.h) */
	EXCHANGE_PART,	  /* the next of them */
	EXCHANGE_GONE,
	EXCHANGE_INVALID, /* struct exchange_invalid */
	EXCHANGE_DONE,	  /* struct exchange_counts */
};

struct exchange_header {
	uint32_t kind; /* enum proxy_kind */
	struct addr client, server;
};

struct exchange_end {
	int32_t status;
	char text[EXCHANGE_TEXT_MAX]; /* for standard error */
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
