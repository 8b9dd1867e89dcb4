/*
 * command.h -- the commands of a service.
 */

#ifndef COMMAND_H
#define COMMAND_H

#include "load/settings.h"

/*
 * Read the commands of SERVICE from GROUP, after its own settings, which were
 * written at ORIGINS.
 */
void command_read(struct loader *l, struct service *service,
    const struct origin *origins, const config_setting_t *group);

#endif
