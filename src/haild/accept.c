/*
 * accept.c -- the way of one client into its session.
 */

#include "accept.h"

#include <sys/epoll.h>

#include <errno.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "admit.h"
#include "channel.h"
#include "io.h"
#include "listener.h"
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

	if (l->service->handler != HANDLER_EXEC ||
	    l->service->on_disconnect != DISCONNECT_KILL)
		return;
	ev.data.u64 =
	    (uint64_t)c->serial << 32 | (uint32_t)(c - s->children.slots);
	if (epoll_ctl(s->hangups, EPOLL_CTL_ADD, fd, &ev) == -1)
		log_warn("%s: epoll_ctl", l->service->name);
}

/*
 * FD's client is not let in, for REASON.  Strangers without access, or without
 * a proxy, are told nothing.
 */
static void
turn_away(struct server *s, const struct listener *l,
    const struct client *client, int64_t now, const char *reason, int error)
{
	const struct service *service = l->service;

	report_refused(
	    s, service->name, &client->addr, client->cred.uid, reason, error);
	if (service->busy_message != NULL && strcmp(reason, "access") != 0 &&
	    strcmp(reason, "proxy") != 0)
		linger_say(&s->linger, client->fd, service->busy_message, now);
	else
		close(client->fd);
}

/* Returns as fork(2) does, in the daemon alone. */
static pid_t
fork_child(struct child *c, struct session *session)
{
	pid_t pid = -1;
	int error;

	if (channel_wanted(session->service, session->client))
		session->channel = channel_open(c);
	if (session->channel != -1 && (pid = fork()) == 0)
		session_run(session);
	error = errno;
	if (session->channel > 0)
		close(session->channel);
	errno = error;
	return pid;
}

static void
fork_session(struct server *s, const struct listener *l, struct client *client,
    int64_t now)
{
	struct session session = { .service = l->service,
		.client = client,
		.fd = client->fd,
		.stderr_fd = s->devnull,
		.devnull = s->devnull,
		.accepted = now };
	struct child *c;
	int error;
	pid_t pid;

	c = children_reserve(&s->children, l->service, l->tally, client, now);
	if (c == NULL) {
		admit_left(s, &client->counted, now);
		turn_away(s, l, client, now, "table full", 0);
		return;
	}
	if (l->service->stderr_to == STDERR_CLIENT)
		session.stderr_fd = client->fd;
	else if (l->service->stderr_to == STDERR_LOG)
		session.stderr_fd = l->tally->stderr_write;
	if ((pid = fork_child(c, &session)) == -1) {
		error = errno;
		l->tally->failed++;
		channel_close(s, c);
		admit_left(s, &c->counted, now);
		children_release(&s->children, c);
		turn_away(s, l, client, now, "fork", error);
		return;
	}
	l->tally->accepted++;
	children_started(&s->children, c, pid, l->service->session_timeout);
	channel_watch(s, c, l->service);
	watch_client(s, l, c, client->fd);
	close(client->fd);
	report_start(c, l->service->log_start ? LOG_INFO : LOG_DEBUG);
}

/* Returns false when nobody else is waiting there. */
static bool
accept_one(struct server *s, struct listener *l, int64_t now)
{
	struct client client;
	char reason[REASON_MAX];
	int trouble;

	if (listener_accept(l, &client, now, &trouble) == -1) {
		if (trouble != 0)
			report_trouble(s, l, trouble);
		return false;
	}
	if (admit(s, l, &client, now, reason, sizeof(reason)))
		fork_session(s, l, &client, now);
	else {
		l->tally->refused++;
		turn_away(s, l, &client, now, reason, 0);
	}
	return true;
}

void
accept_clients(struct server *s, struct listener *l)
{
	char reason[REASON_MAX];
	int64_t now = clock_now();
	int i;

	for (i = 0; i < BURST && admit_open(s, l, now, reason, sizeof(reason));
	     i++)
		if (!accept_one(s, l, now))
			return;
}

void
accept_drain(struct server *s, struct listener *l)
{
	int64_t now = clock_now(), i;

	for (i = 0; i < l->service->backlog; i++)
		if (!accept_one(s, l, now))
			return;
}
