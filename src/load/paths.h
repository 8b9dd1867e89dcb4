/*
 * paths.h -- the program and the directories of a service.
 */

#ifndef PATHS_H
#define PATHS_H

#include "load/settings.h"

/* Report those that are missing or of the wrong kind. */
void paths_check(
    struct loader *l, struct service *service, const struct origin *origins);

#endif
