#include "haild/session_start.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "haild/channel_server.h"
#include "haild/report.h"
#include "lib/fds.h"
#include "lib/log.h"
#include "lib/message.h"
#include "session/session.h"

/*
 * Let epoll report when the client resets the connection.  The daemon closes
 * its copy of the socket next, but epoll(7) watches until the last copy, the
 * program's, is closed: no descriptor is kept and no process relays.  Once,
 * since the program, or a process that escaped from the session, can cause such
 * events without end.  A relay reports a reset itself.
 */
static void
watch_client(struct server *s, const struct service *service,
    const struct client *client, const struct child *c)
{
	struct epoll_event ev = { .events = EPOLLONESHOT };

	if (service->handler != HANDLER_EXEC || service->wait ||
	    client->tls != NULL || service->on_disconnect != DISCONNECT_KILL)
		return;
	ev.data.u64 =
	    (uint64_t)c->serial << 32 | (uint32_t)(c - s->children.slots);
	if (epoll_ctl(s->hangups, EPOLL_CTL_ADD, client->fd, &ev) == -1)
		log_warn("%s: cannot watch the client", service->name);
	s->reaping.watching = true;
}

/* In a forwarding session: where S listens for streams. */
static void
collect_listeners(const struct server *s, struct session *session)
{
	const struct listener *l = s->listeners.list, *end = l + s->listeners.n;
	struct session_listener *list = calloc(s->listeners.n, sizeof(*list));

	if (list == NULL) {
		log_err("%s: cannot look for loops", session->service->name);
		_exit(EX_OSERR);
	}
	session->listeners = list;
	for (; l < end; l++)
		if (l->service != NULL && !l->dgram)
			list[session->nlisteners++] =
			    (struct session_listener) { l->service, &l->addr,
				    l->dual };
}

/* Serve SESSION in the process that was forked for it. */
static void __attribute__((noreturn))
run(const struct server *s, struct session *session)
{
	if (session->service->handler == HANDLER_FORWARD)
		collect_listeners(s, session);
	session_run(session);
}

/*
 * Returns as fork(2) does, but only in the daemon.
 */
static pid_t
fork_child(const struct server *s, struct child *c, struct session *session)
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
	if (session->channel != -1 &&
	    (pid = contain_clone(session->service, &session->grant)) == 0)
		run(s, session);
	error = errno;
	if (reopen)
		close(session->stderr_fd);
	if (session->channel > 0)
		close(session->channel);
	errno = error;
	return pid;
}

/*
 * How many percent of the sessions that the top-level max-sessions allows are
 * free, without the session of the check itself: 1 to 100.  0 while S should
 * get no clients: it stops, will stop after drain-delay, or all of its services
 * are drained.
 */
static int
health_percent(const struct server *s)
{
	int64_t limit = s->config->max_sessions, percent;

	if (s->stopping || s->stop_at != 0 || s->all_drained)
		return 0;
	percent = (limit - ((int64_t)s->children.live - 1)) * 100 / limit;
	/* A balancer takes 0 % for a drain. */
	return percent < 1 ? 1 : percent > 100 ? 100 : (int)percent;
}

/*
 * Prepare what a program learns of its client, before the fork: in the child it
 * would cause page faults.  LIST has room for the program's environment.  With
 * a user ID of a pool the child makes the environment, which depends on that
 * ID.
 */
static void
describe_client(struct session *session, const char **list)
{
	/* Not on the stack: it is large. */
	static struct connection connection;
	const struct client *client = session->client;
	struct addr local;

	if (client->tls == NULL)
		environment_local(client->fd, &local, session->service->name);
	else
		local = client->tls->local;
	environment_connection(&connection, client, &local);
	session->connection = &connection;
	if (session->grant.uid == NO_UID)
		session->environment = environment_build(
		    list, session->service, &connection, NULL);
}

/* The ports on which S listens for datagrams.  Returns how many. */
static size_t
collect_udp_ports(const struct server *s, uint16_t *ports)
{
	const struct listener *l = s->listeners.list, *end = l + s->listeners.n;
	size_t n = 0;

	for (; l < end; l++)
		if (l->dgram)
			ports[n++] = (uint16_t)addr_port(&l->addr);
	return n;
}

/* PID serves CLIENT: count it, and watch it. */
static void
session_started(struct server *s, const struct service *service,
    struct child *c, const struct client *client, pid_t pid, int64_t now)
{
	c->stats->accepted++;
	if (c->handshake)
		children_proved(&s->children, c, service, pid);
	else
		children_started(
		    &s->children, c, pid, service->session_timeout);
	if (channel_starts(service, client) ||
	    service->handler == HANDLER_FORWARD)
		channel_watch(s, c, service, client, now);
	watch_client(s, service, client, c);
	report_start(c, children_identity(&s->children, c),
	    service->log_start ? LOG_INFO : LOG_DEBUG);
}

struct refusal
session_start(struct server *s, const struct service *service, struct child *c,
    const struct client *client, int64_t now)
{
	struct session session = { .service = service,
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
		.accepted = now,
		.turn = c->stats->turn++,
		.id = c->serial,
		.health = config_is_health(service) ? health_percent(s) : 0 };
	bool described = service->handler == HANDLER_EXEC && !client->proxied;
	const char *list[described ? environment_room(service, NULL) : 1];
	uint16_t ports[service->wait ? s->listeners.n : 1];
	struct refusal why;
	int error;
	pid_t pid;

	why = containment_grant(
	    &s->containment, service, c, CONTAINED_SESSION, &session.grant);
	if (why.reason != REFUSED_NOT)
		return why;
	if (service->stderr_to == STDERR_CLIENT)
		session.stderr_fd = client->fd;
	else if (service->stderr_to == STDERR_LOG)
		session.stderr_fd = c->stats->stderr_write;
	if (described)
		describe_client(&session, list);
	if (service->wait && service->handler == HANDLER_BUILTIN) {
		session.udp_ports = ports;
		session.nudp_ports = collect_udp_ports(s, ports);
	}
	pid = fork_child(s, c, &session);
	error = errno;
	containment_started(&s->containment, &session.grant);
	if (pid == -1) {
		channel_close(s, c);
		return containment_clone_failed(
		    &s->containment, service, c, error);
	}
	session_started(s, service, c, client, pid, now);
	return (struct refusal) { REFUSED_NOT, 0 };
}

/* --- for a relay --- */

/* The buffer of a stream is larger, unless net.core.wmem_default is tiny. */
#define MESSAGE_MAX 16384

/*
 * Whether the message of SERVICE can be put into a stream at once, so that the
 * session needs no process besides its relay.  The daemon's fork, that process
 * and its end would be a sixth of the CPU time.
 */
static bool
is_brief(const struct service *service)
{
	return service->handler == HANDLER_MESSAGE &&
	    strlen(service->message) <= MESSAGE_MAX;
}

/* Make the relay R, whose client is proved, the process of session C. */
static void
become_session(struct server *s, const struct service *service, struct relay *r,
    struct child *c)
{
	r->until = 0; /* no handshake (takeover/state_relays.c) */
	c->stats->accepted++;
	children_proved(&s->children, c, service, r->pid);
	report_start(c, children_identity(&s->children, c),
	    service->log_start ? LOG_INFO : LOG_DEBUG);
}

/* Fork the process of session C, with STREAM as its socket. */
static struct refusal
fork_session(struct server *s, const struct service *service,
    const struct relay *r, struct child *c, int stream,
    const struct tls_session *tls, int64_t now)
{
	const struct client client = { .addr = c->addr,
		.cred = { .uid = c->uid, .gid = r->gid },
		.fd = stream,
		.tls = tls };

	return session_start(s, service, c, &client, now);
}

/* Send the message of SERVICE.  Returns whether STREAM has taken all of it. */
static bool
fill(int stream, const struct service *service)
{
	size_t len = strlen(service->message);

	return send(stream, service->message, len,
		   MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)len;
}

/*
 * Make the stream PAIR.  *FILLED: it holds the message of SERVICE.  Returns 0,
 * or -1 with errno.
 */
static int
open_stream(const struct service *service, int pair[2], bool *filled)
{
	bool brief = is_brief(service);

	for (;;) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) ==
		    -1)
			return -1;
		*filled = brief && fill(pair[0], service);
		if (*filled == brief)
			return 0;
		/* It holds a part of the message: use another one. */
		close(pair[0]);
		close(pair[1]);
		brief = false;
	}
}

struct refusal
session_start_relayed(struct server *s, const struct service *service,
    struct relay *r, struct child *c, const struct tls_session *tls,
    int64_t now)
{
	struct refusal why = { REFUSED_NOT, 0 };
	bool filled;
	int pair[2];

	if (open_stream(service, pair, &filled) == -1)
		return (struct refusal) { REFUSED_FORK, errno };
	if (filled)
		become_session(s, service, r, c);
	else
		why = fork_session(s, service, r, c, pair[0], tls, now);
	if (why.reason == REFUSED_NOT) {
		relays_serving(&s->relays, r);
		/* If the relay has exited, the session reads end of file. */
		message_send_fds(r->channel, RELAY_SESSION, NULL, 0, &pair[1],
		    1, MSG_DONTWAIT);
	}
	close(pair[0]);
	close(pair[1]);
	return why;
}

void
session_ended(const struct child *c, const char *identity,
    const siginfo_t *info, const struct channel_report *report,
    const struct leaf_account *account, int64_t now)
{
	const struct session_use use = { .duration = now - c->started,
		.cpu = account->cpu,
		.bytes_in = c->has_bytes ? (int64_t)c->bytes_in : -1,
		.bytes_out = c->has_bytes ? (int64_t)c->bytes_out : -1 };
	struct outcome outcome;

	if (c->refused)
		return;
	/* A handshake that haild ended, or a health check's. */
	if (c->handshake)
		c->stats->accepted++;
	outcome = report_outcome(c, info, report, account);
	service_stats_ended(c->stats, (enum outcome_kind)outcome.kind, &use);
	report_end(c, identity, info, report, account, now);
}
