/*
 * load.h -- the throwaway child that builds the configuration.
 *
 * A parser that leaks, crashes or hangs, and the modules of NSS, do so in a
 * process that the daemon can do without.
 */

#ifndef LOAD_H
#define LOAD_H

#include <signal.h>
#include <sys/types.h>

#include "config/arena.h"
#include "config/config.h"

#define LOAD_TIMEOUT (30 * SECOND)

struct load {
	pid_t pid;
	struct arena arena;
};

/*
 * Fork the child, which builds an arena for SLOT.  It logs what is wrong by
 * itself.  Returns 0, or -1 (logged).
 */
int load_start(
    struct load *load, const struct config_source *source, unsigned int slot);

/*
 * The child has ended as INFO says (waitid(2)).  Returns the configuration and
 * leaves the arena to the caller; or NULL, logged, and nothing is left.
 */
const struct config *load_finish(struct load *load, const siginfo_t *info);

/*
 * Both, waiting in between: for the start, when there is nobody to serve yet.
 * A child that takes longer than LOAD_TIMEOUT is killed.
 */
const struct config *load_now(
    const struct config_source *source, struct arena *arena);

#endif
