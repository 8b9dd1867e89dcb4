#include "commands/monitor.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/signalfd.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "contain/privileges.h"
#include "lib/fds.h"
#include "lib/io.h"
#include "lib/log.h"
#include "session/channel.h"
#include "session/environment.h"
#include "session/monitor_start.h"
#include "session/preamble.h"

/* --- privileges --- */

static bool
is_same(const struct identity *a, const struct identity *b)
{
	return a == b ||
	    (a != NULL && b != NULL && a->uid == b->uid && a->gid == b->gid &&
		a->ngroups == b->ngroups &&
		memcmp(a->groups, b->groups, a->ngroups * sizeof(*a->groups)) ==
		    0);
}

/* Whether C can only be started with root's privileges. */
static bool
needs_root(const struct service *service, const struct service *c)
{
	struct rlimit own;
	int i;

	if (!is_same(c->identity, service->identity) || c->chroot != NULL ||
	    c->nice < 0 || contain_needs_root(c))
		return true;
	for (i = 0; i < (int)RLIM_NLIMITS; i++)
		if (c->limits[i].set &&
		    (getrlimit((__rlimit_resource_t)i, &own) == -1 ||
			c->limits[i].hard > own.rlim_max))
			return true;
	return false;
}

/* Give up root, unless a command needs it. */
static int
give_up(const struct service *service)
{
	const struct service *c;

	for (c = service->commands; c->name != NULL; c++)
		if (needs_root(service, c))
			return 0;
	if (privileges_become(service->identity, service->name) == -1)
		return -1;
	/* Not NO_NEW_PRIVS, which is the programs' own setting. */
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* --- the beginning --- */

/* The daemon's configuration, at the same address as there. */
static const struct service *
map_service(const struct monitor_start *start, void **base)
{
	struct arena arena = { .fd = MONITOR_CONFIG, .slot = start->slot };
	const struct config *config;

	if (arena_map(&arena) == NULL)
		log_err("%s: cannot map the configuration", start->name);
	else if ((config = config_check(&arena)) == NULL ||
	    start->service >= config->nservices)
		log_errx("%s: haild-commands is of another build than haild",
		    start->name);
	else {
		*base = arena.base;
		return &config->services[start->service];
	}
	return NULL;
}

static int
open_signals(void)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGHUP);
	sigaddset(&mask, SIGINT);
	if (sigprocmask(SIG_BLOCK, &mask, NULL) == -1)
		return -1;
	return signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
}

void
monitor_begin(struct monitor *m)
{
	struct monitor_start start;
	struct message message;

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 ||
	    message_receive(m->channel, monitor_start_kinds,
		MESSAGE_BIT(MONITOR_START), &message, &start, sizeof(start),
		MSG_DONTWAIT) != MESSAGE_OK)
		_exit(EX_PROTOCOL);
	log_set(&start.log);
	m->speaker = start.speaker;
	m->client = start.client;
	m->client.tls = message.length == sizeof(start) ? &m->tls : NULL;
	if (m->client.tls != NULL)
		m->tls = start.tls;
	m->accepted = start.accepted;
	m->header = start.client.proxied;
	/* The speaker reports a header that is late itself. */
	m->deadline = m->header
	    ? preamble_deadline(start.accepted, start.start_timeout) + SECOND
	    : clock_after(start.accepted, start.start_timeout);
	/* A program's /dev/null is not to be that of all sessions. */
	if ((m->signals = open_signals()) == -1 ||
	    (m->devnull = fds_reopen(STDIN_FILENO, O_RDONLY)) == -1 ||
	    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1) {
		log_err("%s: cannot start the session", start.name);
		monitor_exit(m, EX_OSERR);
	}
	m->grant = NO_GRANT;
	if ((m->service = map_service(&start, &m->config)) == NULL ||
	    give_up(m->service) == -1)
		monitor_exit(m, EX_OSERR);
	close(MONITOR_CONFIG);
	if (m->client.tls == NULL)
		environment_local(MONITOR_CLIENT, &m->local, start.name);
	else
		m->local = m->tls.local;
	environment_set_title(m->service->name, &m->client);
}

/* --- a command --- */

bool
monitor_reserve_command(struct monitor *m)
{
	const struct service *c = m->command;
	enum channel_answer answer = channel_command(m->channel, c->name,
	    clock_now() + 5 * SECOND, &m->grant, &m->ending);

	if (answer == CHANNEL_ADMITTED) {
		cgroup_events_read(m->grant.leaf, &m->events);
		return true;
	}
	if (answer == CHANNEL_BUSY)
		monitor_end(m,
		    (struct outcome) {
			OUTCOME_LIMIT, (int32_t)c->max_sessions },
		    "%s: limit of %" PRId64 " sessions reached", c->name,
		    c->max_sessions);
	else if (answer == CHANNEL_REFUSED)
		monitor_end(m, OUTCOME(OUTCOME_NO_GRANT),
		    "%s: no user ID or cgroup is free", c->name);
	else
		monitor_end(m, OUTCOME(OUTCOME_DAEMON),
		    "%s: no answer from haild", c->name);
	return false;
}

/* --- behind a proxy --- */

static void __attribute__((noreturn)) refuse_busy(struct monitor *m)
{
	send(m->client_fd, m->service->busy, m->service->busy_len,
	    MSG_DONTWAIT | MSG_NOSIGNAL);
	message_send(m->peer, EXCHANGE_REFUSED, NULL, 0, 0);
	close(m->client_fd);
	/* The speaker gives the client time to read it. */
	io_wait(m->peer, POLLIN, clock_now() + PREAMBLE_BUSY_TIME + SECOND);
	monitor_exit(m, EX_NOPERM);
}

bool
monitor_take_header(struct monitor *m, const struct proxy *h)
{
	const struct addr *client = &m->client.addr;

	if (h->kind == PROXY_TCP &&
	    (!addr_copy_inet(&m->client.addr, &h->client) ||
		!addr_copy_inet(&m->local, &h->server)))
		return false;
	if (h->kind > PROXY_LOCAL)
		return false;
	if (h->kind == PROXY_LOCAL)
		client = NULL;
	switch (channel_announce(m->channel, client, m->deadline)) {
	case CHANNEL_ADMITTED:
		break;
	case CHANNEL_BUSY:
		refuse_busy(m);
	case CHANNEL_REFUSED:
		monitor_exit(m, EX_NOPERM);
	case CHANNEL_NO_ANSWER:
		monitor_exit(m, EX_TEMPFAIL);
	}
	m->header = false;
	m->deadline = clock_after(m->accepted, m->service->start_timeout);
	environment_set_title(m->service->name, &m->client);
	message_send(m->peer, EXCHANGE_ADMITTED, NULL, 0, 0);
	return true;
}

bool
monitor_take_fault(struct monitor *m, uint32_t fault)
{
	if (fault == PROXY_FINE || fault >= PROXY_NFAULTS)
		return false;
	channel_fault(m->channel, (enum proxy_fault)fault);
	monitor_exit(m, EX_PROTOCOL);
}
