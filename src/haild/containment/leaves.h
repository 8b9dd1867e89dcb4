/*
 * leaves.h -- a leaf cgroup for each session that runs programs.
 *
 *	BASE/daemon			the daemon and its own processes
 *	BASE/sessions/SERVICE		service-memory-max, service-tasks-max
 *	BASE/sessions/SERVICE/N		a leaf: memory-max, tasks-max, ...
 *
 * BASE is the daemon's own cgroup, where systemd has delegated it (Delegate=,
 * systemd.resource-control(5)); without systemd, one that haild makes below its
 * own, haild.PID.  If there is no BASE, no session has a leaf.
 *
 * Making and removing a cgroup costs as much as a fork, so each service has a
 * pool of them.  A leaf is used again if no process is in it, none was killed
 * with it (contain/cgroup.h), and its memory is not counted, since memory.peak
 * cannot be reset.
 */

#ifndef LEAVES_H
#define LEAVES_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "contain/contain.h"
#include "haild/containment/leaf_pools.h"
#include "haild/containment/leaves_base.h"

/* What a session used.  Times in ns, memory in bytes; -1: not known. */
struct leaf_account {
	int64_t cpu, memory_peak;
	bool memory_limit; /* a process was killed for memory-max */
	bool tasks_limit;  /* tasks-max denied a process */
};
#define NO_ACCOUNT ((struct leaf_account) { -1, -1, false, false })

/*
 * Find or make BASE and move the daemon to BASE/daemon.  Returns 0, or -1 (no
 * memory).
 */
int leaves_init(struct leaves *l, enum leaves_start how);

/*
 * Log one line if there can be no leaves or no controllers.  Call it after
 * log_set_json, so that the line has the configured form.
 */
void leaves_log_missing(const struct leaves *l);

/* At the stop: remove all cgroups that are empty. */
void leaves_finish(struct leaves *l);

/* "cgroup /PATH, cpu memory pids", or what is missing and why.  Returns BUF. */
#define LEAVES_TEXT_MAX (PATH_MAX + 512)
const char *leaves_print(const struct leaves *l, char *buf, size_t size);

/*
 * Take a leaf for a session or command with LIMITS of SERVICE, a service's
 * name.  Sets *LEAF to its number + 1 (0: there are none) and grant->leaf and
 * join.  Returns 0, or -1 with errno (EDQUOT: the service has service-tasks-max
 * processes; EAGAIN: the host permits no more cgroups).
 */
int leaves_take(struct leaves *l, const char *service,
    const struct service *limits, uint32_t *leaf, struct grant *grant);

/* The descriptor of GRANT is not needed any more. */
void leaves_started(struct leaves *l, const struct grant *grant);

/* LEAF is not used again: a process could not be made in it. */
void leaves_spoil(struct leaves *l, uint32_t leaf);

/*
 * The session of LEAF is over: kill what is in it and take it back; KEEP: leave
 * its processes alone, and remove it when it is empty.  EMPTY: it is known to
 * be empty, so the kernel is not asked.  Adds to ACCOUNT what it has used.
 * Returns whether it was empty.
 */
bool leaves_return(struct leaves *l, uint32_t leaf, bool keep, bool empty,
    struct leaf_account *account);

/*
 * After an upgrade: a live session of SERVICE has FROM, with the number, cpu,
 * denied and limits that leaf_pools_at had.  Returns its number + 1, or 0.
 */
uint32_t leaves_restore(
    struct leaves *l, const char *service, const struct leaf *from);

#endif
