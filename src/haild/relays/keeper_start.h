/*
 * keeper_start.h -- start and end the processes of haild-tls that serve one
 * configuration: a keeper and its signer (session/relay_channel.h).
 */

#ifndef KEEPER_START_H
#define KEEPER_START_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct config;

/* From its start until it is ready. */
#define KEEPER_START_TIME (20 * SECOND)

struct keeper {
	pid_t pid, signer;
	int fd;		 /* the channel; -1: it does not run */
	uint32_t number; /* differs for each */
	bool ready;
	int64_t due; /* it must be ready then */
};

/* What a keeper is started with. */
struct keeper_setup {
	const struct config *config;
	const struct arena *arena; /* where that is */
	int program;		   /* haild-tls */
	int devnull;
	int empty;	    /* an empty root directory (confine.h), or -1 */
	bool oom_protected; /* the daemon; not its relays (process.h) */
};

/* Returns 0, or -1 (logged) and P does not run.  P's number stays. */
int keeper_start(
    struct keeper *p, const struct keeper_setup *setup, int64_t now);

/*
 * End P.  A keeper ends when its channel does; but if it did not, it could
 * still make relays.  The signer ends when the keeper and its relays have.
 */
void keeper_end(struct keeper *p);

#endif
