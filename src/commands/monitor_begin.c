/*
 * monitor_begin.c -- the role "monitor" of haild-commands, from its start.
 */

#include "commands/monitor_begin.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "commands/monitor.h"
#include "commands/monitor_end.h"
#include "commands/monitor_header.h"
#include "contain/privileges.h"
#include "lib/io.h"
#include "lib/log.h"
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
	    c->nice < 0)
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
map_service(const struct monitor_start *start)
{
	struct arena arena = { .fd = MONITOR_CONFIG, .slot = start->slot };
	const struct config *config;

	if (arena_map(&arena) == NULL)
		log_err("%s: cannot map the configuration", start->name);
	else if ((config = config_check(&arena)) == NULL ||
	    start->service >= config->nservices)
		log_errx("%s: haild-commands is of another build than haild",
		    start->name);
	else
		return &config->services[start->service];
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

static int
begin(struct monitor *m, const struct monitor_start *start)
{
	if ((m->signals = open_signals()) == -1 ||
	    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1) {
		log_err("%s: cannot start the session", start->name);
		return -1;
	}
	if ((m->service = map_service(start)) == NULL ||
	    give_up(m->service) == -1)
		return -1;
	close(MONITOR_CONFIG);
	environment_local(MONITOR_CLIENT, &m->local, start->name);
	monitor_set_title(m);
	return 0;
}

void
monitor_run(void)
{
	struct monitor_start start;
	struct message message;
	struct monitor m = { .client_fd = MONITOR_CLIENT,
		.channel = MONITOR_CHANNEL,
		.peer = MONITOR_SPEAKER,
		.fds = { MONITOR_IN, MONITOR_OUT, MONITOR_ERR },
		.devnull = STDIN_FILENO };

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 ||
	    message_receive(MONITOR_CHANNEL, monitor_start_kinds,
		MESSAGE_BIT(MONITOR_START), &message, &start, sizeof(start),
		MSG_DONTWAIT) != MESSAGE_OK)
		_exit(EX_PROTOCOL);
	log_set(&start.log);
	m.speaker = start.speaker;
	m.client = start.client;
	m.accepted = start.accepted;
	m.header = start.client.proxied;
	/* The speaker reports a header that is late itself. */
	m.deadline = m.header
	    ? preamble_deadline(start.accepted, start.start_timeout) + SECOND
	    : clock_after(start.accepted, start.start_timeout);
	if (begin(&m, &start) == -1)
		monitor_exit(&m, EX_OSERR);
	monitor_serve(&m);
	monitor_leave(&m);
}
