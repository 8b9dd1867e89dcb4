/*
 * server.c -- the daemon's loop: accept, admit, fork, reap.
 *
 *	ppoll -> signals -> reap -> deadlines -> sweep -> accept -> ppoll
 *
 * Nothing in it waits but ppoll.  In a forked child session_run never returns.
 */

#include "server.h"

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "admit.h"
#include "io.h"
#include "leftovers.h"
#include "listener.h"
#include "log.h"
#include "logger.h"
#include "report.h"
#include "session.h"
#include "signals.h"

#define BURST 64 /* clients of one listener before others have their turn */

/* --- time --- */

/* The sooner of two times, -1 being never. */
static int64_t
sooner(int64_t a, int64_t b)
{
	if (a == -1)
		return b;
	return b == -1 || a < b ? a : b;
}

/* When the loop has something to do even if nothing happens; -1: never. */
static int64_t
next_event(const struct server *s)
{
	const struct tally *t;
	int64_t next = -1;
	size_t i;

	TAILQ_FOREACH(t, &s->tallies, entry)
		next = sooner(next, children_next_deadline(t));
	for (i = 0; i < s->nlisteners; i++)
		if (s->listeners[i].paused_until != 0)
			next = sooner(next, s->listeners[i].paused_until);
	if (s->leftovers.n > 0)
		next = sooner(next, s->last_sweep + SECOND);
	if (s->stopping && s->stop_deadline != 0)
		next = sooner(next, s->stop_deadline);
	if (s->logger == 0 && !s->stopping)
		next = sooner(next, s->logger_started + SECOND);
	return sooner(next, report_next(s));
}

/* --- a client --- */

/*
 * Ask epoll to say when the client resets the connection.  The daemon closes
 * its own copy of the socket next, but epoll(7) goes on watching until the last
 * one is closed, which is the program's: so a vanished client is noticed
 * without a descriptor kept and without a process in between.
 */
static void
watch_client(const struct server *s, const struct listener *l,
    const struct child *c, int fd)
{
	struct epoll_event ev = { .events = EPOLLET };

	if (l->service->handler != HANDLER_EXEC ||
	    l->service->on_disconnect != DISCONNECT_KILL)
		return;
	ev.data.u64 =
	    (uint64_t)c->serial << 32 | (uint32_t)(c - s->children.slots);
	if (epoll_ctl(s->hangups, EPOLL_CTL_ADD, fd, &ev) == -1)
		log_warn("%s: epoll_ctl", l->service->name);
}

static void
fork_session(struct server *s, const struct listener *l,
    const struct client *client, int fd, int64_t now)
{
	struct session session = { l->service, client, fd, s->devnull,
		s->devnull };
	struct child *c;
	pid_t pid;

	c = children_reserve(&s->children, l->service, l->tally, client, now);
	if (c == NULL)
		return;
	if (l->service->stderr_to == STDERR_CLIENT)
		session.stderr_fd = fd;
	else if (l->service->stderr_to == STDERR_LOG)
		session.stderr_fd = l->tally->stderr_write;
	if ((pid = fork()) == 0)
		session_run(&session);
	if (pid == -1) {
		report_refused(s, l, client, "fork", errno);
		l->tally->failed++;
		children_release(&s->children, c);
		return;
	}
	l->tally->accepted++;
	children_started(&s->children, c, pid, l->service->session_timeout);
	watch_client(s, l, c, fd);
	report_start(c, l->service->log_start ? LOG_INFO : LOG_DEBUG);
}

/* Returns false when nobody else is waiting there. */
static bool
accept_one(struct server *s, struct listener *l, int64_t now)
{
	struct client client;
	char reason[64];
	int fd, trouble;

	fd = listener_accept(l, &client, now, &trouble);
	if (fd == -1) {
		if (trouble != 0)
			report_trouble(s, l, trouble);
		return false;
	}
	if (admit(s, l, &client, reason, sizeof(reason)))
		fork_session(s, l, &client, fd, now);
	else {
		l->tally->refused++;
		report_refused(s, l, &client, reason, 0);
	}
	close(fd);
	return true;
}

static void
accept_clients(struct server *s, struct listener *l)
{
	int64_t now = clock_now();
	int i;

	for (i = 0; i < BURST && admit_open(s, l); i++)
		if (!accept_one(s, l, now))
			return;
}

/* --- children --- */

static bool
is_live(void *arg, pid_t sid)
{
	return children_find(arg, sid) != NULL;
}

static void
sweep(struct server *s, int64_t now)
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
	log_warnx("the logger ended: starting it anew");
	/* One that cannot live is tried once a second. */
	if (now - s->logger_started >= SECOND)
		logger_start(s, now);
}

static void
child_exited(struct server *s, const siginfo_t *info, int64_t now)
{
	struct child *c = children_find(&s->children, info->si_pid);
	bool keep;

	if (c == NULL) {
		if (info->si_pid == s->logger)
			logger_exited(s, now);
		else
			log_debug(
			    "reaped pid %ld, a leftover", (long)info->si_pid);
		return;
	}
	keep = c->keep;
	report_end(c, info, now);
	children_exited(&s->children, c);
	if (!keep && leftovers_note(&s->leftovers, info->si_pid)) {
		s->last_sweep = 0;
		sweep(s, now);
	}
}

/* Everything that has exited; the zombie holds its pid until the last call. */
static void
reap(struct server *s, int64_t now)
{
	siginfo_t info;

	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) ==
			-1 ||
		    info.si_pid == 0)
			return;
		child_exited(s, &info, now);
		waitid(P_PID, (id_t)info.si_pid, &info, WEXITED);
	}
}

/* Clients that reset the connection, as epoll saw it. */
static void
end_hung_up(struct server *s, int64_t now)
{
	struct epoll_event events[BURST];
	struct child *c;
	int i, n;

	n = epoll_wait(s->hangups, events, BURST, 0);
	for (i = 0; i < n; i++) {
		/*
		 * Both: the end of both directions alone is an orderly close,
		 * and an error alone is a message in the socket's error queue.
		 */
		if (!(events[i].events & EPOLLERR) ||
		    !(events[i].events & EPOLLHUP))
			continue;
		c = children_at(&s->children, (uint32_t)events[i].data.u64,
		    (uint32_t)(events[i].data.u64 >> 32));
		if (c != NULL)
			children_end(c, ENDED_DISCONNECT, now);
	}
}

static void
expire(struct server *s, int64_t now)
{
	struct tally *t;

	TAILQ_FOREACH(t, &s->tallies, entry)
		children_expire(t, now);
	if (s->logger == 0 && !s->stopping && now - s->logger_started >= SECOND)
		logger_start(s, now);
	report_left_out(s, now);
}

/* --- stopping --- */

static void
stop(struct server *s, int64_t now)
{
	if (s->stopping) {
		s->stop_deadline = now;
		return;
	}
	s->stopping = true;
	listeners_close(s);
	s->stop_deadline =
	    s->config->stop_timeout == -1 ? -1 : now + s->config->stop_timeout;
	log_info("stopping: %u session%s open%s", s->children.live,
	    s->children.live == 1 ? "" : "s",
	    s->children.live > 0 ? "; a second signal ends them now" : "");
}

static void
take_signals(struct server *s, int64_t now)
{
	if (signals_taken(SIGTERM) || signals_taken(SIGINT))
		stop(s, now);
	if (s->stopping && s->stop_deadline > 0 && now >= s->stop_deadline) {
		s->stop_deadline = 0;
		children_end_all(&s->children, ENDED_STOP, now);
	}
	if (signals_taken(SIGHUP))
		log_warnx("SIGHUP: a new configuration needs a restart");
	if (signals_taken(SIGCHLD))
		reap(s, now);
}

/*
 * The last sessions are over: what they left behind goes, level by level, and
 * the logger writes what they said.  Bounded, since a process in the kernel's
 * hands may not die at once.
 */
static void
finish(struct server *s)
{
	int64_t deadline = clock_now() + SECOND;

	while (leftovers_sweep(&s->leftovers, is_live, &s->children) > 0 &&
	    clock_now() < deadline) {
		ppoll(NULL, 0, &(struct timespec) { .tv_nsec = SECOND / 50 },
		    signals_open_mask());
		reap(s, clock_now());
	}
	logger_close(s);
	while (s->logger != 0 && clock_now() < deadline) {
		ppoll(NULL, 0, &(struct timespec) { .tv_nsec = SECOND / 50 },
		    signals_open_mask());
		reap(s, clock_now());
	}
	log_info("stopped");
}

/* --- the loop --- */

/* Wait for a client, a signal, or the next event; fills FDS. */
static void
wait_for_something(struct server *s, struct pollfd *fds, int64_t now)
{
	struct timespec ts;
	int64_t next, left;
	size_t i;

	for (i = 0; i < s->nlisteners; i++) {
		struct listener *l = &s->listeners[i];

		if (l->paused_until != 0 && l->paused_until <= now)
			l->paused_until = 0;
		fds[i].events = POLLIN;
		fds[i].revents = 0;
		fds[i].fd =
		    l->paused_until == 0 && admit_open(s, l) ? l->fd : -1;
	}
	fds[i].fd = s->hangups;
	fds[i].events = POLLIN;
	fds[i].revents = 0;

	next = next_event(s);
	left = next <= now ? 0 : next - now;
	ts.tv_sec = left / SECOND;
	ts.tv_nsec = left % SECOND;
	ppoll(fds, s->nlisteners + 1, next == -1 ? NULL : &ts,
	    signals_open_mask());
}

void
server_run(struct server *s)
{
	struct pollfd *fds = calloc(s->nlisteners + 1, sizeof(*fds));
	size_t i, n;
	int64_t now;

	if (fds == NULL) {
		log_err("server");
		return;
	}
	while (!s->stopping || s->children.live > 0) {
		wait_for_something(s, fds, clock_now());
		n = s->nlisteners;
		signals_deliver();
		now = clock_now();
		take_signals(s, now);
		if (fds[n].revents != 0)
			end_hung_up(s, now);
		expire(s, now);
		sweep(s, now);
		for (i = 0; i < s->nlisteners; i++)
			if (fds[i].revents != 0)
				accept_clients(s, &s->listeners[i]);
	}
	finish(s);
	free(fds);
}

int
server_start(struct server *s, const struct config *config)
{
	s->config = config;
	TAILQ_INIT(&s->tallies);
	s->refusals.per_second = REFUSALS_A_SECOND;
	s->troubles.per_second = TROUBLES_A_SECOND;
	/* Orphans of sessions become ours, to be reaped and ended. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1 ||
	    children_create(&s->children) == -1 ||
	    (s->devnull = open("/dev/null", O_RDWR | O_CLOEXEC)) == -1 ||
	    (s->hangups = epoll_create1(EPOLL_CLOEXEC)) == -1) {
		log_err("server");
		return -1;
	}
	if (listeners_open(s) > 0 || logger_pipes(s) == -1 ||
	    logger_start(s, clock_now()) == -1) {
		listeners_close(s);
		return -1;
	}
	return 0;
}
