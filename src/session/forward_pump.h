/*
 * forward_pump.h -- copy between a client and a target.
 *
 * "In" is from the client to the target, "out" from the target to the client.
 *
 * A half-close is passed on (shutdown(2)) after all data of its direction; the
 * other direction continues.
 *
 * If one side fails (ECONNRESET, EPIPE, ETIMEDOUT), the data that it has sent
 * are still passed on, for at most 5 s.  Then the other side is reset, so that
 * an incomplete transfer does not look complete.  There is one exception: a
 * target that has half-closed after its answer, and then resets because the
 * client still sends.  A reset could destroy the answer in the client's kernel
 * (RFC 2525 section 2.17), so the pump discards what the client sends until it
 * closes, for at most 5 s.
 *
 * A Unix socket cannot be reset: the other side reads end of file.  With TLS,
 * the client's socket is such a socket, to the relay; so the daemon tells the
 * relay (session/relay_channel.h, RELAY_CUT).
 */

#ifndef FORWARD_PUMP_H
#define FORWARD_PUMP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/outcome.h"

struct forward_pump {
	int client, target; /* stream sockets */
	int channel;	    /* gets CHANNEL_BYTES, at most once a second */
	int64_t idle;	    /* longest time without a byte in either direction;
			       ns, -1: none */
	int64_t keepalive;  /* of the target, as "tcp-keepalive" */
	uint64_t in, out;   /* bytes written so far */
	int signal;	    /* for OUTCOME_SIGNAL */
	bool client_is_tcp, target_is_tcp; /* set by forward_pump_prepare */
};

/*
 * Set the options of both sockets, and catch signals as flags.  Before
 * confine_forwarding, which does not allow that.
 */
void forward_pump_prepare(struct forward_pump *p);

/*
 * Copy until both directions have ended, or P->idle is over, or SIGTERM
 * arrives; SIGHUP says that the client is gone.  Returns OUTCOME_EXIT,
 * OUTCOME_IDLE_TIMEOUT, OUTCOME_DISCONNECT (the client has failed),
 * OUTCOME_TARGET_RESET or OUTCOME_SIGNAL.  CHANNEL has the last counts.
 */
enum outcome_kind forward_pump(struct forward_pump *p);

/* Close FD, a TCP socket, so that its peer sees a reset. */
void forward_reset(int fd);

#endif
