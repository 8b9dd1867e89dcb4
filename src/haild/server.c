/*
 * server.c -- the daemon's loop: accept, admit, fork, reap.
 *
 *	ppoll -> signals -> reap -> deadlines -> sweep -> accept -> ppoll
 *
 * Nothing in it waits but ppoll.  In a forked child session_run never returns.
 */

#include "haild/server.h"

#include <sys/epoll.h>
#include <sys/prctl.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "haild/accept.h"
#include "haild/admission/admit.h"
#include "contain/confine.h"
#include "lib/io.h"
#include "haild/listen/listener.h"
#include "lib/log.h"
#include "haild/logger.h"
#include "haild/reaper.h"
#include "haild/reload.h"
#include "haild/report.h"
#include "lib/signals.h"

/* --- time --- */

/* When the loop has something to do even if nothing happens; -1: never. */
static int64_t
next_event(const struct server *s, int64_t now)
{
	const struct service_stats *t;
	int64_t next = -1;
	size_t i;

	if (s->more_to_reap)
		return 0;
	TAILQ_FOREACH(t, &s->all_stats, entry)
		next = clock_sooner(next, children_next_deadline(t));
	next = clock_sooner(next, admit_next(s, now));
	next = clock_sooner(next, sources_next_expiry(&s->sources));
	next = clock_sooner(next, linger_next(&s->linger));
	if (s->reap_at != 0)
		next = clock_sooner(next, s->reap_at);
	for (i = 0; i < s->listeners.n; i++)
		if (s->listeners.list[i].paused_until != 0)
			next = clock_sooner(
			    next, s->listeners.list[i].paused_until);
	if (s->leftovers.n > 0)
		next = clock_sooner(next, s->last_sweep + SECOND);
	if (s->stopping && s->stop_deadline != 0)
		next = clock_sooner(next, s->stop_deadline);
	next = clock_sooner(next, logger_next(s));
	next = clock_sooner(next, reload_next(s));
	next = clock_sooner(next, upgrade_next(s));
	next = clock_sooner(next, supervise_next(s));
	return clock_sooner(next, report_next(s));
}

static void
expire(struct server *s, int64_t now)
{
	struct service_stats *t;

	TAILQ_FOREACH(t, &s->all_stats, entry)
		children_expire(t, now);
	sources_expire(&s->sources, now);
	linger_expire(&s->linger, now);
	logger_expire(s, now);
	reload_expire(s, now);
	upgrade_expire(s, now);
	supervise_expire(s, now);
	report_left_out(s, now);
}

/* --- stopping --- */

static void
stop(struct server *s, int64_t now)
{
	if (s->stopping && s->stop_deadline == 0)
		children_kill_all(&s->children);
	if (s->stopping) {
		s->stop_deadline = now;
		return;
	}
	s->stopping = true;
	supervise_stopping(s);
	listeners_close(&s->listeners);
	/* Servers of their own, which no client of ours would end. */
	children_end_servers(&s->children, ENDED_STOP, now);
	s->stop_deadline = now + s->config->stop_timeout;
	log_info("stopping: %u session%s open%s", s->children.live,
	    s->children.live == 1 ? "" : "s",
	    s->children.live > 0 ? "; a second signal ends them now" : "");
}

static void
take_signals(struct server *s, int64_t now)
{
	bool term = signals_taken(SIGTERM), interrupt = signals_taken(SIGINT);

	if (signals_taken(SIGCHLD))
		reaper_signalled(s, now);
	else if (s->more_to_reap || (s->reap_at != 0 && s->reap_at <= now))
		reaper_reap(s);
	if (signals_taken(SIGHUP) && !s->stopping)
		reload_request(s, now);
	if (signals_taken(SIGUSR1))
		report_summary(s);
	if (signals_taken(SIGUSR2) && !s->stopping)
		upgrade_request(s, now);
	if (term)
		stop(s, now);
	if (interrupt)
		stop(s, now);
	if (s->stopping && s->stop_deadline != 0 && now >= s->stop_deadline) {
		s->stop_deadline = 0;
		children_end_all(&s->children, ENDED_STOP, now);
	}
}

/* --- the loop --- */

/* What the loop polls; grows with the listeners. */
struct polled {
	struct pollfd *fds;
	size_t room;
};

static int
make_room(struct polled *p, size_t n)
{
	struct pollfd *fds;

	if (p->fds != NULL && n <= p->room)
		return 0;
	if ((fds = reallocarray(p->fds, n, sizeof(*fds))) == NULL)
		return -1;
	p->fds = fds;
	p->room = n;
	return 0;
}

/* What is polled behind the listeners. */
enum { HANGUPS, LINGERING, NOTHERS };

/* The listeners that may be accepted from, and the others behind them. */
static void
fill_polled(struct server *s, struct pollfd *fds, int64_t now)
{
	char reason[REASON_MAX];
	size_t i;

	admit_watch(s, now);
	for (i = 0; i < s->listeners.n; i++) {
		struct listener *l = &s->listeners.list[i];

		if (l->paused_until != 0 && l->paused_until <= now)
			l->paused_until = 0;
		fds[i] = (struct pollfd) { .fd = -1, .events = POLLIN };
		if (l->service != NULL && l->paused_until == 0 &&
		    l->wait_socket.pid == 0 &&
		    admit_open(s, l, now, reason, sizeof(reason)))
			fds[i].fd = l->fd;
	}
	fds[i + HANGUPS] =
	    (struct pollfd) { .fd = s->hangups, .events = POLLIN };
	fds[i + LINGERING] =
	    (struct pollfd) { .fd = s->linger.epoll, .events = POLLIN };
}

/* Wait for a client, a signal, or the next event. */
static void
wait_for_something(struct server *s, struct pollfd *fds, int64_t now)
{
	struct timespec ts;
	int64_t next, left;

	fill_polled(s, fds, now);
	next = next_event(s, now);
	left = next <= now ? 0 : next - now;
	ts.tv_sec = left / SECOND;
	ts.tv_nsec = left % SECOND;
	ppoll(fds, s->listeners.n + NOTHERS, next == -1 ? NULL : &ts,
	    signals_open_mask());
}

static void
take_turn(struct server *s, struct pollfd *fds)
{
	size_t i, n = s->listeners.n;
	int64_t now;

	wait_for_something(s, fds, clock_now());
	/*
	 * Clients first: what follows may change the listeners.  Each turn
	 * begins with another one, or the first would have every slot that
	 * becomes free at a limit.
	 */
	for (i = 0; i < n; i++)
		if (fds[(s->first + i) % n].revents != 0)
			accept_clients(
			    s, &s->listeners.list[(s->first + i) % n]);
	s->first = n > 0 ? (s->first + 1) % n : 0;
	signals_deliver();
	now = clock_now();
	if (fds[n + HANGUPS].revents != 0)
		reaper_events(s, now);
	if (fds[n + LINGERING].revents != 0)
		linger_ready(&s->linger);
	take_signals(s, now);
	expire(s, now);
	reaper_sweep(s, now);
}

static int __attribute__((noinline)) run(struct server *s)
{
	struct polled polled = { NULL, 0 };
	int result = 0;

	while (!s->stopping || s->children.live > 0) {
		if (make_room(&polled, s->listeners.n + NOTHERS) == -1) {
			log_err("cannot poll %zu listeners", s->listeners.n);
			result = -1;
			break;
		}
		take_turn(s, polled.fds);
	}
	reaper_finish(s);
	report_left_out(s, clock_now() + SECOND);
	free(polled.fds);
	return result;
}

/*
 * After each fork the daemon pays for every page that it writes to, and what
 * the loop has on the stack is less than one: so that begins at a page's end.
 */
int
server_run(struct server *s)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	volatile char __attribute__((unused))
	above[here % (uintptr_t)sysconf(_SC_PAGESIZE) + 1];

	above[0] = 0;
	return run(s);
}

int
server_init(struct server *s)
{
	int tty;

	TAILQ_INIT(&s->all_stats);
	s->refusals.lines.per_second = REFUSALS_A_SECOND;
	s->waits.per_second = WAITS_A_SECOND;
	s->troubles.per_second = TROUBLES_A_SECOND;
	/* Orphans of sessions become ours, to be reaped and ended. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1 ||
	    children_create(&s->children) == -1 ||
	    sources_create(&s->sources) == -1 ||
	    leftovers_create(&s->leftovers) == -1 ||
	    linger_create(&s->linger) == -1 ||
	    (s->devnull = open("/dev/null", O_RDWR | O_CLOEXEC)) == -1 ||
	    (s->hangups = epoll_create1(EPOLL_CLOEXEC)) == -1) {
		log_err("server");
		return -1;
	}
	if ((tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) != -1)
		close(tty);
	s->terminal = tty != -1;
	s->empty = geteuid() == 0 ? confine_open_root() : -1;
	if (!confine_can_enter(s->empty))
		log_warnx("cannot chroot the command reader: %s (needs "
			  "CAP_SYS_CHROOT)",
		    strerror(errno));
	return 0;
}

void
server_resume(struct server *s)
{
	log_add_lost(&s->lost);
	/* Those that ended meanwhile left a SIGCHLD that nobody heard. */
	reaper_reap(s);
	logger_renew(s);
	log_info("upgraded: haild %s has taken over", PACKAGE_VERSION);
}
