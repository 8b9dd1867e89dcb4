/*
 * privileges.h -- become another user, and be sure of it.
 */

#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include <stdbool.h>

#include "config/config.h"

/*
 * Become ID for good: groups, gid and uid, real, effective and saved; then
 * read them back, and see that root cannot be regained.  No capability survives
 * execve(2) but root's.
 * Without root (geteuid) no id is changed, which is right only where the
 * configuration asked for no more; it has been checked there.
 *
 * Returns 0, or -1 after the reason was logged under WHO: the caller must not
 * go on.
 */
int privileges_become(const struct identity *id, const char *who);

/*
 * Have a session keyring (keyrings(7)) that is empty and nobody else's: whoever
 * possesses that of who started haild has its keys.  If it is LOCKED nobody can
 * change it, so that processes may share it.  Returns 0, also where there are
 * no keyrings to be had, or -1 with errno.
 */
int privileges_new_keyring(bool locked);

/* No core dumps, no ptrace by the same user, no gain by exec. */
int privileges_confine(const char *who);

#endif
