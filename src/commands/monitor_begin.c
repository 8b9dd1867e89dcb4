/*
 * monitor_begin.c -- the role "monitor" of haild-commands, from its start.
 *
 * The speaker is started first: its own start, in parallel, is most of what a
 * client waits for.
 */

#include "commands/monitor_begin.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "commands/monitor.h"
#include "commands/monitor_end.h"
#include "commands/monitor_header.h"
#include "commands/speaker.h"
#include "contain/privileges.h"
#include "lib/fds.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/signals.h"
#include "session/environment.h"
#include "session/monitor_start.h"
#include "session/preamble.h"

/* --- the speaker --- */

struct pipes {
	int in[2], out[2], err[2], peer[2];
};

static int
open_pipes(struct pipes *p)
{
	return pipe2(p->in, O_CLOEXEC) == -1 ||
		pipe2(p->out, O_CLOEXEC) == -1 ||
		pipe2(p->err, O_CLOEXEC) == -1 ||
		socketpair(
		    AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p->peer) == -1
	    ? -1
	    : 0;
}

static void __attribute__((noreturn)) execute_speaker(
    const struct monitor_start *start, const struct pipes *p, pid_t monitor)
{
	/* These are for the monitor, and for all of its process group. */
	static const int ignored[] = { SIGPIPE, SIGTERM, SIGHUP, SIGINT };
	const int fds[SPEAKER_END - SPEAKER_CLIENT] = { MONITOR_CLIENT,
		p->peer[1], p->in[1], p->out[0], p->err[0], MONITOR_LOG,
		MONITOR_LOG_ERROR, MONITOR_ROOT };
	char name[] = "haild", role[] = "speaker", parent[16];
	char service[SERVICE_NAME_MAX + 1];
	char *const argv[] = { name, role, service, parent, NULL };
	static char *no_environment[] = { NULL };
	size_t i;

	strlcpy(service, start->name, sizeof(service));
	snprintf(parent, sizeof(parent), "%ld", (long)monitor);
	signals_in_child();
	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	/* That of haild may hold secrets. */
	environ = no_environment;
	fds_execute(MONITOR_PROGRAM, argv, fds, SPEAKER_END - SPEAKER_CLIENT);
	_exit(EX_OSERR); /* the monitor logs that it has ended */
}

static int
start_speaker(struct monitor *m, const struct monitor_start *start)
{
	struct exchange_setup setup = { .uid = start->uid,
		.gid = start->gid,
		.has_root = start->has_root,
		.proxied = start->client.proxied,
		.deadline =
		    preamble_deadline(start->accepted, start->start_timeout),
		.log = start->log };
	struct pipes p;
	pid_t self = getpid();

	if (setup.log.fds[0] != -1)
		setup.log.fds[0] = SPEAKER_LOG;
	if (setup.log.fds[1] != -1)
		setup.log.fds[1] = SPEAKER_LOG_ERROR;
	if (open_pipes(&p) == -1 || (m->speaker = fork()) == -1)
		return -1;
	if (m->speaker == 0)
		execute_speaker(start, &p, self);
	close(p.in[1]);
	close(p.out[0]);
	close(p.err[0]);
	close(p.peer[1]);
	m->fds[0] = p.in[0];
	m->fds[1] = p.out[1];
	m->fds[2] = p.err[1];
	m->peer = p.peer[0];
	return message_send(m->peer, EXCHANGE_SETUP, &setup, sizeof(setup), 0);
}

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
		log_errx("%s: haild-commands is not of this haild's version",
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
	if (start_speaker(m, start) == -1 ||
	    (m->signals = open_signals()) == -1 ||
	    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1) {
		log_err("%s: cannot start the session", start->name);
		return -1;
	}
	if ((m->service = map_service(start)) == NULL ||
	    give_up(m->service) == -1)
		return -1;
	close(MONITOR_CONFIG);
	close(MONITOR_PROGRAM);
	close(MONITOR_ROOT);
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
		.devnull = STDIN_FILENO };

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 ||
	    message_receive(MONITOR_CHANNEL, monitor_start_kinds,
		MESSAGE_BIT(MONITOR_START), &message, &start, sizeof(start),
		MSG_DONTWAIT) != MESSAGE_OK)
		_exit(EX_PROTOCOL);
	log_set(&start.log);
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
