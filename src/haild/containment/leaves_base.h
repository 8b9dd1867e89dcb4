/*
 * leaves_base.h -- the cgroup that all others of haild are in (leaves.h).
 */

#ifndef LEAVES_BASE_H
#define LEAVES_BASE_H

#include "haild/containment/leaf_pools.h"

enum leaves_start {
	LEAVES_START,
	LEAVES_RESUME, /* after an upgrade: BASE is there already */
	LEAVES_PROVE,  /* the test before an upgrade: changes nothing */
	LEAVES_TEST,   /* haild -t: what a daemon here could have */
};

/*
 * Fill the first part of L.  Returns the level of syslog(3) at which l->reason
 * is to be logged, -1: not at all.
 */
int leaves_find_base(struct leaves *l, enum leaves_start how);

/*
 * Enable the controllers from the top down, and set l->has.  Returns 0, or
 * errno of the last that could not be enabled.
 */
int leaves_enable(struct leaves *l);

/* At the stop: remove what can be removed. */
void leaves_remove_base(struct leaves *l);

#endif
