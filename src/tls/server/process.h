/*
 * process.h -- the beginning of keeper and signer.
 */

#ifndef TLS_PROCESS_H
#define TLS_PROCESS_H

#include "config/arena.h"
#include "config/config.h"
#include "session/relay_channel.h"

struct tls_process {
	struct keeper_start start;
	struct arena arena; /* to be destroyed when all is loaded */
	const struct config *config;
};

/*
 * Become a session of its own with the title NAME, receive KEEPER_START on
 * CHANNEL, and map the configuration of the memfd CONFIG.  Exits if it cannot.
 */
void tls_process_begin(
    struct tls_process *p, const char *name, int channel, int config);

#endif
