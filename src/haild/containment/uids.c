#include "haild/containment/uids.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "haild/containment/uid_check.h"
#include "lib/log.h"

#define CHECK_TIME (5 * UID_CHECK_TIME) /* then the check itself is killed */
#define AGAIN SECOND			/* until a dirty uid is checked again */
#define HELD_AGAIN (10 * SECOND)	/* and one that is held */
#define LATER_PAUSE (SECOND / 20)	/* at least, between any two of them */

/* --- the tables --- */

/* The first range that ends at UID or after it. */
static size_t
search(const struct uids *u, uid_t uid)
{
	size_t from = 0, to = u->n, middle;

	while (from < to) {
		middle = (from + to) / 2;
		if (u->ranges[middle].first + (u->ranges[middle].n - 1) < uid)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* The entry of UID, and its range; or NULL. */
static struct uid_entry *
find(const struct uids *u, uid_t uid, struct uid_range **range)
{
	size_t i = search(u, uid);

	if (i == u->n || u->ranges[i].first > uid)
		return NULL;
	*range = &u->ranges[i];
	return &(*range)->ids[uid - (*range)->first];
}

static struct uid_entry *
entry_of(const struct uids *u, uid_t uid)
{
	struct uid_range *range;

	return find(u, uid, &range);
}

static void
append(const struct uids *u, struct uid_list *list, uid_t uid)
{
	entry_of(u, uid)->next = 0;
	if (list->first == 0)
		list->first = uid;
	else
		entry_of(u, list->last)->next = uid;
	list->last = uid;
	list->n++;
}

/* The first of LIST, which is not empty. */
static uid_t
remove_first(const struct uids *u, struct uid_list *list)
{
	uid_t uid = list->first;

	list->first = entry_of(u, uid)->next;
	if (--list->n == 0)
		list->last = 0;
	return uid;
}

static void
set_state(struct uid_range *range, struct uid_entry *e, enum uid_state state)
{
	range->busy += (state > UID_FREE) - (e->state > UID_FREE);
	range->dirty += (state == UID_DIRTY) - (e->state == UID_DIRTY);
	e->state = (uint8_t)state;
}

static void
set_free(struct uids *u, uid_t uid, struct uid_range *range)
{
	struct uid_entry *e = &range->ids[uid - range->first];

	set_state(range, e, UID_FREE);
	e->freed = ++u->freed;
	append(u, &range->free, uid);
}

/* --- sessions --- */

static bool
has_fresh(struct uid_range *r)
{
	while (r->fresh < r->n && r->ids[r->fresh].state != UID_FRESH)
		r->fresh++;
	return r->fresh < r->n;
}

/* When the uid that R would give became free; 0: never used. */
static uint64_t
free_since(const struct uid_range *r)
{
	return r->fresh < r->n ? 0 : r->ids[r->free.first - r->first].freed;
}

uid_t
uids_take(struct uids *u, const struct service *service)
{
	uid_t last = service->contained.pool_last, uid;
	struct uid_range *r, *best = NULL;
	size_t i;

	/* One range, unless pools overlap. */
	for (i = search(u, service->contained.pool_first);
	     i < u->n && u->ranges[i].first <= last; i++) {
		r = &u->ranges[i];
		if ((has_fresh(r) || r->free.n > 0) &&
		    (best == NULL || free_since(r) < free_since(best)))
			best = r;
	}
	if (best == NULL)
		return NO_UID;
	uid = best->fresh < best->n ? best->first + best->fresh
				    : remove_first(u, &best->free);
	set_state(best, &best->ids[uid - best->first], UID_USED);
	return uid;
}

/*
 * A control process does not have the entries of the ranges, which are
 * MADV_DONTFORK: the next two read only the ranges' counts.
 */
bool
uids_have(const struct uids *u, const struct service *service)
{
	size_t i;

	for (i = search(u, service->contained.pool_first);
	     i < u->n && u->ranges[i].first <= service->contained.pool_last;
	     i++)
		if (u->ranges[i].busy < u->ranges[i].n)
			return true;
	return false;
}

bool
uids_wait(const struct uids *u, const struct service *service)
{
	size_t i;

	if (uids_have(u, service))
		return false;
	for (i = search(u, service->contained.pool_first);
	     i < u->n && u->ranges[i].first <= service->contained.pool_last;
	     i++)
		if (u->ranges[i].dirty > 0)
			return true;
	return false;
}

void
uids_return(struct uids *u, uid_t uid, bool proved, bool keep)
{
	struct uid_range *range;
	struct uid_entry *e = find(u, uid, &range);

	if (e == NULL || e->state != UID_USED)
		return;
	if (proved)
		set_free(u, uid, range);
	else {
		set_state(range, e, keep ? UID_HELD : UID_DIRTY);
		append(u, keep ? &u->later : &u->soon, uid);
	}
}

bool
uids_hold(struct uids *u, uid_t uid)
{
	struct uid_range *range;
	struct uid_entry *e = find(u, uid, &range);

	if (e == NULL || e->state != UID_FRESH)
		return false;
	set_state(range, e, UID_HELD);
	append(u, &u->later, uid);
	return true;
}

void
uids_mark(struct uids *u, const struct uid_mark *mark)
{
	struct uid_range *range;
	struct uid_entry *e = find(u, mark->uid, &range);

	if (e == NULL || e->state != UID_FRESH)
		return;
	set_state(range, e, mark->state);
	if (mark->state == UID_DIRTY)
		append(u, &u->soon, mark->uid);
	else if (mark->state == UID_HELD)
		append(u, &u->later, mark->uid);
}

/* --- checks --- */

static void
start_check(
    struct uids *u, struct uid_check *c, struct uid_list *list, int64_t now)
{
	uid_t uid = list->first;
	bool kills = entry_of(u, uid)->state == UID_DIRTY;
	pid_t pid = uid_check_start(uid, kills);

	if (pid == -1)
		return; /* later */
	remove_first(u, list);
	u->dirty -= list == &u->later && kills;
	*c = (struct uid_check) { pid, uid, now + CHECK_TIME };
}

bool
uids_exited(struct uids *u, pid_t pid, const siginfo_t *info)
{
	struct uid_check *c;
	struct uid_range *range;
	struct uid_entry *e;

	for (c = u->checks; c < u->checks + UID_CHECKS; c++)
		if (c->pid == pid)
			break;
	if (c == u->checks + UID_CHECKS)
		return false;
	c->pid = 0;
	if ((e = find(u, c->uid, &range)) == NULL)
		return true;
	if (uid_check_proves(info)) {
		set_free(u, c->uid, range);
		return true;
	}
	if (e->state == UID_DIRTY) {
		log_debug("uid %u still has processes", c->uid);
		u->dirty++;
	}
	append(u, &u->later, c->uid);
	return true;
}

/* A process of its uid may have stopped a check. */
static int64_t
expire_check(struct uid_check *c, int64_t now)
{
	if (c->deadline == 0)
		return -1;
	if (now < c->deadline)
		return c->deadline;
	kill(c->pid, SIGKILL);
	c->deadline = 0;
	return -1;
}

/* Go round LATER in AGAIN, or HELD_AGAIN, whatever its length. */
static int64_t
pause_of(const struct uids *u)
{
	int64_t pause = (u->dirty > 0 ? AGAIN : HELD_AGAIN) / (u->later.n + 1);

	return pause > LATER_PAUSE ? pause : LATER_PAUSE;
}

int64_t
uids_expire(struct uids *u, int64_t now)
{
	struct uid_check *c, *unused = NULL;
	int64_t next = -1;

	for (c = u->checks; c < u->checks + UID_CHECKS; c++) {
		if (c->pid == 0 && u->soon.n > 0)
			start_check(u, c, &u->soon, now);
		if (c->pid == 0)
			unused = c;
		else
			next = clock_sooner(next, expire_check(c, now));
	}
	if (unused != NULL && u->soon.n > 0) /* no process can be made */
		return clock_sooner(next, now + LATER_PAUSE);
	if (u->later.n == 0) {
		u->later_at = 0;
		return next;
	}
	if (unused == NULL)
		return next;
	if (u->later_at == 0 || u->later_at > now + pause_of(u))
		u->later_at = now + pause_of(u);
	if (u->later_at <= now) {
		start_check(u, unused, &u->later, now);
		u->later_at = now + pause_of(u);
	}
	return clock_sooner(next, u->later_at);
}

bool
uids_are_dirty(const struct uids *u)
{
	int i;

	for (i = 0; i < UID_CHECKS; i++)
		if (u->checks[i].pid != 0)
			return true;
	return u->soon.n > 0 || u->dirty > 0;
}

/* --- an upgrade --- */

void
uids_each_mark(const struct uids *u,
    void (*fn)(void *arg, const struct uid_mark *mark), void *arg)
{
	struct uid_mark mark;
	size_t i;
	uint32_t j;

	for (i = 0; i < u->n; i++)
		for (j = 0; u->ranges[i].busy > 0 && j < u->ranges[i].n; j++) {
			mark.uid = u->ranges[i].first + j;
			mark.state = u->ranges[i].ids[j].state;
			if (mark.state > UID_USED)
				fn(arg, &mark);
		}
}

int
uids_restore(struct uids *u, uid_t uid, enum uid_state state)
{
	struct uid_mark *grown;

	if ((u->nmarks & (u->nmarks - 1)) == 0) {
		grown = reallocarray(u->marks,
		    u->nmarks == 0 ? 1 : 2 * u->nmarks, sizeof(*grown));
		if (grown == NULL)
			return -1;
		u->marks = grown;
	}
	u->marks[u->nmarks++] = (struct uid_mark) { uid, (uint8_t)state };
	return 0;
}
