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

/* SIGCHLD came: the same; of many, the youngest now, others a little later. */
void reaper_signalled(struct server *s, int64_t now);

/* Kill leftovers, once a second.  Returns the next time, or -1. */
int64_t reaper_sweep(struct server *s, int64_t now);

/* s->channels is readable: read the sessions' channels. */
void reaper_channels(struct server *s, int64_t now);

/*
 * End sessions whose clients have reset the connection.  Called four times a
 * second: if the daemon waited for resets, each shutdown(2) of a session's
 * process would wake it.  Returns the next time, or -1.
 */
int64_t reaper_hangups(struct server *s, int64_t now);

/*
 * Give up children that cannot be reaped although they were killed, or exited
 * while another process traced them.  Their sessions are over; children_abandon
 * says how they count.  Returns the next time, or -1.
 */
int64_t reaper_expire(struct server *s, int64_t now);

/* No session is left: kill leftovers, end the logger, in a second at most. */
void reaper_finish(struct server *s);

#endif
