#include "haild/reaper.h"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "haild/channel_server.h"
#include "haild/control_server.h"
#include "haild/relay_server.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/process.h"
#include "haild/reload.h"
#include "haild/listen/plan.h"
#include "haild/report.h"
#include "haild/session_start.h"
#include "lib/signals.h"

#define BURST 64	    /* children, or events, in a turn */
#define MANY 256	    /* children: a search among fewer costs little */
#define LOOK (SECOND / 4)   /* between looks at clients */
#define PAUSE (SECOND / 50) /* between searches among many */
#define SLOTS 256 /* looked at in a second, for traced zombies: 0.9 ms */

static bool
is_live(void *arg, pid_t sid)
{
	const struct child *c = children_find(arg, sid);

	return c != NULL && !c->unreapable;
}

int64_t
reaper_sweep(struct server *s, int64_t now)
{
	int killed;

	if (s->leftovers.n == 0)
		return -1;
	if (now - s->reaping.swept_at < SECOND)
		return s->reaping.swept_at + SECOND;
	s->reaping.swept_at = now;
	killed = leftovers_sweep(&s->leftovers, is_live, &s->children);
	if (killed == -1) {
		log_warn("cannot list leftovers of sessions");
		s->leftovers.n = 0;
	}
	if (killed > 0)
		log_debug("killed %d leftovers of sessions", killed);
	return s->leftovers.n == 0 ? -1 : now + SECOND;
}

static void
report_ended(const struct ended *e)
{
	session_ended(&e->child, e->identity[0] != '\0' ? e->identity : NULL,
	    &e->info, e->has_report ? &e->text : NULL, &e->account, e->at);
}

static void
describe_end(const struct server *s, struct child *c, const siginfo_t *info,
    const struct leaf_account *account, int64_t now, struct ended *e)
{
	const char *identity = children_identity(&s->children, c);

	e->report = report_ended;
	e->identity[0] = '\0';
	if (identity != NULL)
		strlcpy(e->identity, identity, sizeof(e->identity));
	e->info = *info;
	e->has_report = channel_last_report(c, &e->text);
	e->account = *account;
	e->at = now;
	e->child = *c;
}

/*
 * The session of C is over.  INFO is not used if haild ended it.  CPU is the
 * time that its process and the children that it waited for have used; -1: it
 * was not reaped.
 */
static void
end_session(struct server *s, struct child *c, const siginfo_t *info,
    int64_t cpu, int64_t now)
{
	struct leaf_account account = NO_ACCOUNT;
	struct ended e;
	struct listener *returned;
	bool full;

	if (c->handshake) {
		account.cpu = cpu;
		relay_handshake_ended(s, c, info, &account, now);
		return;
	}
	channel_serve(s, c, now);
	relay_last_report(s, c, now);
	containment_ended(&s->containment, c, info->si_pid != 0, now, &account);
	if (account.cpu < 0)
		account.cpu = cpu;
	describe_end(s, c, info, &account, now, &e);
	if (!relay_hold_end(s, c, &e))
		report_ended(&e);
	channel_close(s, c);
	relay_session_ended(s, c, info, now);
	admit_left(&s->admission, &c->refs, now);
	if (c->lingers)
		linger_end(&s->lingering,
		    &(struct linger_name) {
			(uint32_t)(c - s->children.slots), c->serial });
	returned = listeners_returned(&s->listeners, c->pid, now);
	if (returned != NULL && returned->service == NULL) {
		if (returned->inherited)
			listener_release(returned);
		else
			listeners_drop(&s->listeners, returned);
	}
	if (c->keep)
		return;
	full = leftovers_note(&s->leftovers, c->pid);
	/*
	 * A monitor ends its program, unless it is killed itself, and cannot
	 * kill processes that have become another user's.
	 */
	if (c->program != 0)
		full = leftovers_note(&s->leftovers, c->program);
	if (full)
		s->reaping.swept_at = 0; /* now */
}

static void
child_exited(struct server *s, const siginfo_t *info, int64_t cpu, int64_t now)
{
	struct child *c = children_find(&s->children, info->si_pid);

	/* Its relay may have reported before it exited. */
	if (c != NULL && c->handshake) {
		relay_last_report(s, c, now);
		c = children_find(&s->children, info->si_pid);
	}
	if (c == NULL) {
		control_server_exiting(s, info->si_pid, now);
		if (info->si_pid == s->logger.pid)
			logger_exited(&s->logger, info);
		else if (s->loading != LOAD_NONE && info->si_pid == s->load.pid)
			reload_loaded(s, info, now);
		else if (info->si_pid == s->upgrade.pid)
			upgrade_ended(&s->upgrade, info);
		else if (!uids_exited(
			     &s->containment.uids, info->si_pid, info) &&
		    !linger_exited(&s->lingering, info->si_pid) &&
		    !relay_exited(s, info->si_pid, info) &&
		    !keepers_exited(&s->keepers, info->si_pid, info) &&
		    !control_exited(&s->control, info->si_pid, info))
			log_debug(
			    "reaped pid %ld, a leftover", (long)info->si_pid);
		return;
	}
	if (c->unreapable)
		report_reaped(c);
	else
		end_session(s, c, info, cpu, now);
	children_exited(&s->children, c);
	if (s->leftovers.n == LEFTOVERS_MAX)
		reaper_sweep(s, now);
}

static int64_t
in_ns(const struct timeval *t)
{
	return t->tv_sec * SECOND + t->tv_usec * (SECOND / 1000000);
}

/* Reap PID, or any child for P_ALL.  Returns whether one had exited. */
static bool
reap_one(struct server *s, idtype_t which, pid_t pid)
{
	struct rusage used;
	siginfo_t info;

	info.si_pid = 0;
	/* By number: libc's does not have the last argument. */
	if (syscall(__NR_waitid, which, pid, &info, WEXITED | WNOHANG | WNOWAIT,
		&used) == -1 ||
	    info.si_pid == 0)
		return false;
	/*
	 * The zombie holds its pid until the second call.  It may have ended
	 * after this turn began, so the clock is read again.
	 */
	child_exited(s, &info, in_ns(&used.ru_utime) + in_ns(&used.ru_stime),
	    clock_now());
	waitid(P_PID, (id_t)info.si_pid, &info, WEXITED | WNOHANG);
	return true;
}

/* --- children that cannot be reaped --- */

/* C's REAP_GRACE is over; but the daemon itself may have been stopped. */
static void
give_up(struct server *s, struct child *c, int64_t now)
{
	static const siginfo_t none;

	if (reap_one(s, P_PID, c->pid))
		return;
	report_unreapable(c);
	end_session(s, c, &none, -1, now);
	children_abandon(&s->children, c);
}

/*
 * When a child exits that is traced, its tracer is told and not the daemon: so
 * look at some slots once a second, and at the logger.  Only clients need that:
 * those that wait for a slot, or for the end that linger sends.  While none
 * come or wait, nothing is looked at.
 */
static void
look_for_zombies(struct server *s, int64_t now)
{
	struct children *all = &s->children;
	struct child *c;
	int i;

	for (i = 0; i < SLOTS && i < (int)all->used; i++) {
		c = &all->slots[s->reaping.slot++ % all->used];
		if (c->pid != 0 && c->ending == OUTCOME_NONE &&
		    process_has_exited(c->pid) && !reap_one(s, P_PID, c->pid))
			children_expect_reaping(c, now);
	}
	if (s->logger.pid != 0 && process_has_exited(s->logger.pid) &&
	    !reap_one(s, P_PID, s->logger.pid))
		logger_exited(&s->logger, NULL);
}

int64_t
reaper_expire(struct server *s, int64_t now)
{
	const struct service_stats *t;
	bool waiting = linger_runs(&s->lingering);
	struct child *c;
	size_t i;

	TAILQ_FOREACH(t, &s->all_stats, entry)
		while ((c = children_overdue(t, now)) != NULL)
			give_up(s, c, now);
	if (s->children.live == s->children.unreapable)
		return -1;
	if (now >= s->reaping.zombies_at + SECOND) {
		s->reaping.zombies_at = now;
		look_for_zombies(s, now);
	}
	for (i = 0; i < s->listeners.n; i++)
		waiting = waiting || !s->listeners.list[i].polled;
	return waiting ? s->reaping.zombies_at + SECOND : -1;
}

/*
 * A program can make orphans, which become the daemon's children, as fast as
 * they are reaped: reap a bounded number, and the rest in the next turn.
 */
void
reaper_reap(struct server *s)
{
	int i;

	for (i = 0; i < BURST && reap_one(s, P_ALL, 0); i++)
		continue;
	s->reaping.more = i == BURST;
	s->reaping.last = clock_now();
	s->reaping.next = 0;
}

/*
 * waitid(P_ALL) searches from the oldest child to the youngest, and of
 * thousands of sessions most that end are young.  So the youngest are waited
 * for by pid, which needs no search, and all others only every PAUSE.
 */
void
reaper_signalled(struct server *s, int64_t now)
{
	unsigned int i;
	pid_t pid;

	for (i = 0; s->children.live >= MANY && i < CHILDREN_YOUNG; i++)
		if ((pid = children_young(&s->children, i)) != 0)
			reap_one(s, P_PID, pid);
	if (s->children.live < MANY || s->reaping.more ||
	    now >= s->reaping.last + PAUSE)
		reaper_reap(s);
	else
		s->reaping.next = s->reaping.last + PAUSE;
}

/* The child that an event is for; NULL: its session is over. */
static struct child *
child_of(const struct server *s, const struct epoll_event *event)
{
	return children_at(&s->children, (uint32_t)event->data.u64,
	    (uint32_t)(event->data.u64 >> 32));
}

void
reaper_channels(struct server *s, int64_t now)
{
	struct epoll_event events[BURST];
	struct child *c;
	int i, n;

	n = epoll_wait(s->channels, events, BURST, 0);
	for (i = 0; i < n; i++)
		if ((c = child_of(s, &events[i])) != NULL &&
		    channel_serve(s, c, now) && c->relay != 0)
			relays_cut(&s->relays, c->relay - 1,
			    (uint32_t)(c - s->children.slots), c->serial);
}

int64_t
reaper_hangups(struct server *s, int64_t now)
{
	struct epoll_event events[BURST];
	struct child *c;
	int i, n;

	if (!s->reaping.watching || s->children.live == 0)
		return -1;
	if (now < s->reaping.looked_at + LOOK)
		return s->reaping.looked_at + LOOK;
	s->reaping.looked_at = now;
	/* Bounded by EPOLLONESHOT. */
	do {
		n = epoll_wait(s->hangups, events, BURST, 0);
		/*
		 * A reset sets both bits: EPOLLHUP alone is an orderly close,
		 * EPOLLERR alone a message in the socket's error queue.
		 */
		for (i = 0; i < n; i++)
			if ((events[i].events & EPOLLERR) &&
			    (events[i].events & EPOLLHUP) &&
			    (c = child_of(s, &events[i])) != NULL)
				children_end(c, OUTCOME_DISCONNECT, now);
	} while (n == BURST);
	return now + LOOK;
}

static void
reap_for_a_while(struct server *s)
{
	ppoll(NULL, 0, &(struct timespec) { .tv_nsec = PAUSE },
	    signals_open_mask());
	reaper_reap(s);
}

/* Bounded, since a process in state D does not die at once. */
void
reaper_finish(struct server *s)
{
	int64_t deadline = clock_now() + SECOND;
	int i;

	/* Each sweep may orphan more children of ours. */
	while (leftovers_sweep(&s->leftovers, is_live, &s->children) > 0 &&
	    clock_now() < deadline)
		reap_for_a_while(s);
	while (!TAILQ_EMPTY(&s->relays.ended) && clock_now() < deadline)
		reap_for_a_while(s);
	logger_close(&s->all_stats);
	linger_finish(&s->lingering);
	keepers_finish(&s->keepers);
	while ((s->logger.pid != 0 || linger_runs(&s->lingering)) &&
	    clock_now() < deadline) {
		reap_for_a_while(s);
		for (i = 0; i < LINGER_PROCESSES; i++)
			if (s->lingering.processes[i].fd != -1)
				linger_receive(&s->lingering, i);
	}
	while (uids_are_dirty(&s->containment.uids) && clock_now() < deadline) {
		uids_expire(&s->containment.uids, clock_now());
		reap_for_a_while(s);
	}
	ended_report_all(&s->relays);
	leaves_finish(&s->containment.leaves);
	report_left_out(s, clock_now() + SECOND); /* all that there is */
	log_named(LOG_INFO, "stopped", "stopped");
}
