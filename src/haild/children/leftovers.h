/*
 * leftovers.h -- processes that a session left behind in groups of their own.
 *
 * The daemon is a child subreaper (prctl(2)), so a process whose parents have
 * died becomes its child, whatever its process group.  What remembers the
 * session is the session id: it cannot be reused while a process has it.
 */

#ifndef LEFTOVERS_H
#define LEFTOVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define LEFTOVERS_MAX 4096

/* Sessions that ended since the last sweep. */
struct leftovers {
	pid_t *sids;
	size_t n;
};

/* Returns 0, or -1 with errno. */
int leftovers_create(struct leftovers *l);

/* A session ended whose leftovers are to go; true when a sweep cannot wait. */
bool leftovers_note(struct leftovers *l, pid_t sid);

/*
 * Kill every child of this process that belongs to a noted session, unless
 * IS_LIVE(ARG, its sid) says that a live session has that id, and forget the
 * sessions that are gone.  Returns how many were killed, -1 with errno when
 * the list of children could not be read.
 */
int leftovers_sweep(
    struct leftovers *l, bool (*is_live)(void *, pid_t), void *arg);

#endif
