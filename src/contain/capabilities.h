/*
 * capabilities.h -- which capabilities(7) a process keeps.
 */

#ifndef CAPABILITIES_H
#define CAPABILITIES_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"

#define CAPABILITY(number) (UINT64_C(1) << (number))

/* "CAP_CHOWN" for 0; NULL: there is none with this number. */
const char *capability_name(unsigned int number);

/*
 * Keep of the capabilities that this process has those in SET only.  Returns 0,
 * or -1 with errno.
 */
int capabilities_limit(uint64_t set);

/*
 * "capabilities" of SERVICE.  Before the change of user: drop all others from
 * the bounding set.  After it: make those that are listed ambient, so that a
 * program of another user than root has them too.  They return 0, or -1 after
 * the reason was logged.
 */
int capabilities_drop(const struct service *service);
int capabilities_keep(const struct service *service);

/*
 * Whether the program of SERVICE is root or can become root by a set-user-ID
 * file.  Without capabilities, root still owns most files in /proc/sys.
 */
bool capabilities_allow_root(const struct service *service);

/* All capabilities that the program can have, including by such a file. */
uint64_t capabilities_possible(const struct service *service);

#endif
