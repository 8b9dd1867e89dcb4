/*
 * exchange.h -- what the monitor and the speaker of a session say to each
 * other, over a pair of SOCK_SEQPACKET sockets.
 *
 *	speaker	REQUEST, and its bytes in packets of at most EXCHANGE_PACKET_MAX
 *	monitor	GO	the program runs
 *	speaker	GONE	the client has gone away	at any time, once
 *	speaker	WRONG	the client broke the protocol	at any time, once
 *	monitor	END	this is the status		once, the last thing
 *	speaker	DONE	the client has it		the last thing
 *
 * The monitor believes the speaker nothing: what comes out of order, or has
 * another size, ends the session.
 */

#ifndef EXCHANGE_H
#define EXCHANGE_H

#include <stdint.h>

#include "lib/nailgun.h"
#include "commands/request.h"

#define EXCHANGE_PACKET_MAX ((size_t)32 * 1024)

enum said_kind { SAID_REQUEST, SAID_GONE, SAID_WRONG, SAID_DONE };

/* By the speaker. */
struct said {
	uint32_t kind;
	uint32_t size;		     /* of the request that follows */
	uint64_t in, out;	     /* DONE: bytes of input, and of output */
	char why[NAILGUN_ERROR_MAX]; /* WRONG */
};

enum told_kind { TOLD_GO, TOLD_END };

/* By the monitor. */
struct told {
	uint32_t kind;
	uint32_t takes_stdin;		 /* GO */
	int32_t status;			 /* END */
	char text[REQUEST_WHY_MAX + 64]; /* END: for its standard error */
};

#endif
