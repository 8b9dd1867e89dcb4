/*
 * build.h -- from files to a configuration.
 */

#ifndef BUILD_H
#define BUILD_H

#include "load/loader.h"

/*
 * Read, check and build the configuration in ARENA.  Returns it, or NULL after
 * at least one error went to SINK.  Resolves names, and waits for the answers.
 */
const struct config *config_build(const struct config_source *source,
    struct arena *arena, config_sink *sink, void *arg);

#endif
