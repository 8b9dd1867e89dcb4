/*
 * uid_ranges.c -- the ranges of uids, made of the pools of a configuration.
 *
 * A range is made for each part of the number line that is in the same pools.
 * Ranges that do not change are kept as they are.
 */

#include <sys/mman.h>

#include <stdlib.h>

#include "haild/containment/uid_check.h"
#include "haild/containment/uids.h"
#include "lib/log.h"
#include "lib/pages.h"

/* Where a pool begins (+1) or, after its last uid, ends (-1). */
struct edge {
	uint64_t at;
	int step;
};
struct edges {
	struct edge *list; /* NULL: to be counted only */
	size_t n;
};

static void
add_pool(struct edges *e, uid_t first, uid_t last)
{
	if (e->list != NULL) {
		e->list[e->n] = (struct edge) { first, 1 };
		e->list[e->n + 1] = (struct edge) { (uint64_t)last + 1, -1 };
	}
	e->n += 2;
}

static void
add_service(struct edges *e, const struct service *s)
{
	const struct service *c;

	if (s->contained.pool_first != 0)
		add_pool(e, s->contained.pool_first, s->contained.pool_last);
	for (c = s->commands; c != NULL && c->name != NULL; c++)
		add_service(e, c);
}

static bool
has_pool(const struct service *s, uid_t uid)
{
	const struct service *c;

	if (s->contained.pool_first != 0 && s->contained.pool_first <= uid &&
	    uid <= s->contained.pool_last)
		return true;
	for (c = s->commands; c != NULL && c->name != NULL; c++)
		if (has_pool(c, uid))
			return true;
	return false;
}

static bool
is_in_pool(const struct config *config, uid_t uid)
{
	size_t i;

	for (i = 0; i < config->nservices; i++)
		if (has_pool(&config->services[i], uid))
			return true;
	return false;
}

/*
 * What there must be ranges for.  A mark within a pool needs none of its own,
 * and would split that of the pool.
 */
static void
add_all(struct edges *e, const struct uids *u, const struct config *config)
{
	const struct uid_range *r;
	size_t i;

	for (i = 0; i < config->nservices; i++)
		add_service(e, &config->services[i]);
	for (i = 0; i < u->n; i++) {
		r = &u->ranges[i];
		if (r->busy > 0)
			add_pool(e, r->first, r->first + (r->n - 1));
	}
	for (i = 0; i < u->nmarks; i++)
		if (!is_in_pool(config, u->marks[i].uid))
			add_pool(e, u->marks[i].uid, u->marks[i].uid);
}

static int
compare_edges(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

/* --- ranges --- */

/* The range of OLD that is FIRST to FIRST + N - 1, or NULL. */
static struct uid_range *
same_range(struct uids *old, uid_t first, uint32_t n)
{
	size_t i;

	for (i = 0; i < old->n; i++)
		if (old->ranges[i].first == first && old->ranges[i].n == n)
			return &old->ranges[i];
	return NULL;
}

/* Use the states of OLD's uids in R.  Free ones become fresh. */
static void
copy_busy(const struct uids *old, struct uid_range *r)
{
	const struct uid_range *from;
	uint32_t j;
	size_t i;

	for (i = 0; i < old->n; i++) {
		from = &old->ranges[i];
		for (j = 0; from->busy > 0 && j < from->n; j++)
			if (from->ids[j].state > UID_FREE &&
			    from->first + j >= r->first &&
			    from->first + j - r->first < r->n) {
				r->ids[from->first + j - r->first] =
				    from->ids[j];
				r->busy++;
				r->dirty += from->ids[j].state == UID_DIRTY;
			}
	}
}

static bool
make_range(struct uids *old, struct uid_range *r, uid_t first, uint32_t n,
    bool *is_new)
{
	struct uid_range *same = same_range(old, first, n);

	if (same != NULL) {
		*r = *same;
		return true;
	}
	*r = (struct uid_range) { .first = first, .n = n };
	if ((r->ids = pages_map_own(n * sizeof(*r->ids))) == NULL)
		return false;
	copy_busy(old, r);
	*is_new = true;
	return true;
}

/* Unmap the ranges of U that OTHER does not have. */
static void
unmap_ranges(const struct uids *u, struct uids *other)
{
	const struct uid_range *same;
	size_t i;

	for (i = 0; i < u->n; i++) {
		same = same_range(other, u->ranges[i].first, u->ranges[i].n);
		if (same == NULL || same->ids != u->ranges[i].ids)
			munmap(u->ranges[i].ids,
			    u->ranges[i].n * sizeof(*u->ranges[i].ids));
	}
}

/* Returns whether there was enough memory; else U is as it was. */
static bool
make_ranges(struct uids *u, const struct edges *e, bool *is_new)
{
	struct uids made = *u;
	size_t i;
	int depth = 0;

	made.n = 0;
	if ((made.ranges = calloc(e->n + 1, sizeof(*made.ranges))) == NULL)
		return false;
	for (i = 0; i + 1 < e->n; i++) {
		depth += e->list[i].step;
		if (depth == 0 || e->list[i].at == e->list[i + 1].at)
			continue;
		if (!make_range(u, &made.ranges[made.n], (uid_t)e->list[i].at,
			(uint32_t)(e->list[i + 1].at - e->list[i].at),
			is_new)) {
			unmap_ranges(&made, u);
			free(made.ranges);
			return false;
		}
		made.n++;
	}
	unmap_ranges(u, &made);
	free(u->ranges);
	*u = made;
	return true;
}

/* --- uids that are in use already --- */

struct scan {
	struct uids *uids;
	uid_t uid; /* the first that was found, */
	pid_t pid; /* a process of it, */
	unsigned int n;
};

/* A process of a former daemon, or another use of the uid. */
static void
hold(void *arg, uid_t uid, pid_t pid)
{
	struct scan *s = arg;

	if (!uids_hold(s->uids, uid) || s->n++ > 0)
		return;
	s->uid = uid;
	s->pid = pid;
}

/*
 * A process may escape the search by a fork, if its child gets a lower pid:
 * search until nothing new is found.
 */
static void
look_for_owned(struct uids *u)
{
	struct scan scan = { .uids = u };
	unsigned int before;

	do {
		before = scan.n;
		if (uid_check_each(hold, &scan) == -1) {
			log_warn("user pool: cannot read /proc");
			return;
		}
	} while (scan.n > before);
	if (scan.n > 0)
		log_warnx(
		    "user pool: %u user ID%s in use by other processes (for "
		    "example, %u by pid %ld); not assigned until these "
		    "processes end",
		    scan.n, scan.n == 1 ? "" : "s", scan.uid, (long)scan.pid);
}

void
uids_want(struct uids *u, const struct config *config)
{
	struct edges e = { NULL, 0 };
	bool is_new = false;
	size_t i;

	add_all(&e, u, config);
	if (e.n == 0 && u->n == 0)
		return;
	e.list = calloc(e.n + 1, sizeof(*e.list));
	e.n = 0;
	if (e.list != NULL) {
		add_all(&e, u, config);
		qsort(e.list, e.n, sizeof(*e.list), compare_edges);
	}
	if (e.list == NULL || !make_ranges(u, &e, &is_new)) {
		log_err("user pool: cannot allocate its table");
		free(e.list);
		return;
	}
	free(e.list);
	for (i = 0; i < u->nmarks; i++)
		uids_mark(u, &u->marks[i]);
	free(u->marks);
	u->marks = NULL;
	u->nmarks = 0;
	if (is_new)
		look_for_owned(u);
}
