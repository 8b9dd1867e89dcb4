/*
 * confine.h -- what is left to the process that reads what clients of commands
 * send: descriptors that are open already, and a clock.
 */

#ifndef CONFINE_H
#define CONFINE_H

#include "config/config.h"

/*
 * An empty directory for chroot(2) that has no name and can never hold
 * anything, since it has been removed already.  Returns a descriptor, or -1
 * with errno.
 */
int confine_open_root(void);

/*
 * Under root become the user ID, with the root directory ROOT (from
 * confine_open_root); in any case give up new privileges, new processes and
 * files, and die with the parent.  Returns 0, or -1 after the reason was logged
 * for WHO.
 */
int confine_identity(const struct identity *id, int root, const char *who);

/*
 * Give up all system calls but those in confine.c.  Whoever makes another one
 * is killed.  Returns 0, or -1 with errno.
 */
int confine_calls(void);

#endif
