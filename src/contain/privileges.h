/*
 * privileges.h -- become another user, and be sure of it.
 */

#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include <stdbool.h>

#include "config/config.h"

/*
 * Become ID for good: groups, gid and uid, real, effective and saved; then read
 * them back, and check that root cannot be regained.  No capability survives
 * execve(2) but root's.  Without root (geteuid) no id is changed, which is
 * right only where the configuration asked for no more; haild-load checks that.
 *
 * Returns 0, or -1 after the reason was logged under NAME: the caller must not
 * go on.
 */
int privileges_become(const struct identity *id, const char *name);

/*
 * Call ACT with ARG while this process has the effective user, group and groups
 * of ID, so that the kernel checks ACT's access to files as ID's; then take
 * back its own.  Without root (geteuid), ACT runs as the present user.
 *
 * Returns 0, or -1 after the reason was logged under NAME.  The process must
 * then exit: its identity is not known, and ACT may not have been called.
 */
int privileges_act_as(const struct identity *id, const char *name,
    void (*act)(void *arg), void *arg);

/*
 * Join a new, empty session keyring (keyrings(7)): with the one that haild was
 * started with, a program would possess the keys of its administrator.  If it
 * is LOCKED no process can change it, so that many may share it.  Returns 0,
 * also where there are no keyrings, or -1 with errno.
 */
int privileges_new_keyring(bool locked);

#endif
