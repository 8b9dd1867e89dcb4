/*
 * reaper.h -- the end of children, and of what they leave behind.
 */

#ifndef REAPER_H
#define REAPER_H

#include "haild/state.h"

/*
 * Account, log and reap everything that has exited.  The zombie holds its pid
 * until it is reaped, so what is signalled before is the right process group.
 */
void reaper_reap(struct server *s);

/* SIGCHLD came: do that; of many children some wait until s->reap_at. */
void reaper_signalled(struct server *s, int64_t now);

/* End what ended sessions left behind: at most once a second. */
void reaper_sweep(struct server *s, int64_t now);

/*
 * What epoll has seen: end the sessions whose clients reset the connection, and
 * do what came through the channels (channel.h).
 */
void reaper_events(struct server *s, int64_t now);

/*
 * The last sessions are over: what they left behind goes, level by level, and
 * the logger writes what they said.  Takes a second at most.
 */
void reaper_finish(struct server *s);

#endif
