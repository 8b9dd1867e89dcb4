#include "haild/relays/relays.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/log.h"
#include "lib/message.h"
#include "lib/pages.h"
#include "lib/process.h"
#include "session/relay_channel.h"

int
relays_create(struct relays *all)
{
	memset(all, 0, sizeof(*all));
	TAILQ_INIT(&all->starting);
	TAILQ_INIT(&all->ending);
	TAILQ_INIT(&all->free);
	TAILQ_INIT(&all->ended);
	all->table = pages_map_table((size_t)RELAYS_MAX * sizeof(*all->table));
	all->buckets = pages_map_table(RELAYS_BUCKETS * sizeof(struct relay *));
	all->epoll = epoll_create1(EPOLL_CLOEXEC);
	return all->table == NULL || all->buckets == NULL || all->epoll == -1
	    ? -1
	    : 0;
}

/* --- the table --- */

static struct relay **
bucket(const struct relays *all, pid_t pid)
{
	return &all->buckets[(uint32_t)pid % RELAYS_BUCKETS];
}

/* The queue that R is in, or NULL. */
static struct relay_queue *
queue_of(struct relays *all, const struct relay *r)
{
	if (r->state == RELAY_STARTING)
		return &all->starting;
	return r->state == RELAY_ENDING || r->state == RELAY_KILLED
	    ? &all->ending
	    : NULL;
}

/* Deadlines in a queue increase, so the place is at its end or near it. */
static void
set_state(
    struct relays *all, struct relay *r, enum relay_state state, int64_t due)
{
	struct relay_queue *q = queue_of(all, r);
	struct relay *before;

	if (q != NULL)
		TAILQ_REMOVE(q, r, queue);
	all->nstarting -= r->state == RELAY_STARTING;
	all->nstarting += state == RELAY_STARTING;
	r->state = (uint8_t)state;
	r->deadline = due;
	if ((q = queue_of(all, r)) == NULL)
		return;
	TAILQ_FOREACH_REVERSE(before, q, relay_queue, queue)
	if (before->deadline <= due)
		break;
	if (before != NULL)
		TAILQ_INSERT_AFTER(q, before, r, queue);
	else
		TAILQ_INSERT_HEAD(q, r, queue);
}

static void
enter_pid(struct relays *all, struct relay *r, pid_t pid)
{
	struct relay **b = bucket(all, pid);

	r->pid = pid;
	r->hash_next = *b;
	*b = r;
}

static struct relay *
take_free(struct relays *all)
{
	struct relay *r = TAILQ_FIRST(&all->free);

	if (r != NULL)
		TAILQ_REMOVE(&all->free, r, queue);
	else if (all->used < RELAYS_MAX)
		r = &all->table[all->used++];
	if (r != NULL) {
		all->live++;
		all->taken++;
	}
	return r;
}

struct relay *
relays_reserve(struct relays *all, uint32_t slot, uint32_t serial,
    uint32_t keeper, int channel, int64_t now)
{
	struct relay *r = take_free(all);

	if (r == NULL)
		return NULL;
	*r = (struct relay) { .slot = slot,
		.serial = serial,
		.keeper = keeper,
		.channel = channel };
	set_state(all, r, RELAY_STARTING, now);
	return r;
}

void
relays_started(struct relays *all, struct relay *r, pid_t pid)
{
	set_state(all, r, RELAY_HANDSHAKE, 0);
	enter_pid(all, r, pid);
}

void
relays_refused(struct relays *all, struct relay *r)
{
	set_state(all, r, RELAY_REFUSED, 0);
}

void
relays_serving(struct relays *all, struct relay *r)
{
	set_state(all, r, RELAY_SERVING, 0);
}

void
relays_keep(struct relays *all, struct relay *r)
{
	set_state(all, r, RELAY_KEPT, 0);
}

void
relays_release(struct relays *all, struct relay *r)
{
	struct relay **at = bucket(all, r->pid);

	relays_close_channel(all, r);
	for (; r->pid != 0 && *at != NULL; at = &(*at)->hash_next)
		if (*at == r) {
			*at = r->hash_next;
			break;
		}
	set_state(all, r, RELAY_UNUSED, 0);
	r->serial = 0;
	r->pid = 0;
	TAILQ_INSERT_HEAD(&all->free, r, queue);
	all->live--;
}

uint32_t
relays_index(const struct relays *all, const struct relay *r)
{
	return (uint32_t)(r - all->table);
}

struct relay *
relays_at(
    const struct relays *all, uint32_t index, uint32_t slot, uint32_t serial)
{
	struct relay *r;

	if (index >= all->used)
		return NULL;
	r = &all->table[index];
	return r->state != RELAY_UNUSED && r->slot == slot &&
		r->serial == serial
	    ? r
	    : NULL;
}

struct relay *
relays_find(const struct relays *all, pid_t pid)
{
	struct relay *r;

	for (r = *bucket(all, pid); r != NULL; r = r->hash_next)
		if (r->pid == pid)
			return r;
	return NULL;
}

struct relay *
relays_oldest(const struct relays *all)
{
	return TAILQ_FIRST(&all->starting);
}

struct relay *
relays_restore(struct relays *all, const struct relay *from)
{
	struct relay *r;

	if (relays_find(all, from->pid) != NULL || (r = take_free(all)) == NULL)
		return NULL;
	*r = *from;
	r->ended = NULL;
	r->state = RELAY_UNUSED; /* not in a queue yet */
	set_state(all, r, (enum relay_state)from->state, from->deadline);
	enter_pid(all, r, from->pid);
	return r;
}

/* --- channels --- */

int
relays_watch(struct relays *all, struct relay *r)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };

	ev.data.u64 = (uint64_t)r->serial << 32 | relays_index(all, r);
	return epoll_ctl(all->epoll, EPOLL_CTL_ADD, r->channel, &ev);
}

int
relays_watch_all(struct relays *all)
{
	struct relay *r = all->table;
	int result = 0;

	for (; r < all->table + all->used; r++)
		if (r->state != RELAY_UNUSED && r->channel != 0 &&
		    relays_watch(all, r) == -1)
			result = -1;
	return result;
}

void
relays_close_channel(struct relays *all, struct relay *r)
{
	if (r->ended != NULL)
		all->report_ended(all, r);
	if (r->channel == 0)
		return;
	/*
	 * A child that was just forked may still have a copy of the descriptor.
	 */
	epoll_ctl(all->epoll, EPOLL_CTL_DEL, r->channel, NULL);
	/*
	 * With close(2) alone, such a copy would hide the end from the relay.
	 */
	shutdown(r->channel, SHUT_RDWR);
	close(r->channel);
	r->channel = 0;
}

/* --- the end of relays --- */

bool
relays_crashed(const struct relay *r)
{
	siginfo_t info = { .si_pid = 0 };

	return r->state == RELAY_SERVING &&
	    waitid(P_PID, (id_t)r->pid, &info, WEXITED | WNOHANG | WNOWAIT) ==
	    0 &&
	    info.si_pid != 0 &&
	    (info.si_code != CLD_EXITED || info.si_status != 0);
}

bool
relays_died(const struct relay *r, const char *service, const siginfo_t *info)
{
	char end[PROCESS_END_MAX];

	if (info->si_code == CLD_EXITED || r->state == RELAY_KILLED)
		return false;
	log_warnx("%s: relay pid %ld %s", service, (long)r->pid,
	    process_print_end(info, end, sizeof(end)));
	return true;
}

void
relays_end(struct relays *all, struct relay *r, int64_t now)
{
	if (r->ended != NULL)
		shutdown(r->channel, SHUT_WR);
	else
		relays_close_channel(all, r);
	if (r->state != RELAY_KILLED)
		set_state(all, r, RELAY_ENDING, now + RELAY_GRACE);
}

void
relays_cut(struct relays *all, uint32_t index, uint32_t slot, uint32_t serial)
{
	const struct relay *r = relays_at(all, index, slot, serial);

	/* The buffer is empty; a relay that has exited needs no message. */
	if (r != NULL && r->state == RELAY_SERVING && r->channel != 0)
		message_send(r->channel, RELAY_CUT, NULL, 0, MSG_DONTWAIT);
}

void
relays_kill(struct relays *all, struct relay *r, int64_t now)
{
	relays_close_channel(all, r);
	kill(r->pid, SIGKILL);
	set_state(all, r, RELAY_KILLED, now + REAP_GRACE);
}

static int64_t
trim(struct relays *all, int64_t now)
{
	int64_t due;

	if (all->live > 0 || all->used == 0)
		return -1;
	if ((due = pages_rest(&all->rest, all->taken, now)) > now)
		return due;
	pages_release(all->table, all->used * sizeof(*all->table));
	pages_release(all->buckets, RELAYS_BUCKETS * sizeof(struct relay *));
	TAILQ_INIT(&all->free);
	all->used = 0;
	return -1;
}

int64_t
relays_expire(struct relays *all, int64_t now)
{
	struct relay *r;

	while ((r = TAILQ_FIRST(&all->ending)) != NULL && r->deadline <= now) {
		if (r->state == RELAY_KILLED) {
			log_warnx(
			    "relay pid %ld cannot be reaped", (long)r->pid);
			relays_release(all, r);
			continue;
		}
		relays_kill(all, r, now);
	}
	return r == NULL ? trim(all, now) : r->deadline;
}

void
relays_stop(struct relays *all, int64_t now)
{
	struct relay *r = all->table;

	for (; r < all->table + all->used; r++)
		if (r->state == RELAY_KEPT)
			relays_end(all, r, now);
}
