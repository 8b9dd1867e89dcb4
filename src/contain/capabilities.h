/*
 * capabilities.h -- which capabilities(7) a process keeps.
 */

#ifndef CAPABILITIES_H
#define CAPABILITIES_H

#include <stdint.h>

#include "config/config.h"

#define CAPABILITY(number) (UINT64_C(1) << (number))

/*
 * Keep of the capabilities that this process has those in SET only.  Returns 0,
 * or -1 with errno.
 */
int capabilities_limit(uint64_t set);

/*
 * Drop from the bounding set what SERVICE does not keep, before the change of
 * user; and, after it, let the program have what is kept, whoever its user is.
 * They return 0, or -1 after the reason was logged.
 */
int capabilities_drop(const struct service *service);
int capabilities_keep(const struct service *service);

#endif
