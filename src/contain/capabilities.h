/*
 * capabilities.h -- which capabilities(7) a process keeps.
 */

#ifndef CAPABILITIES_H
#define CAPABILITIES_H

#include <stdint.h>

#define CAPABILITY(number) (UINT64_C(1) << (number))

/*
 * Keep of the capabilities that this process has those in SET only.  Returns 0,
 * or -1 with errno.
 */
int capabilities_limit(uint64_t set);

#endif
