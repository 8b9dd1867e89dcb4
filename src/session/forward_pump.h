/*
 * forward_pump.h -- copy between a client and a target.
 *
 * "In" is from the client to the target, "out" from the target to the client.
 * The end of one direction is passed on (shutdown(2)), and the other one goes
 * on.  A reset of one side resets the other, so that neither takes what is
 * incomplete for complete.
 */

#ifndef FORWARD_PUMP_H
#define FORWARD_PUMP_H

#include <stdint.h>

#include "lib/outcome.h"

struct forward_pump {
	int client, target; /* stream sockets */
	int channel;	    /* gets CHANNEL_BYTES now and then */
	int64_t idle;	    /* longest time without a byte in either direction;
			       ns, -1: none */
	uint64_t in, out;   /* bytes written so far */
};

/*
 * Copy until both directions have ended, P->idle, or SIGTERM.  Returns
 * OUTCOME_EXIT, OUTCOME_IDLE_TIMEOUT, OUTCOME_DISCONNECT (the client reset the
 * connection) or OUTCOME_TARGET_RESET.
 */
enum outcome_kind forward_pump(struct forward_pump *p);

#endif
