/*
 * contain.h -- start a program that is contained as its service says.
 *
 * The daemon, the monitor of commands and the trials of haild-load all start
 * programs by these functions, in this order:
 *
 *	contain_clone	a process in the namespaces and the leaf cgroup
 *	contain_run	in it: join the leaf, split off the init process
 *	contain_enter	network, mounts: before chroot and the change of user
 *	contain_drop	drop capabilities: right before the change of user
 *	contain_keep	keep those that are listed: right after it
 *	contain_seal	no-new-privileges, Landlock, filter: right before exec
 *
 * A step that fails must not be followed by the program's execution.  Where
 * SERVICE has no containment each of them does nothing, and contain_clone is a
 * fork.  The monitor of commands and "help" are not contained, but in a leaf.
 */

#ifndef CONTAIN_H
#define CONTAIN_H

#include <sys/types.h>

#include <stdbool.h>

#include "config/config.h"
#include "contain/job.h"

/*
 * Fork as SERVICE and GRANT say.  Returns as _Fork(3) does: handlers of fork(3)
 * are not run, and the child must not rely on what libc caches of the process.
 * errno is EAGAIN also if the leaf is full.
 */
pid_t contain_clone(const struct service *service, const struct grant *grant);

/*
 * Do JOB in the process that contain_clone made, which leads a process session.
 * Does not return.
 *
 * With private-pids, JOB's run is called in a child that shares this process's
 * memory until its exec (vfork), and this process is the init of the namespace:
 * it becomes the user of IDENTITY, or of the grant's uid, without privileges
 * and files, reaps, and calls JOB's ended when the child has ended.  (Its own
 * exit status cannot say all: an init cannot end by a signal.)
 */
void contain_run(const struct service *service, const struct grant *grant,
    const struct identity *identity, const struct contain_job *job)
    __attribute__((noreturn));

/* They return 0, or -1 after the reason was logged under SERVICE's name. */
int contain_enter(const struct service *service, const struct grant *grant);
int contain_drop(const struct service *service);
int contain_keep(const struct service *service);
int contain_seal(const struct service *service);

/*
 * Whether contain_run makes an init process: then the end of the session is a
 * REPORT (session/channel.h), not the exit status of its process.
 */
bool contain_has_init(const struct service *service);

/* Whether any step needs root's privileges, for the monitor of commands. */
bool contain_needs_root(const struct service *service);

/* Whether SERVICE has limits that only a cgroup of its own can keep. */
bool contain_has_limits(const struct service *service);

/*
 * Whether sessions of SERVICE can share the empty network namespace: Landlock
 * separates their abstract sockets, and they have no privileges to change the
 * network, such as setting its loopback up.
 */
bool contain_shares_network(const struct service *service);

/*
 * In a trial, after contain_clone failed with errno: write to TEXT which
 * namespace cannot be created, and why.
 */
void contain_explain(const struct service *service, char *text, size_t size);

#endif
