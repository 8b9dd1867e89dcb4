/*
 * containment.h -- the cgroup, user ID and namespaces that the daemon gives a
 * session, and takes back at its end.
 */

#ifndef CONTAINMENT_H
#define CONTAINMENT_H

#include "contain/contain.h"
#include "haild/admission/refusal.h"
#include "haild/children/children.h"
#include "haild/containment/leaves.h"
#include "haild/containment/trees.h"
#include "haild/containment/uids.h"

struct containment {
	struct leaves leaves;
	struct trees trees;
	struct uids uids;
};

/* The index in struct child's leaves and uids. */
enum { CONTAINED_SESSION, CONTAINED_PROGRAM };

/*
 * Fill GRANT for the session C of SERVICE, or (CONTAINED_PROGRAM) for the
 * program of its command, which is SERVICE then.  Returns REFUSED_NOT; or why
 * the client must be refused, and then C has nothing.
 */
struct refusal containment_grant(struct containment *x,
    const struct service *service, struct child *c, int which,
    struct grant *grant);

/*
 * The limit at which SERVICE's clients wait, besides those of admit_wait: no
 * uid of its pool is free yet.  REFUSED_NOT if there is none, or if its clients
 * are refused at limits.
 */
struct refusal containment_wait(
    const struct containment *x, const struct service *service);

/*
 * REFUSED_POOL if SERVICE has a pool of uids and none is free; else
 * REFUSED_NOT.
 */
struct refusal containment_refuses(
    const struct containment *x, const struct service *service);

/*
 * contain_clone failed with ERROR (errno): take back what C has.  Returns why
 * the client is refused: a full cgroup is a limit, not a fault of this host.
 */
struct refusal containment_clone_failed(struct containment *x,
    const struct service *service, struct child *c, int error);

/*
 * The child has been made, or could not be: close the daemon's copies of
 * GRANT's descriptors.
 */
void containment_started(struct containment *x, const struct grant *grant);

/*
 * The session of C is over, and its leader not yet reaped: kill all processes
 * of its leaves, unless it keeps leftovers, and take back what it has.  REAPED:
 * the leader has exited; false: it could not be reaped.  ACCOUNT becomes what
 * it has used.
 */
void containment_ended(struct containment *x, struct child *c, bool reaped,
    int64_t now, struct leaf_account *account);

/*
 * Do what is due: replace leaves, look for uids without processes.  Returns
 * when more is; -1: never.
 */
int64_t containment_expire(struct containment *x, int64_t now);

#endif
