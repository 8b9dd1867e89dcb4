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

/* How long a keeper may take until it is ready. */
#define KEEPER_START_TIME (20 * SECOND)

struct keeper {
	pid_t pid, signer;
	int fd;		 /* the channel; -1: does not run */
	uint32_t number; /* different for each keeper */
	bool ready;
	int64_t due; /* the time by which it must be ready */
};

/* The arguments to start a keeper. */
struct keeper_setup {
	const struct config *config;
	const struct arena *arena; /* of the configuration */
	int program;		   /* haild-tls */
	int devnull;
	int empty;	    /* an empty root directory (confine.h), or -1 */
	bool oom_protected; /* the daemon; not its relays (process.h) */
};

/*
 * Start P.  Returns 0, or -1 (logged) if P does not run.  P's number does not
 * change.
 */
int keeper_start(
    struct keeper *p, const struct keeper_setup *setup, int64_t now);

/*
 * End P.  A keeper ends when its channel is closed; it is also killed, because
 * a keeper that continued could make relays.  The signer ends when the keeper
 * and its relays have ended.
 */
void keeper_end(struct keeper *p);

#endif
