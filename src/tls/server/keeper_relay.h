/*
 * keeper_relay.h -- start a relay.
 */

#ifndef TLS_KEEPER_RELAY_H
#define TLS_KEEPER_RELAY_H

#include "tls/relay.h"

struct keeper {
	struct tls_service *services;
	uint32_t nservices;
	const struct identity
	    *user; /* of relays; NULL: the daemon is not root */
	int root;  /* an empty directory, or -1 */
	pid_t daemon;
};

/*
 * Start a relay for CLIENT, whose socket is FD.  CHANNEL is the relay's channel
 * to the daemon.  The caller closes both.  Returns the relay's pid, or -1 with
 * errno.
 */
pid_t keeper_start_relay(const struct keeper *k,
    const struct keeper_client *client, int fd, int channel);

#endif
