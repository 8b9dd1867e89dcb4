/*
 * leftovers.h -- processes that outlive their session in other process groups.
 *
 * The daemon is a child subreaper (prctl(2)): a process whose parent has died
 * becomes its child.  It is recognized by its process session's id, which the
 * kernel does not reuse while a process has it.
 */

#ifndef LEFTOVERS_H
#define LEFTOVERS_H

#include <stdbool.h>
#include <sys/types.h>

#define LEFTOVERS_MAX 4096

/* Sessions that ended since the last sweep. */
struct leftovers {
	pid_t *sids;
	size_t n;
};

/* Returns 0, or -1 with errno. */
int leftovers_create(struct leftovers *l);

/* Note a session that ended; returns true when the list is full: sweep now. */
bool leftovers_note(struct leftovers *l, pid_t sid);

/*
 * Kill every child of this process that belongs to a noted session, unless
 * IS_LIVE(ARG, sid) says that a live session has that id now; forget the
 * sessions without processes.  Returns the number killed, or -1 with errno.
 */
int leftovers_sweep(
    struct leftovers *l, bool (*is_live)(void *, pid_t), void *arg);

#endif
