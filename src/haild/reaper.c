/*
 * reaper.c -- the end of children, and of what they leave behind.
 */

#include "haild/reaper.h"

#include <sys/epoll.h>
#include <sys/wait.h>

#include <poll.h>

#include "haild/admission/admit.h"
#include "haild/channel_server.h"
#include "session/channel.h"
#include "lib/io.h"
#include "haild/listen/listener.h"
#include "haild/listen/wait_socket.h"
#include "lib/log.h"
#include "haild/logger.h"
#include "haild/reload.h"
#include "haild/report.h"
#include "lib/signals.h"

#define BURST 64 /* children, or events, at a time */
#define MANY 256 /* children: a search among fewer costs next to nothing */
#define PAUSE (SECOND / 50) /* between two of those among many */

static bool
is_live(void *arg, pid_t sid)
{
	return children_find(arg, sid) != NULL;
}

void
reaper_sweep(struct server *s, int64_t now)
{
	int killed;

	if (s->leftovers.n == 0 || now - s->last_sweep < SECOND)
		return;
	s->last_sweep = now;
	killed = leftovers_sweep(&s->leftovers, is_live, &s->children);
	if (killed == -1) {
		log_warn("cannot look for leftovers");
		s->leftovers.n = 0;
	}
	if (killed > 0)
		log_debug("killed %d leftovers of sessions", killed);
}

static void
logger_exited(struct server *s, int64_t now)
{
	s->logger = 0;
	if (s->stopping)
		return;
	if (s->logger_renewed) {
		s->logger_renewed = false;
		logger_start(s, now);
		return;
	}
	log_warnx("the logger ended: starting it anew");
	logger_expire(s, now);
}

/* Of a session that may have had something to say: few need so much stack. */
static void __attribute__((noinline))
report_last_words(struct child *c, const siginfo_t *info, int64_t now)
{
	char said[REPORT_MAX];

	report_end(c, info, channel_last_report(c, said), now);
}

static void
child_exited(struct server *s, const siginfo_t *info, int64_t now)
{
	struct child *c = children_find(&s->children, info->si_pid);
	struct listener *returned;
	bool keep, full = false;
	pid_t program;

	if (c == NULL) {
		if (info->si_pid == s->logger)
			logger_exited(s, now);
		else if (s->loading != LOAD_NONE && info->si_pid == s->load.pid)
			reload_loaded(s, info, now);
		else if (info->si_pid == s->upgrade.pid)
			upgrade_ended(s,
			    info->si_code == CLD_EXITED ? info->si_status : -1);
		else
			log_debug(
			    "reaped pid %ld, a leftover", (long)info->si_pid);
		return;
	}
	keep = c->keep;
	channel_serve(s, c, now); /* its last words */
	if (c->channel != 0)
		report_last_words(c, info, now);
	else
		report_end(c, info, "", now);
	channel_close(s, c);
	admit_left(s, &c->refs, now);
	program = c->program;
	children_exited(&s->children, c);
	returned = wait_socket_returned(&s->listeners, info->si_pid, now);
	if (returned != NULL && returned->service == NULL)
		listeners_drop(&s->listeners, returned);
	if (!keep) {
		full = leftovers_note(&s->leftovers, info->si_pid);
		/*
		 * A monitor ends its program, unless it is killed itself, and
		 * what is left of it, but what has become another user's.
		 */
		if (program != 0)
			full = leftovers_note(&s->leftovers, program);
	}
	if (full) {
		s->last_sweep = 0;
		reaper_sweep(s, now);
	}
}

/* Reap PID, or any child for P_ALL.  Returns whether there was one to reap. */
static bool
reap_one(struct server *s, idtype_t which, pid_t pid)
{
	siginfo_t info;

	info.si_pid = 0;
	if (waitid(which, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) ==
		-1 ||
	    info.si_pid == 0)
		return false;
	/*
	 * The zombie holds its pid until the second call.  It may have ended
	 * after this turn began, so it is now that counts.
	 */
	child_exited(s, &info, clock_now());
	waitid(P_PID, (id_t)info.si_pid, &info, WEXITED);
	return true;
}

/*
 * A program can make orphans, which become ours, as fast as they are reaped: a
 * bounded number at a time, and the rest in the next turn.
 */
void
reaper_reap(struct server *s)
{
	int i;

	for (i = 0; i < BURST && reap_one(s, P_ALL, 0); i++)
		continue;
	s->more_to_reap = i == BURST;
	s->reaped_at = clock_now();
	s->reap_at = 0;
}

/*
 * The kernel looks for a child that has exited from the oldest to the youngest,
 * and of thousands who stay it is the young who go: they are asked by pid,
 * which costs no search, and all the others only now and then.
 */
void
reaper_signalled(struct server *s, int64_t now)
{
	unsigned int i;
	pid_t pid;

	for (i = 0; s->children.live >= MANY && i < CHILDREN_YOUNG; i++)
		if ((pid = children_young(&s->children, i)) != 0)
			reap_one(s, P_PID, pid);
	if (s->children.live < MANY || s->more_to_reap ||
	    now >= s->reaped_at + PAUSE)
		reaper_reap(s);
	else
		s->reap_at = s->reaped_at + PAUSE;
}

void
reaper_events(struct server *s, int64_t now)
{
	struct epoll_event events[BURST];
	uint32_t slot, happened;
	struct child *c;
	int i, n;

	n = epoll_wait(s->hangups, events, BURST, 0);
	for (i = 0; i < n; i++) {
		slot = (uint32_t)events[i].data.u64;
		happened = events[i].events;
		c = children_at(&s->children, slot & ~CHANNEL_EVENT,
		    (uint32_t)(events[i].data.u64 >> 32));
		if (c == NULL)
			continue;
		/*
		 * Of a client both: the end of both directions alone is an
		 * orderly close, and an error alone is a message in the
		 * socket's error queue.
		 */
		if (slot & CHANNEL_EVENT)
			channel_serve(s, c, now);
		else if ((happened & EPOLLERR) && (happened & EPOLLHUP))
			children_end(c, ENDED_DISCONNECT, now);
	}
}

/*
 * The last sessions are over: what they left behind goes, level by level, and
 * the logger writes what they said.  Bounded, since a process in the kernel's
 * hands may not die at once.
 */
void
reaper_finish(struct server *s)
{
	int64_t deadline = clock_now() + SECOND;

	while (leftovers_sweep(&s->leftovers, is_live, &s->children) > 0 &&
	    clock_now() < deadline) {
		ppoll(NULL, 0, &(struct timespec) { .tv_nsec = SECOND / 50 },
		    signals_open_mask());
		reaper_reap(s);
	}
	logger_close(s);
	while (s->logger != 0 && clock_now() < deadline) {
		ppoll(NULL, 0, &(struct timespec) { .tv_nsec = SECOND / 50 },
		    signals_open_mask());
		reaper_reap(s);
	}
	report_all_left_out(s);
	log_info("stopped");
}
