/*
 * uids.h -- uids of pools ("user = \"pool:FIRST-LAST\"").
 *
 * A uid is given to one session at a time, and to another one only when no
 * process has it any more: its PID namespace or its leaf cgroup was empty, or
 * a child has proved it (uid_check.h).  The one that has been free for the
 * longest time is given first.  Ranges of several services may be the same, or
 * overlap.
 */

#ifndef UIDS_H
#define UIDS_H

#include <sys/types.h>

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"

#define UID_CHECKS 8 /* at a time */

enum uid_state {
	UID_FRESH, /* not used since this image of haild started */
	UID_FREE,
	UID_USED,  /* by a session */
	UID_DIRTY, /* may own processes, which are to be killed */
	UID_HELD,  /* owns processes that are not haild's to kill */
};

/* Linked by uid; 0: none. */
struct uid_list {
	uid_t first, last;
	uint32_t n;
};
struct uid_entry {
	uint64_t freed; /* order in which uids became free */
	uid_t next;	/* in the one list that it is in */
	uint8_t state;
};
struct uid_range {
	uid_t first;
	uint32_t n;
	uint32_t fresh; /* those before this are not UID_FRESH */
	uint32_t busy;	/* neither fresh nor free */
	uint32_t dirty; /* UID_DIRTY */
	struct uid_entry *ids;
	struct uid_list free;
};
struct uid_check {
	pid_t pid; /* 0: none */
	uid_t uid;
	int64_t deadline; /* 0: it was killed */
};
/* What an upgrade hands over. */
struct uid_mark {
	uid_t uid;
	uint8_t state;
};

struct uids {
	struct uid_range *ranges; /* disjoint, in order */
	size_t n;
	uint64_t freed;
	/* To be checked: at once, and, after a failure, from time to time. */
	struct uid_list soon, later;
	uint32_t dirty;	  /* in LATER */
	int64_t later_at; /* when the next of LATER is checked */
	struct uid_check checks[UID_CHECKS];
	struct uid_mark *marks; /* until uids_want */
	size_t nmarks;
};

/*
 * Serve the pools of CONFIG.  What uids are used for is kept, also of those
 * that no pool has any more.  A new pool's uids that own processes already are
 * not given to sessions while they do; haild logs one warning.
 */
void uids_want(struct uids *u, const struct config *config);

/* A free uid of SERVICE's pool, or NO_UID: none is free. */
uid_t uids_take(struct uids *u, const struct service *service);

/*
 * Whether SERVICE's pool has a free uid.  This and uids_wait do not read the
 * entries, which children of the daemon do not have: control processes call
 * them.
 */
bool uids_available(const struct uids *u, const struct service *service);

/*
 * Whether SERVICE's pool has no free uid but will have one, when the processes
 * that an ended session left have been killed.
 */
bool uids_wait(const struct uids *u, const struct service *service);

/*
 * The session that had UID is over.  PROVED: it can own no process, since its
 * PID namespace or its leaf is empty.  Otherwise its processes are killed, but
 * with KEEP ("leftovers") only waited for.
 */
void uids_return(struct uids *u, uid_t uid, bool proved, bool keep);

/* If PID is a child of this module, take notice of its end; else false. */
bool uids_exited(struct uids *u, pid_t pid, const siginfo_t *info);

/*
 * Do what is due: kill the processes of uids that were returned without proof.
 * Returns when more is; -1: never.
 */
int64_t uids_expire(struct uids *u, int64_t now);

/* Whether processes of former sessions may be left that are to be killed. */
bool uids_are_dirty(const struct uids *u);

/*
 * For an upgrade: the state of each uid that is UID_DIRTY or UID_HELD, to
 * FN; and what UID was before, until uids_want.  uids_restore returns 0, or -1
 * with errno.
 */
void uids_each_mark(const struct uids *u,
    void (*fn)(void *arg, const struct uid_mark *mark), void *arg);
int uids_restore(struct uids *u, uid_t uid, enum uid_state state);

/*
 * For uid_ranges.c: UID, if it is fresh, is held (returns whether it was) or
 * becomes what MARK says.
 */
bool uids_hold(struct uids *u, uid_t uid);
void uids_mark(struct uids *u, const struct uid_mark *mark);

#endif
