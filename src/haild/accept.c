/*
 * accept.c -- the way of one client into its session.
 */

#include "accept.h"

#include <sys/epoll.h>

#include <errno.h>
#include <poll.h>
#include <syslog.h>
#include <unistd.h>

#include "admit.h"
#include "io.h"
#include "listener.h"
#include "loan.h"
#include "log.h"
#include "report.h"
#include "session.h"

#define BURST 64 /* clients of one listener before others have their turn */

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

	if (l->service->handler != HANDLER_EXEC || l->service->wait ||
	    l->service->on_disconnect != DISCONNECT_KILL)
		return;
	ev.data.u64 =
	    (uint64_t)c->serial << 32 | (uint32_t)(c - s->children.slots);
	if (epoll_ctl(s->hangups, EPOLL_CTL_ADD, fd, &ev) == -1)
		log_warn("%s: epoll_ctl", l->service->name);
}

/* Returns the child's pid, or -1 (logged). */
static pid_t
fork_session(struct server *s, const struct listener *l,
    const struct client *client, int fd, int64_t now)
{
	struct session session = { l->service, client, fd, s->devnull,
		s->devnull };
	struct child *c;
	pid_t pid;

	c = children_reserve(&s->children, l->service, l->tally, client, now);
	if (c == NULL) {
		report_refused(s, l, client, "table full", 0);
		return -1;
	}
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
		return -1;
	}
	l->tally->accepted++;
	children_started(&s->children, c, pid, l->service->session_timeout);
	watch_client(s, l, c, fd);
	report_start(c, l->service->log_start ? LOG_INFO : LOG_DEBUG);
	return pid;
}

/* Somebody waits at L: start who takes in all that come. */
static void
lend(struct server *s, struct listener *l, int64_t now)
{
	const struct client nobody = { .addr.sa.sa_family = AF_UNSPEC };
	pid_t pid;

	if ((pid = fork_session(s, l, &nobody, l->fd, now)) != -1)
		loan_begin(l, pid);
	else
		l->paused_until = now + LISTENER_PAUSE;
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

void
accept_clients(struct server *s, struct listener *l)
{
	int64_t now = clock_now();
	int i;

	if (l->service->wait) {
		lend(s, l, now);
		return;
	}
	for (i = 0; i < BURST && admit_open(s, l); i++)
		if (!accept_one(s, l, now))
			return;
}

void
accept_drain(struct server *s, struct listener *l)
{
	struct pollfd p = { .fd = l->fd, .events = POLLIN };
	int64_t now = clock_now(), i;

	if (l->service->wait) {
		/* Who has it, or gets it now, serves them. */
		if (l->loan.pid == 0 && poll(&p, 1, 0) == 1)
			lend(s, l, now);
		return;
	}
	for (i = 0; i < l->service->backlog; i++)
		if (!accept_one(s, l, now))
			return;
}
