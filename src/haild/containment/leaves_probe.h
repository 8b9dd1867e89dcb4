/*
 * leaves_probe.h -- how processes can be started in a cgroup here.
 */

#ifndef LEAVES_PROBE_H
#define LEAVES_PROBE_H

#include <stdbool.h>

/*
 * Whether a process can be cloned into a cgroup below that of the descriptor
 * BASE (JOIN: move itself there), also after another cgroup was killed.
 */
bool leaves_probe(int base, bool join);

#endif
