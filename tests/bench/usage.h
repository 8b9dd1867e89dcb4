/*
 * usage.h -- the CPU time of a process and its descendants.
 */

#ifndef USAGE_H
#define USAGE_H

struct usage {
	unsigned long long ticks; /* including children that were reaped */
	int processes, zombies;
};

/* Of PID and all that descend from it; exits if there is none. */
struct usage usage_of(int pid);

#endif
