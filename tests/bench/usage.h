/*
 * usage.h -- the CPU time and the memory of a process and its descendants.
 */

#ifndef USAGE_H
#define USAGE_H

struct usage {
	unsigned long long ticks; /* including children that were reaped */
	int processes, zombies;
};

/* In kB. */
struct memory {
	double unique, pss;
};

/* Of PID and all that descend from it; exits if there is none. */
struct usage usage_of(int pid);
struct memory memory_of(int pid);

#endif
