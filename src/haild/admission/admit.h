/*
 * admit.h -- the decision, before fork, whether a client may come in.
 *
 * By access (who it is), by how many sessions there are, of all, of the service
 * and of the client's source, and by how fast they come.  No step takes longer
 * the more clients there are, but by a logarithm.
 *
 * For the daemon alone: the table of sources is not there in a child
 * (sources.h), so nothing that runs between fork and exec, no built-in service,
 * no configuration's child and no logger may call any of this.
 *
 * Reasons are fixed words, with a number where there is one: "access", "total
 * limit 1024", "service limit 50", "source limit 5", "service rate", "source
 * rate", "load".
 */

#ifndef ADMIT_H
#define ADMIT_H

#include "haild/state.h"

#define REASON_MAX 64

/*
 * Whether LISTENER should be polled: not while a limit is reached at which its
 * clients are to wait in the kernel's queue.  If not, REASON says which one.
 */
bool admit_open(const struct server *s, const struct listener *l, int64_t now,
    char *reason, size_t size);

/*
 * Read the load average if that is a second ago, and anybody asks for it: to be
 * called before clients are let in, since the daemon may have slept for long.
 */
void admit_read_load(struct server *s, int64_t now);

/*
 * Once a turn, before listeners are polled: admit_read_load, and log which
 * services begin and cease to keep clients waiting.
 */
void admit_watch(struct server *s, int64_t now);

/* When a listener may open, or admit_watch has to say something; -1: never. */
int64_t admit_next(const struct server *s, int64_t now);

/*
 * Whether CLIENT, just accepted from L, may come in.  Then it is counted for
 * its source, and has taken its tokens: give CLIENT to children_reserve, or to
 * admit_left when nothing comes of it.  If not, REASON says why.
 */
bool admit(struct server *s, const struct listener *l, struct client *client,
    struct source_refs *refs, int64_t now, char *reason, size_t size);

/*
 * C, let in as a proxy (struct client's proxied), has announced that its client
 * is ANNOUNCED.  Decides by access, source limit and source rate of C's service
 * as it is configured now, and for all services.  If yes, the slot has that
 * address from now on and counts for that source.  If not, REASON says why, the
 * slot stays as it was, and the caller ends the session.
 */
bool admit_announced(struct server *s, struct child *c,
    const struct addr *announced, char *reason, size_t size);

/* A session has ended, or did not begin: its source has one less. */
void admit_left(struct server *s, struct source_refs *refs, int64_t now);

/*
 * The configuration is another one, or the slots are another image's: count all
 * sessions for their sources, as limits and prefixes are now.
 */
void admit_recount(struct server *s, int64_t now);

#endif
