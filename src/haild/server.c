/*
 * server.c -- the daemon's loop: accept, admit, fork, reap.
 *
 *	deadlines -> polling_turn -> ppoll -> accept and fork -> channels
 *	-> signals (reap, reload, upgrade, stop)
 *	-> what linger is told
 *
 * Only ppoll waits.  Signals are blocked elsewhere.  In a forked child
 * session_run never returns.
 */

#include "haild/server.h"

#include <sys/epoll.h>
#include <sys/prctl.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "haild/accept.h"
#include "contain/confine.h"
#include "haild/control_server.h"
#include "haild/channel_server.h"
#include "haild/drain.h"
#include "lib/io.h"
#include "haild/listen/plan.h"
#include "haild/listen/polling.h"
#include "lib/log.h"
#include "lib/process.h"
#include "haild/reaper.h"
#include "haild/relay_begin.h"
#include "haild/relay_server.h"
#include "haild/reload.h"
#include "haild/report.h"
#include "haild/switch.h"
#include "lib/signals.h"

/* --- upgrades --- */

static struct takeover
parts_of(struct server *s)
{
	return (struct takeover) { &s->all_stats, &s->listeners, &s->children,
		&s->admission.sources, &s->leftovers, &s->lost, &s->hangups,
		&s->logger.pid, &s->logger.started, s->lingering.processes,
		&s->relays, &s->containment.uids, &s->containment.leaves,
		&s->drained, &s->control, &s->history };
}

/* SIGUSR2, haildctl upgrade: start the proof of the new program. */
static void
request_upgrade(struct server *s, int64_t now)
{
	const struct takeover parts = parts_of(s);

	s->upgrade_wanted = false;
	if (s->stop_at != 0)
		log_warnx("upgrade: haild is stopping");
	else if (s->upgrade.pid != 0 || s->upgrade.proved)
		log_warnx("upgrade: another upgrade is in progress");
	else if (!reload_make_way(s, now)) {
		log_warnx("upgrade: a reload is in progress; try again");
		control_conclude(&s->control, CONTROL_UPGRADE, INT64_MAX,
		    CONTROL_BUSY, "a reload is in progress");
	} else
		upgrade_request(&s->upgrade, &parts, now);
}

/* Execute a proved program, or kill a proof that takes too long. */
static int64_t
expire_upgrade(struct server *s, int64_t now)
{
	const struct takeover parts = parts_of(s);

	if (!s->upgrade.proved || s->loading != LOAD_NONE || s->stopping ||
	    s->stop_at != 0 || listeners_next_close(&s->listeners) != -1 ||
	    relays_oldest(&s->relays) != NULL || control_is_busy(&s->control) ||
	    !linger_hand_over(&s->lingering))
		return upgrade_expire(&s->upgrade, now);
	/* The new image counts from 0. */
	report_left_out(s, now + SECOND);
	log_named(
	    LOG_INFO, "upgrade", "upgrade: executing %s", s->upgrade.program);
	control_server_hand_over(s);
	notify_reloading(&s->notify);
	notify_hand_over(&s->notify);
	upgrade_execute(&s->upgrade, &parts);
	notify_keep();
	status_ready(s);
	return -1;
}

/* --- time --- */

/* Do what is due.  Returns when more will be; -1: never. */
static int64_t
expire(struct server *s, int64_t now)
{
	struct service_stats *t;
	int64_t next = -1;

	TAILQ_FOREACH(t, &s->all_stats, entry)
		next = clock_sooner(next, children_expire(t, now));
	next = clock_sooner(next, sources_expire(&s->admission.sources, now));
	next = clock_sooner(next,
	    logger_expire(
		&s->logger, &s->all_stats, s->config, s->devnull, now));
	next = clock_sooner(next,
	    linger_expire(&s->lingering, s->config, &s->arena, s->devnull,
		s->empty, now));
	next = clock_sooner(next, containment_expire(&s->containment, now));
	next = clock_sooner(next, relay_expire(s, now));
	next = clock_sooner(next, reload_expire(s, now));
	next = clock_sooner(next, expire_upgrade(s, now));
	next = clock_sooner(next, control_expire(&s->control, now));
	next = clock_sooner(next, notify_expire(&s->notify, now));
	next = clock_sooner(next, status_expire(s, now));
	next = clock_sooner(next, report_left_out(s, now));
	next = clock_sooner(next, reaper_expire(s, now));
	next = clock_sooner(next, reaper_sweep(s, now));
	next = clock_sooner(next, reaper_hangups(s, now));
	if (!s->stopping && s->stop_at != 0)
		next = clock_sooner(next, s->stop_at);
	if (s->stopping && s->stop_deadline != 0)
		next = clock_sooner(next, s->stop_deadline);
	if (s->reaping.next != 0)
		next = clock_sooner(next, s->reaping.next);
	return s->reaping.more ? now : next;
}

/* --- stopping --- */

/* From stop-timeout to the end: kill-grace, and what else takes time. */
#define STOP_MARGIN (30 * SECOND)

/*
 * With drain-delay: go on for so long, while health checks tell balancers to
 * send no more clients.
 */
static void
stop_later(struct server *s, int64_t now)
{
	int64_t delay = s->config->drain_delay;
	char text[96];

	s->stop_at = now + delay;
	s->status.outdated = true;
	log_named(LOG_INFO, "stopping-soon",
	    "stopping in %" PRId64 "s: health checks fail from now on",
	    (delay + SECOND - 1) / SECOND);
	/* So that a manager's own timeout need not be longer for that. */
	snprintf(text, sizeof(text), "STOPPING=1\nEXTEND_TIMEOUT_USEC=%" PRId64,
	    (delay + s->config->stop_timeout + STOP_MARGIN) /
		(SECOND / 1000000));
	notify_send(&s->notify, text);
}

static void
stop(struct server *s, int64_t now)
{
	uint32_t open;

	if (s->stop_at == 0 && s->config->drain_delay > 0) {
		stop_later(s, now);
		return;
	}
	if (s->stopping && s->stop_deadline == 0)
		children_kill_all(&s->children, now);
	if (s->stopping) {
		s->stop_deadline = now;
		return;
	}
	s->stop_at = now;
	s->stopping = s->logger.last = true;
	notify_send(&s->notify, "STOPPING=1");
	listeners_close(&s->listeners);
	/* Wait services' children: no client of theirs will end them. */
	children_stop(&s->children, true, now);
	s->stop_deadline = now + s->config->stop_timeout;
	open = s->children.live - s->children.unreapable;
	log_named(LOG_INFO, "stopping", "stopping: %u session%s open%s", open,
	    open == 1 ? "" : "s",
	    open > 0 ? "; a second signal ends them now" : "");
}

static void
take_signals(struct server *s, int64_t now)
{
	if (signals_taken(SIGCHLD))
		reaper_signalled(s, now);
	else if (s->reaping.more ||
	    (s->reaping.next != 0 && s->reaping.next <= now))
		reaper_reap(s);
	if (signals_taken(SIGHUP))
		reload_request(s, now);
	if (signals_taken(SIGUSR1))
		report_summary(s);
	if ((signals_taken(SIGUSR2) || s->upgrade_wanted) && !s->stopping)
		request_upgrade(s, now);
	if (signals_taken(SIGTERM))
		stop(s, now);
	if (signals_taken(SIGINT))
		stop(s, now);
	for (; s->stops > 0; s->stops--)
		stop(s, now);
	if (!s->stopping && s->stop_at != 0 && now >= s->stop_at)
		stop(s, now);
	if (s->stopping && s->stop_deadline != 0 && now >= s->stop_deadline) {
		s->stop_deadline = 0;
		children_stop(&s->children, false, now);
	}
}

/* --- the loop --- */

enum {
	LISTENERS,
	CHANNELS,
	RELAYS,
	KEEPER,
	LINGERING = KEEPER + KEEPERS,
	CONTROL = LINGERING + LINGER_PROCESSES,
	CONTROL_PROCESS,
	NPOLLED = CONTROL_PROCESS + CONTROL_PROCESSES
};

/* Wait for a client, a signal, or the next deadline. */
static void
wait_for_event(struct server *s, struct pollfd *fds, int64_t now)
{
	int64_t next = expire(s, now), left;
	struct timespec ts;
	size_t i;

	next = clock_sooner(next,
	    polling_turn(&s->listeners, s->polling, &s->admission,
		&s->containment, s->children.live, relay_busy(s), &s->waits,
		now));
	fds[LISTENERS].fd = s->polling;
	fds[CHANNELS].fd = s->channels;
	fds[RELAYS].fd = s->relays.live > 0 ? s->relays.epoll : -1;
	for (i = 0; i < KEEPERS; i++)
		fds[KEEPER + i].fd = s->keepers.list[i].fd;
	for (i = 0; i < LINGER_PROCESSES; i++)
		fds[LINGERING + i].fd = s->lingering.processes[i].fd;
	/* The new program accepts the clients that connect after its test. */
	fds[CONTROL].fd = control_polls(&s->control) && !s->upgrade.proved
	    ? s->control.fd
	    : -1;
	for (i = 0; i < CONTROL_PROCESSES; i++)
		fds[CONTROL_PROCESS + i].fd = control_channel(&s->control, i);
	for (i = 0; i < NPOLLED; i++) {
		fds[i].events = POLLIN;
		fds[i].revents = 0; /* if ppoll(2) fails */
	}
	left = next <= now ? 0 : next - now;
	ts.tv_sec = left / SECOND;
	ts.tv_nsec = left % SECOND;
	ppoll(fds, NPOLLED, next == -1 ? NULL : &ts, signals_open_mask());
}

static void
take_turn(struct server *s, struct pollfd *fds)
{
	struct listener *l;
	size_t i, n;
	int64_t now;

	wait_for_event(s, fds, clock_now());
	n = s->listeners.n; /* a deadline may have removed one */
	if (fds[LISTENERS].revents != 0)
		polling_ready(&s->listeners, s->polling);
	/*
	 * Clients first: the rest may change the listeners.  Each turn begins
	 * with another listener, or the first would get every slot that
	 * becomes free at a limit.
	 */
	for (i = 0; i < n && fds[LISTENERS].revents != 0; i++) {
		l = &s->listeners.list[(s->first + i) % n];
		if (l->ready)
			accept_clients(s, l);
		l->ready = false;
	}
	s->first = n > 0 ? (s->first + 1) % n : 0;
	signals_deliver();
	now = clock_now();
	if (fds[CHANNELS].revents != 0)
		reaper_channels(s, now);
	/*
	 * Read the messages of relays before relays that have exited are
	 * reaped.
	 */
	relay_keepers(s);
	if (fds[RELAYS].revents != 0)
		relay_messages(s, now);
	reload_prepared(s, now);
	for (i = 0; i < LINGER_PROCESSES; i++)
		if (fds[LINGERING + i].revents != 0)
			linger_receive(&s->lingering, (int)i);
	for (i = 0; i < CONTROL_PROCESSES; i++)
		if (fds[CONTROL_PROCESS + i].revents != 0)
			control_server_receive(s, i, now);
	switch_close_hidden(s, now);
	take_signals(s, now);
	if (fds[CONTROL].revents != 0)
		control_server_accept(s, now);
	control_server_turn(s);
	linger_turn(&s->lingering, now);
}

int
server_run(struct server *s)
{
	struct pollfd fds[NPOLLED];

	while (!s->stopping || s->children.live > s->children.unreapable ||
	    s->relays.live > 0)
		take_turn(s, fds);
	reaper_finish(s);
	return s->stopping ? 0 : -1;
}

int
server_init(struct server *s)
{
	struct takeover parts = parts_of(s);
	const char *failed = NULL;
	int tty;

	TAILQ_INIT(&s->all_stats);
	s->refusals.lines.per_second = REFUSALS_A_SECOND;
	s->waits.per_second = WAITS_A_SECOND;
	s->accept_errors.per_second = ACCEPT_ERRORS_A_SECOND;
	keepers_create(&s->keepers);
	control_init(&s->control);
	/* Orphans of sessions become ours, to be killed and reaped. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
		failed = "become a child subreaper";
	else if (children_create(&s->children) == -1 ||
	    sources_create(&s->admission.sources) == -1 ||
	    leftovers_create(&s->leftovers) == -1 ||
	    linger_create(&s->lingering) == -1 ||
	    relays_create(&s->relays) == -1)
		failed = "create the tables of sessions and sources";
	else if ((s->devnull = open("/dev/null", O_RDWR | O_CLOEXEC)) == -1)
		failed = "open /dev/null";
	else if ((s->hangups = epoll_create1(EPOLL_CLOEXEC)) == -1 ||
	    (s->channels = epoll_create1(EPOLL_CLOEXEC)) == -1 ||
	    (s->polling = epoll_create1(EPOLL_CLOEXEC)) == -1)
		failed = "create an epoll descriptor";
	if (failed != NULL) {
		log_err("cannot %s", failed);
		return -1;
	}
	if ((tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) != -1)
		close(tty);
	s->terminal = tty != -1;
	s->oom_protected = process_is_oom_protected();
	s->empty = geteuid() == 0 ? confine_open_root() : -1;
	if (upgrade_resume(&s->upgrade, &parts) == -1)
		return -1;
	if (s->history.started == 0)
		s->history.started = time(NULL);
	return 0;
}

void
server_resume(struct server *s)
{
	log_add_lost(&s->lost);
	s->reaping.watching = true;
	channel_watch_all(s);
	if (relays_watch_all(&s->relays) == -1)
		log_warn("cannot watch the channels of relays");
	/* Children that ended meanwhile: their SIGCHLD was lost. */
	reaper_reap(s);
	logger_renew(&s->logger);
	linger_renew(&s->lingering);
	drain_resumed(s);
	log_named(LOG_INFO, "upgraded",
	    "upgrade complete: now running haild %s", PACKAGE_VERSION);
	control_server_resume(s);
}
