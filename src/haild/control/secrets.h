/*
 * secrets.h -- remove the configuration's secrets from a process.
 */

#ifndef CONTROL_SECRETS_H
#define CONTROL_SECRETS_H

#include "config/arena.h"
#include "config/config.h"

/*
 * Overwrite this process's copy of the secrets of CONFIG, which is in ARENA:
 * the values of "environment" and the texts of files.  Unmap OTHER, an arena,
 * unless it is NULL.  The daemon's copy does not change. Returns 0, or -1 with
 * errno.
 */
int secrets_overwrite(const struct arena *arena, const struct config *config,
    const struct arena *other);

#endif
