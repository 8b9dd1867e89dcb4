/*
 * accept.c -- the way of one client into its session.
 */

#include "haild/accept.h"

#include <sys/epoll.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "haild/admission/admit.h"
#include "haild/channel_server.h"
#include "lib/io.h"
#include "haild/listen/listener.h"
#include "haild/listen/wait_socket.h"
#include "lib/log.h"
#include "haild/report.h"
#include "session/run.h"

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

/*
 * FD's client is not let in, for REASON.  Strangers without access, or without
 * a proxy, are told nothing.
 */
static void
refuse_client(struct server *s, const struct listener *l,
    const struct client *client, int64_t now, const char *reason, int error)
{
	const struct service *service = l->service;

	report_refused(
	    s, service->name, &client->addr, client->cred.uid, reason, error);
	if (service->busy_message != NULL && strcmp(reason, "access") != 0 &&
	    strcmp(reason, "proxy") != 0)
		linger_send(&s->linger, client->fd, service->busy_message, now);
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
	session->daemon_end = c->channel;
	if (session->channel != -1 && (pid = _Fork()) == 0)
		session_run(session);
	error = errno;
	if (session->channel > 0)
		close(session->channel);
	errno = error;
	return pid;
}

/*
 * Returns the child's pid, and leaves the client's socket open; or -1: WHY, and
 * errno or 0, are then what to say.
 */
static pid_t
fork_session(struct server *s, const struct listener *l, struct client *client,
    struct source_refs *refs, int64_t now, const char **why)
{
	struct session session = { .service = l->service,
		.client = client,
		.fd = client->fd,
		.stderr_fd = s->devnull,
		.devnull = s->devnull,
		.terminal = s->terminal,
		.empty = s->empty,
		.config = s->config,
		.arena = &s->arena,
		.commands = s->helpers.commands,
		.accepted = now };
	struct connection connection;
	struct child *c;
	struct addr local;
	int error;
	pid_t pid;

	c = children_reserve(
	    &s->children, l->service, l->stats, client, refs, now);
	if (c == NULL) {
		admit_left(s, refs, now);
		*why = "table full";
		errno = 0;
		return -1;
	}
	if (l->service->stderr_to == STDERR_CLIENT)
		session.stderr_fd = client->fd;
	else if (l->service->stderr_to == STDERR_LOG)
		session.stderr_fd = l->stats->stderr_write;
	if (l->service->handler == HANDLER_EXEC &&
	    !channel_wanted(l->service, client)) {
		environment_local(client->fd, &local, l->service->name);
		environment_connection(&connection, client, &local);
		session.connection = &connection;
	}
	if ((pid = fork_child(c, &session)) == -1) {
		error = errno;
		l->stats->failed++;
		channel_close(s, c);
		admit_left(s, &c->refs, now);
		children_release(&s->children, c);
		*why = "fork";
		errno = error;
		return -1;
	}
	l->stats->accepted++;
	children_started(&s->children, c, pid, l->service->session_timeout);
	channel_watch(s, c, l->service);
	watch_client(s, l, c, client->fd);
	report_start(c, l->service->log_start ? LOG_INFO : LOG_DEBUG);
	return pid;
}

/* Somebody waits at L: start who takes in all that come. */
static void
start_wait_server(struct server *s, struct listener *l, int64_t now)
{
	struct client nobody = { .addr.sa.sa_family = AF_UNSPEC, .fd = l->fd };
	struct source_refs refs = { { 0, 0 } };
	const char *why;
	pid_t pid;

	if (l->service->rate.count > 0)
		bucket_take(&l->service->rate, &l->stats->full_at, now);
	if ((pid = fork_session(s, l, &nobody, &refs, now, &why)) != -1) {
		wait_socket_taken(l, pid);
		return;
	}
	report_refused(s, l->service->name, &nobody.addr, 0, why, errno);
	l->paused_until = now + LISTENER_PAUSE;
}

/* Returns false when nobody else is waiting there. */
static bool
accept_one(struct server *s, struct listener *l, int64_t now)
{
	struct client client;
	struct source_refs refs = { { 0, 0 } }; /* a proxy has none */
	char reason[REASON_MAX];
	const char *why;
	int trouble;

	if (listener_accept(l, &client, now, &trouble) == -1) {
		if (trouble != 0)
			report_trouble(s, l, trouble);
		return false;
	}
	if (!admit(s, l, &client, &refs, now, reason, sizeof(reason))) {
		l->stats->refused++;
		refuse_client(s, l, &client, now, reason, 0);
	} else if (fork_session(s, l, &client, &refs, now, &why) == -1)
		refuse_client(s, l, &client, now, why, errno);
	else
		close(client.fd);
	return true;
}

void
accept_clients(struct server *s, struct listener *l)
{
	char reason[REASON_MAX];
	int64_t now = clock_now();
	int i;

	admit_read_load(s, now);
	if (l->service->wait) {
		if (admit_open(s, l, now, reason, sizeof(reason)))
			start_wait_server(s, l, now);
		return;
	}
	for (i = 0; i < BURST && admit_open(s, l, now, reason, sizeof(reason));
	     i++)
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
		if (l->wait_socket.pid == 0 && poll(&p, 1, 0) == 1)
			start_wait_server(s, l, now);
		return;
	}
	for (i = 0; i < l->service->backlog; i++)
		if (!accept_one(s, l, now))
			return;
}
