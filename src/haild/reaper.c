/*
 * reaper.c -- the end of children, and of what they leave behind.
 */

#include "reaper.h"

#include <sys/epoll.h>
#include <sys/wait.h>

#include <poll.h>

#include "admit.h"
#include "channel.h"
#include "io.h"
#include "listener.h"
#include "loan.h"
#include "log.h"
#include "logger.h"
#include "reload.h"
#include "report.h"
#include "signals.h"

#define BURST 64 /* children, or events, at a time */

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

static void
child_exited(struct server *s, const siginfo_t *info, int64_t now)
{
	struct child *c = children_find(&s->children, info->si_pid);
	struct listener *lent;
	char said[REPORT_MAX];
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
	report_end(c, info, channel_last(c, said, sizeof(said)), now);
	channel_close(s, c);
	admit_left(s, &c->counted, now);
	program = c->program;
	children_exited(&s->children, c);
	lent = loan_end(&s->listeners, info->si_pid, now);
	if (lent != NULL && lent->service == NULL)
		listeners_drop(&s->listeners, lent);
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

/*
 * A program can make orphans, which become ours, as fast as they are reaped: a
 * bounded number at a time, and the rest in the next turn.
 */
void
reaper_reap(struct server *s, int64_t now)
{
	siginfo_t info;
	int i;

	for (i = 0; i < BURST; i++) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) ==
			-1 ||
		    info.si_pid == 0) {
			s->more_to_reap = false;
			return;
		}
		/* The zombie holds its pid until the second call. */
		child_exited(s, &info, now);
		waitid(P_PID, (id_t)info.si_pid, &info, WEXITED);
	}
	s->more_to_reap = true;
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
		reaper_reap(s, clock_now());
	}
	logger_close(s);
	while (s->logger != 0 && clock_now() < deadline) {
		ppoll(NULL, 0, &(struct timespec) { .tv_nsec = SECOND / 50 },
		    signals_open_mask());
		reaper_reap(s, clock_now());
	}
	report_all_left_out(s);
	log_info("stopped");
}
