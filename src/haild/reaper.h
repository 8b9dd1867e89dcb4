/*
 * reaper.h -- children that have exited, and the processes they leave behind.
 */

#ifndef REAPER_H
#define REAPER_H

#include "haild/state.h"

/*
 * Count, log and reap children that have exited.  A zombie holds its pid until
 * it is reaped, so its process group can be killed safely before.
 */
void reaper_reap(struct server *s);

/*
 * SIGCHLD came: the same, but with many children for the youngest only; the
 * others are reaped at s->reaping.next.
 */
void reaper_signalled(struct server *s, int64_t now);

/*
 * Kill leftovers of ended sessions, at most once a second.  Returns when that
 * is due; -1: never.
 */
int64_t reaper_sweep(struct server *s, int64_t now);

/*
 * s->hangups is readable: end the sessions whose clients reset the connection,
 * and read the channels (channel.h).
 */
void reaper_events(struct server *s, int64_t now);

/*
 * The last session has ended: kill leftovers, let the logger finish, and log
 * what was not logged yet.  Takes a second at most.
 */
void reaper_finish(struct server *s);

#endif
