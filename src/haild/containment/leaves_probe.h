/*
 * leaves_probe.h -- how processes can be started in a cgroup here.
 */

#ifndef LEAVES_PROBE_H
#define LEAVES_PROBE_H

#include <stdbool.h>

/*
 * Try to clone a process into a cgroup below that of the descriptor BASE (JOIN:
 * to have it move itself there), also after another cgroup was killed.  Returns
 * 0, or errno.
 */
int leaves_probe(int base, bool join);

#endif
