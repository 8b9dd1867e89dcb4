/*
 * leaves.h -- a leaf cgroup for each session that runs programs.
 *
 *	BASE/daemon			the daemon and its own processes
 *	BASE/sessions/SERVICE		service-memory-max, service-tasks-max
 *	BASE/sessions/SERVICE/N		a leaf: memory-max, tasks-max, ...
 *
 * BASE is the daemon's own cgroup, where it may make others: delegated to it
 * (Delegate= of systemd.resource-control(5)) or made by it.  Without one, all
 * functions do nothing and every session has no leaf.
 */

#ifndef LEAVES_H
#define LEAVES_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "contain/contain.h"

struct leaves {
	unsigned int has; /* CGROUP_* bits; 0: no leaves */
};

/* What a session used.  Times in ns, memory in bytes; -1: not known. */
struct leaf_account {
	int64_t cpu, memory_peak;
	bool memory_limit; /* a process was killed for memory-max */
	bool tasks_limit;  /* tasks-max denied a process */
};

/*
 * Find or make BASE and move the daemon to BASE/daemon.  RESUMED: after an
 * upgrade, when it is there already.  Logs one warning if there can be no
 * leaves.
 */
void leaves_init(struct leaves *l, bool resumed);

/* At the stop: remove all cgroups that are empty. */
void leaves_finish(struct leaves *l);

/*
 * Take a leaf for SERVICE (whose name is that of a service; COMMAND: its limits
 * are those of this command, or NULL).  Sets *LEAF to its number + 1 (0: there
 * are none) and grant->leaf and join.  Returns 0, or -1 with errno.
 */
int leaves_take(struct leaves *l, const char *service,
    const struct service *limits, uint32_t *leaf, struct grant *grant);

/* The descriptor of GRANT is not needed any more. */
void leaves_started(struct leaves *l, const struct grant *grant);

/* What the session of LEAF has used so far. */
void leaves_account(
    const struct leaves *l, uint32_t leaf, struct leaf_account *account);

/*
 * The session of LEAF is over: kill what is in it and take it back; KEEP: leave
 * its processes alone, and remove it when it is empty.
 * Returns whether it was empty.
 */
bool leaves_return(struct leaves *l, uint32_t leaf, bool keep);

/* Do what is due.  Returns when more is; -1: never. */
int64_t leaves_expire(struct leaves *l, int64_t now);

#endif
