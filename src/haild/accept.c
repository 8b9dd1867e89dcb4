#include "haild/accept.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "haild/channel_server.h"
#include "haild/listen/handover.h"
#include "haild/report.h"
#include "lib/fds.h"
#include "lib/io.h"
#include "lib/log.h"
#include "session/session.h"

#define BURST 64 /* clients of one listener before others have their turn */

/*
 * Let epoll report when the client resets the connection.  The daemon closes
 * its copy of the socket next, but epoll(7) watches until the last copy, the
 * program's, is closed: no descriptor is kept and no process relays.  Once,
 * since the program, or a process that escaped from the session, can cause such
 * events without end.
 */
static void
watch_client(
    struct server *s, const struct listener *l, const struct child *c, int fd)
{
	struct epoll_event ev = { .events = EPOLLONESHOT };

	if (l->service->handler != HANDLER_EXEC || l->service->wait ||
	    l->service->on_disconnect != DISCONNECT_KILL)
		return;
	ev.data.u64 =
	    (uint64_t)c->serial << 32 | (uint32_t)(c - s->children.slots);
	if (epoll_ctl(s->hangups, EPOLL_CTL_ADD, fd, &ev) == -1)
		log_warn("%s: cannot watch the client", l->service->name);
	s->reaping.watching = true;
}

static void
refuse_client(struct server *s, const struct listener *l,
    const struct client *client, const struct refusal *why)
{
	const struct service *service = l->service;

	report_refused(
	    &s->refusals, l->stats, &client->addr, client->cred.uid, why);
	if (service->busy != NULL && refusal_may_tell(why->reason) &&
	    send(client->fd, service->busy, service->busy_len,
		MSG_DONTWAIT | MSG_NOSIGNAL) != -1)
		linger_refused(&s->lingering, client->fd);
	else
		close(client->fd);
}

/*
 * Returns as fork(2) does, but only in the daemon.  fork(3) also runs handlers
 * that write to four pages, which a child then copies: with _Fork(3) a session
 * costs a tenth less of processor time for "exec", a twentieth for "message".
 */
static pid_t
fork_child(struct child *c, struct session *session)
{
	bool reopen = session->service->handler == HANDLER_EXEC &&
	    session->stderr_fd != session->fd;
	pid_t pid = -1;
	int error;

	/*
	 * So that flags that the program sets are its own.  Not in the child,
	 * for which the kernel would first make entries of proc(5): 30 us.
	 */
	if (reopen &&
	    (session->stderr_fd = fds_reopen(session->stderr_fd, O_WRONLY)) ==
		-1)
		return -1;
	if (channel_wanted(session->service, session->client))
		session->channel = channel_open(c);
	session->daemon_end = c->channel;
	if (session->channel != -1 && (pid = _Fork()) == 0)
		session_run(session);
	error = errno;
	if (reopen)
		close(session->stderr_fd);
	if (session->channel > 0)
		close(session->channel);
	errno = error;
	return pid;
}

/* Returns REFUSED_NOT and *STARTED, or why not; the client stays connected. */
static struct refusal
start_session(struct server *s, const struct listener *l, struct client *client,
    struct source_refs *refs, int64_t now, struct child **started)
{
	struct session session = { .service = l->service,
		.client = client,
		.fd = client->fd,
		.stderr_fd = s->devnull,
		.devnull = s->devnull,
		.terminal = s->terminal,
		.oom_protected = s->oom_protected,
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
		l->stats->refused++;
		admit_left(&s->admission, refs, now);
		return (struct refusal) { REFUSED_TABLE, 0 };
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
		admit_left(&s->admission, &c->refs, now);
		children_release(&s->children, c);
		return (struct refusal) { REFUSED_FORK, error };
	}
	l->stats->accepted++;
	children_started(&s->children, c, pid, l->service->session_timeout);
	channel_watch(s, c, l->service);
	watch_client(s, l, c, client->fd);
	report_start(c, l->service->log_start ? LOG_INFO : LOG_DEBUG);
	*started = c;
	return (struct refusal) { REFUSED_NOT, 0 };
}

/* L's queue is not empty: start the child that gets its socket. */
static void
start_wait_server(struct server *s, struct listener *l, int64_t now)
{
	struct client none = { .addr.sa.sa_family = AF_UNSPEC, .fd = l->fd };
	struct source_refs refs = { { 0, 0 } };
	struct child *c;
	struct refusal why;

	if (l->service->rate.count > 0)
		bucket_take(&l->service->rate, &l->stats->usage.full_at, now);
	why = start_session(s, l, &none, &refs, now, &c);
	if (why.reason == REFUSED_NOT) {
		l->wait_socket.pid = c->pid;
		return;
	}
	report_refused(&s->refusals, l->stats, &none.addr, 0, &why);
	l->paused_until = now + LISTENER_PAUSE;
}

/* C serves CLIENT: close it here, or pass it on. */
static void
release_client(struct server *s, const struct listener *l,
    const struct client *client, struct child *c)
{
	const struct linger_name name = { (uint32_t)(c - s->children.slots),
		c->serial };

	if (client->addr.sa.sa_family != AF_UNIX && config_lingers(l->service))
		c->lingers = linger_hold(&s->lingering, &name, client->fd);
	else
		close(client->fd);
}

/* Returns false when L's queue is empty, or cannot be accepted from now. */
static bool
accept_one(struct server *s, struct listener *l, int64_t now)
{
	struct child *started;
	struct source_refs refs = { { 0, 0 } }; /* a proxy has none */
	struct client client;
	struct refusal why;
	int error;

	if (listener_accept(l, &client, now, &error) == -1) {
		if (error == EMFILE && s->lingering.nsockets > 0) {
			linger_send(&s->lingering);
			l->paused_until = 0;
			return true;
		}
		if (error != 0)
			report_accept_error(s, l, error);
		return false;
	}
	why = admit(&s->admission, l->service, &l->stats->usage,
	    s->children.live, &client, &refs, now);
	if (why.reason != REFUSED_NOT)
		l->stats->refused++;
	else
		why = start_session(s, l, &client, &refs, now, &started);
	if (why.reason != REFUSED_NOT)
		refuse_client(s, l, &client, &why);
	else
		release_client(s, l, &client, started);
	return true;
}

static bool
must_wait(const struct server *s, const struct listener *l, int64_t now)
{
	return admit_wait(&s->admission, l->service, &l->stats->usage,
		   s->children.live, now)
		   .reason != REFUSED_NOT;
}

void
accept_clients(struct server *s, struct listener *l)
{
	int64_t now = clock_now();
	int i;

	admit_read_load(&s->admission, now);
	if (l->service->wait) {
		if (!must_wait(s, l, now))
			start_wait_server(s, l, now);
		return;
	}
	for (i = 0; i < BURST && !must_wait(s, l, now); i++)
		if (!accept_one(s, l, now))
			return;
}

static bool
has_clients(const struct listener *l)
{
	struct pollfd p = { .fd = l->fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

bool
accept_waits(const struct server *s, const struct listener *l, int64_t now)
{
	return must_wait(s, l, now) && has_clients(l);
}

void
accept_drain(struct server *s, struct listener *l)
{
	int64_t now = clock_now(), i;

	if (l->service->wait) {
		/* The child that has the socket, now or soon, serves them. */
		if (l->wait_socket.pid == 0 && has_clients(l)) {
			handover_show(l);
			start_wait_server(s, l, now);
		}
		return;
	}
	for (i = 0; i < l->service->backlog; i++)
		if (!accept_one(s, l, now))
			return;
}
