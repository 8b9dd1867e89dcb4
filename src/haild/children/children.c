#include "haild/children/children.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "lib/io.h"
#include "lib/pages.h"
#include "lib/process.h"
#include "haild/children/service_stats.h"
#include "session/channel.h"

int
children_create(struct children *all)
{
	memset(all, 0, sizeof(*all));
	all->slots = pages_map_table(SESSIONS_MAX * sizeof(*all->slots));
	all->buckets =
	    pages_map_table(CHILDREN_BUCKETS * sizeof(struct child *));
	all->identities = pages_map_table((size_t)SESSIONS_MAX * IDENTITY_SIZE);
	return all->slots == NULL || all->buckets == NULL ||
		all->identities == NULL
	    ? -1
	    : 0;
}

static struct child **
bucket(const struct children *all, pid_t pid)
{
	return &all->buckets[(uint32_t)pid % CHILDREN_BUCKETS];
}

/* Set what depends on SERVICE. */
static void
set_service(struct child *c, const struct service *service)
{
	c->grace = service->kill_grace;
	/* Only a program can leave processes behind. */
	c->own = !(service->handler & HANDLER_PROGRAMS);
	c->monitor = service->handler == HANDLER_COMMANDS;
	c->keep = !(service->handler & HANDLER_PROGRAMS) ||
	    service->leftovers == LEFTOVERS_KEEP;
}

struct child *
children_reserve(struct children *all, const struct service *service,
    struct service_stats *stats, const struct client *client,
    const struct source_refs *refs, int64_t now)
{
	struct child *c = all->free;

	if (c != NULL)
		all->free = c->free_next;
	else if (all->used < SESSIONS_MAX)
		c = &all->slots[all->used++];
	else
		return NULL;
	memset(c, 0, sizeof(*c));
	c->serial = ++all->serial;
	c->stats = stats;
	c->started = now;
	set_service(c, service);
	c->addr = client->addr;
	c->uid = client->cred.uid;
	c->proxied = client->proxied;
	c->refs = *refs;
	all->live++;
	stats->usage.live++;
	return c;
}

/* C is not of its service any more. */
static void
discount(struct child *c)
{
	c->stats->usage.live--;
	if (c->command != NULL)
		c->command->live--;
	c->command = NULL;
}

void
children_release(struct children *all, struct child *c)
{
	all->live--;
	if (c->unreapable) {
		all->unreapable--;
		c->stats->unreapable--;
	} else
		discount(c);
	c->pid = 0;
	c->relay = 0;
	c->serial = 0;
	c->free_next = all->free;
	all->free = c;
}

/* The queue of C while it has a deadline. */
static struct child_queue *
queue_of(struct child *c)
{
	if (c->ending != OUTCOME_NONE)
		return c->signals < END_STEPS ? &c->stats->ending
					      : &c->stats->killed;
	return c->starting ? &c->stats->starting : &c->stats->timed;
}

/* Deadlines grow, except after reloads: the place is at the end or near it. */
static void
set_deadline(struct child *c, int64_t deadline)
{
	struct child_queue *q = queue_of(c);
	struct child *before;

	c->deadline = deadline;
	TAILQ_FOREACH_REVERSE(before, q, child_queue, queue)
	if (before->deadline <= deadline)
		break;
	if (before != NULL)
		TAILQ_INSERT_AFTER(q, before, c, queue);
	else
		TAILQ_INSERT_HEAD(q, c, queue);
}

static void
clear_deadline(struct child *c)
{
	if (c->deadline != 0)
		TAILQ_REMOVE(queue_of(c), c, queue);
	c->deadline = 0;
}

static void
enter_pid(struct children *all, struct child *c, pid_t pid)
{
	struct child **b = bucket(all, pid);

	c->pid = pid;
	c->hash_next = *b;
	*b = c;
	all->young[all->next_young++ % CHILDREN_YOUNG] =
	    (uint32_t)(c - all->slots);
}

static void
leave_pid(struct children *all, const struct child *c)
{
	struct child **at = bucket(all, c->pid);

	while (*at != c)
		at = &(*at)->hash_next;
	*at = c->hash_next;
}

void
children_started(
    struct children *all, struct child *c, pid_t pid, int64_t session_timeout)
{
	enter_pid(all, c, pid);
	if (session_timeout != -1)
		set_deadline(c, c->started + session_timeout);
}

void
children_proved(struct children *all, struct child *c,
    const struct service *service, pid_t pid)
{
	leave_pid(all, c);
	set_service(c, service);
	c->handshake = false;
	enter_pid(all, c, pid);
	children_ready(c);
}

void
children_expect(struct child *c, int64_t deadline)
{
	c->later = c->deadline;
	clear_deadline(c);
	c->starting = true;
	if (deadline == -1 || (c->later != 0 && c->later < deadline))
		deadline = c->later;
	if (deadline != 0)
		set_deadline(c, deadline);
}

void
children_ready(struct child *c)
{
	if (c->ending == OUTCOME_NONE)
		clear_deadline(c);
	c->starting = false;
	if (c->ending == OUTCOME_NONE && c->later != 0)
		set_deadline(c, c->later);
}

int
children_restore(struct children *all, uint32_t index, const struct child *from)
{
	struct child **b = bucket(all, from->pid), *c;

	if (index >= SESSIONS_MAX)
		return -1;
	c = &all->slots[index];
	if (c->pid != 0 || children_find(all, from->pid) != NULL)
		return -1;
	*c = *from;
	c->hash_next = *b;
	*b = c;
	if (index >= all->used)
		all->used = index + 1;
	all->live++;
	if (c->unreapable) {
		all->unreapable++;
		c->stats->unreapable++;
	} else
		c->stats->usage.live++;
	return 0;
}

/* By deadline, then by slot. */
static int
compare_deadlines(const void *a, const void *b)
{
	const struct child *x = *(struct child *const *)a;
	const struct child *y = *(struct child *const *)b;

	if (x->deadline != y->deadline)
		return x->deadline < y->deadline ? -1 : 1;
	return x < y ? -1 : x > y;
}

/*
 * Slots are queued sorted by deadline: in the order of slots each would have to
 * walk to its place (measured for 65536: 49 s; sorted 0.1 s).
 */
int
children_restored(struct children *all, uint32_t serial)
{
	struct child **timed, *c;
	uint32_t i, n = 0;

	if ((timed = calloc((size_t)all->live + 1, sizeof(struct child *))) ==
	    NULL)
		return -1;
	all->serial = serial;
	/* From last to first, so that the lowest free slot is used first. */
	for (i = all->used; i-- > 0;) {
		c = &all->slots[i];
		if (c->pid == 0) {
			c->free_next = all->free;
			all->free = c;
		} else if (c->deadline != 0)
			timed[n++] = c;
	}
	qsort(timed, n, sizeof(struct child *), compare_deadlines);
	for (i = 0; i < n; i++)
		set_deadline(timed[i], timed[i]->deadline);
	free(timed);
	return 0;
}

pid_t
children_young(const struct children *all, unsigned int i)
{
	return all->slots[all->young[i]].pid;
}

struct child *
children_find(const struct children *all, pid_t pid)
{
	struct child *c;

	for (c = *bucket(all, pid); c != NULL; c = c->hash_next)
		if (c->pid == pid)
			return c;
	return NULL;
}

struct child *
children_at(const struct children *all, uint32_t index, uint32_t serial)
{
	struct child *c;

	if (index >= all->used)
		return NULL;
	c = &all->slots[index];
	return c->serial == serial && c->pid != 0 ? c : NULL;
}

void
children_exited(struct children *all, struct child *c)
{
	if (!c->keep)
		kill(-c->pid, SIGKILL);
	clear_deadline(c);
	leave_pid(all, c);
	children_release(all, c);
}

/* Send the next signal and set the deadline for the one after it. */
static void
signal_next(struct child *c, int64_t now)
{
	bool more = process_end_step(c->pid, &c->signals);

	set_deadline(c, now + (more ? c->grace : REAP_GRACE));
}

void
children_end(struct child *c, enum outcome_kind why, int64_t now)
{
	if (c->pid == 0 || c->ending != OUTCOME_NONE)
		return;
	clear_deadline(c);
	c->ending = (uint8_t)why;
	if (c->monitor && c->channel != 0)
		channel_send_ending(c->channel, why);
	c->signals = why == OUTCOME_DISCONNECT || why == OUTCOME_TRUNCATED
	    ? END_AT_HUP
	    : END_AT_TERM;
	signal_next(c, now);
}

void
children_kill_all(struct children *all, int64_t now)
{
	struct child *c;

	for (c = all->slots; c < all->slots + all->used; c++) {
		if (c->pid == 0 || c->signals == END_STEPS)
			continue;
		clear_deadline(c);
		if (c->ending == OUTCOME_NONE)
			c->ending = OUTCOME_STOP;
		c->signals = END_STEPS - 1;
		signal_next(c, now);
	}
}

void
children_expect_reaping(struct child *c, int64_t now)
{
	clear_deadline(c);
	c->ending = OUTCOME_UNREAPABLE;
	c->signals = END_STEPS;
	set_deadline(c, now + REAP_GRACE);
}

struct child *
children_overdue(const struct service_stats *stats, int64_t now)
{
	struct child *c = TAILQ_FIRST(&stats->killed);

	return c != NULL && c->deadline <= now ? c : NULL;
}

void
children_abandon(struct children *all, struct child *c)
{
	if (!c->keep)
		kill(-c->pid, SIGKILL);
	clear_deadline(c);
	discount(c);
	c->unreapable = true;
	c->stats->unreapable++;
	all->unreapable++;
}

static int64_t
first_deadline(const struct child_queue *q)
{
	return TAILQ_EMPTY(q) ? -1 : TAILQ_FIRST(q)->deadline;
}

int64_t
children_expire(struct service_stats *stats, int64_t now)
{
	struct child *c;

	while (
	    (c = TAILQ_FIRST(&stats->starting)) != NULL && c->deadline <= now)
		children_end(c,
		    c->deadline == c->later ? OUTCOME_TIMEOUT
					    : OUTCOME_START_TIMEOUT,
		    now);
	while ((c = TAILQ_FIRST(&stats->timed)) != NULL && c->deadline <= now)
		children_end(c, OUTCOME_TIMEOUT, now);
	while (
	    (c = TAILQ_FIRST(&stats->ending)) != NULL && c->deadline <= now) {
		clear_deadline(c);
		signal_next(c, now);
	}
	return clock_sooner(clock_sooner(first_deadline(&stats->starting),
				first_deadline(&stats->timed)),
	    clock_sooner(first_deadline(&stats->ending),
		first_deadline(&stats->killed)));
}
