/*
 * cgroup.h -- the files of cgroup v2, as the kernel's
 * Documentation/admin-guide/cgroup-v2.rst describes them.
 *
 * A cgroup is named by a descriptor of a directory, DIR, and a path below it,
 * GROUP ("." is DIR itself).  Nothing here waits for anything but the kernel.
 * Functions return -1 with errno, unless they say something else.
 */

#ifndef CGROUP_H
#define CGROUP_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/sandbox.h"

/* What to do if haild has no cgroups, or no controllers. */
#define CGROUP_ADVICE "set \"Delegate=cpu memory pids\" in haild's unit"

/* Limits of one cgroup; 0 or less: none. */
struct cgroup_limits {
	int64_t memory;	  /* bytes */
	int64_t tasks;	  /* processes and threads */
	int64_t cpu;	  /* hundredths of a percent of one CPU */
	bool kill_at_oom; /* all processes, when memory is short */
};

/*
 * The directory of this process's cgroup, as the files "mountinfo" and "cgroup"
 * of PROC ("/proc/self") say, into PATH.  ENOENT: no cgroup v2 is mounted, or
 * what is mounted does not have this process's.
 */
int cgroup_find(const char *proc, char *path, size_t size);

/*
 * Whether systemd leaves what is below the cgroup at PATH to its processes
 * (Delegate=, systemd.resource-control(5)).
 */
bool cgroup_is_delegated(const char *path);

/* Read FILE of a cgroup, up to SIZE - 1 bytes; BUF gets a NUL. */
ssize_t cgroup_read(
    int dir, const char *group, const char *file, char *buf, size_t size);
int cgroup_write(
    int dir, const char *group, const char *file, const char *text);

/*
 * The number after KEY at the start of a line of FILE; KEY NULL: the file is
 * one number.  -1 with errno also if there is none ("max").
 */
int64_t cgroup_number(
    int dir, const char *group, const char *file, const char *key);

/*
 * Of FILE, "cgroup.controllers" (those that may be enabled) or
 * "cgroup.subtree_control" (those that its children have): CGROUP_CPU, _MEMORY
 * and _PIDS.  0 also if it cannot be read.
 */
unsigned int cgroup_controllers(int dir, const char *group, const char *file);

/*
 * Give the children of a cgroup the controllers of WANTED that it may enable.
 * Returns those that they have; errno tells why another one could not be
 * enabled: EBUSY if the cgroup itself has processes.
 */
unsigned int cgroup_enable(int dir, const char *group, unsigned int wanted);

/* "cpu memory pids", or "no controllers". */
const char *cgroup_print(unsigned int controllers, char *buf, size_t size);

/*
 * Set LIMITS.  OLD are those that the cgroup has, or NULL: it is new.  ENOENT:
 * it lacks the controller.
 */
int cgroup_limit(int dir, const char *group, const struct cgroup_limits *limits,
    const struct cgroup_limits *old);

/*
 * Events of the cgroup LEAF (-1: none), if it or the one above it has the
 * limit: how many of its processes were killed for lack of memory, also of the
 * host's; how often one of the two was short of memory; how often pids.max
 * denied one.
 */
struct cgroup_events {
	int64_t killed, short_of_memory, denied;
};
void cgroup_events_read(int leaf, struct cgroup_events *events);

/* Move this process, or another, there. */
int cgroup_join(int dir, const char *group);
int cgroup_move(int dir, const char *group, pid_t pid);

/*
 * _Fork(3) into the cgroup of the descriptor LEAF, -1: into the own one
 * (clone3(2), CLONE_INTO_CGROUP).  EAGAIN: pids.max of it or of one above it.
 */
pid_t cgroup_fork(int leaf);

/* Whether a process is in it or below it, a zombie not counted. */
bool cgroup_is_populated(int dir, const char *group);

/*
 * Kill all that is in it and below it.  Before Linux 5.14, which has no
 * cgroup.kill, it is frozen and each process is killed; call it again until it
 * is not populated.
 *
 * In Linux 6.18 a process that is cloned into a cgroup that was once killed is
 * killed at once: do not use a cgroup again after cgroup_kill.
 */
int cgroup_kill(int dir, const char *group);

/*
 * Remove it, and those below it, if there are no processes; else EBUSY.  Where
 * there are some, cgroup_prune removes those below it that have none.
 */
int cgroup_remove(int dir, const char *group);
int cgroup_prune(int dir, const char *group);

#endif
