/*
 * confine.h -- what a process that needs no privileges gives up.
 *
 * src/contain/ is for every process of haild that reads what a client sent, and
 * for the logger.  Such a process calls confine() with the parts that it can do
 * without, and the command reader confine_calls() after that.
 */

#ifndef CONFINE_H
#define CONFINE_H

#include "config/config.h"

/* For struct confinement's root, beside a descriptor. */
enum { CONFINE_SAME_ROOT = -1, CONFINE_NO_FILES = -2 };

struct confinement {
	const char *name;		 /* of the process, for the log */
	const struct identity *identity; /* to become; NULL: done already */
	/*
	 * An empty root directory (confine_open_root), which leaves no file to
	 * open.  Where it cannot be entered, and with CONFINE_NO_FILES,
	 * Landlock does the same.  Where neither is possible, a process that
	 * MUST be confined fails under root, and others go on.
	 */
	int root;
	bool must;
	bool limits;  /* no new processes, no files, no core dump */
	pid_t parent; /* killed when this process ends; 0: not */
};

/*
 * Do that, and in any case become undumpable and unable to gain privileges by
 * execve(2).  Returns 0, or -1 after the reason was logged: then nothing of a
 * client's may be read.
 */
int confine(const struct confinement *c);

/*
 * Be killed when PARENT ends: after setresuid(2), at which the kernel forgets
 * it.  Returns 0, or -1 with errno; ESRCH: PARENT has ended already.
 */
int confine_die_with(pid_t parent);

/*
 * An empty directory for chroot(2) that has no name and can never hold
 * anything, since it has been removed already.  Returns a descriptor, or -1
 * with errno.
 */
int confine_open_root(void);

/*
 * Whether this process can confine another to ROOT (or -1), by chroot or by
 * Landlock.  If not, errno is chroot's.
 */
bool confine_can_enter(int root);

/*
 * Allow no system calls but those in filter.c; any other one kills the process.
 * PEER is the one descriptor that messages may go through.  Returns 0, or -1
 * with errno.
 */
int confine_calls(int peer);

/*
 * Deny the opening of files, TCP's bind and connect, and what Landlock of this
 * kernel can deny beyond that.  Returns 0, or -1 with errno (ENOSYS and
 * EOPNOTSUPP: there is no Landlock).  PR_SET_NO_NEW_PRIVS must be set.
 */
int landlock_deny_all(void);

/* Landlock's version in this kernel, from 1; -1 with errno: there is none. */
int landlock_version(void);

#endif
