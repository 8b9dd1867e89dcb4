/*
 * spawn.h -- from a forked child to the service's program.
 */

#ifndef SPAWN_H
#define SPAWN_H

#include "session/session.h"

#define UMASK 022 /* the daemon's, and the default of a program */

/*
 * Apply the service's priority, limits and root directory to this process.
 * Returns 0, or -1 after the reason was logged: nothing may be run then.
 */
int spawn_limit(const struct service *service);

/*
 * The same, and the rest of what a program is started with: keyring, user,
 * directory, no-new-privileges, umask.  Returns 0, or -1 after the reason was
 * logged.
 */
int spawn_settle(const struct service *service);

/*
 * Unmap the configuration, in which "environment" values are secrets, before a
 * byte of the client is read.  What the session still needs of its service is
 * copied to OWN and ID; exits without memory.
 */
void spawn_forget_config(
    const struct session *s, struct service *own, struct identity *id);

/*
 * Confine, read the preamble if there is one, build the environment, execute.
 * The client must be on descriptors 0 and 1.  Does not return: a sysexits(3)
 * code says what failed.
 */
void spawn_program(const struct session *s) __attribute__((noreturn));

#endif
