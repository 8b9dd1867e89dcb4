#include "session/monitor_start.h"

#include <sys/socket.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "contain/confine.h"
#include "lib/fds.h"
#include "lib/nailgun.h"
#include "lib/signals.h"
#include "session/preamble.h"

const struct message_kind monitor_start_kinds[] = {
	{ MONITOR_START, offsetof(struct monitor_start, tls),
	    sizeof(struct monitor_start), 0 },
	{ SPEAKER_SETUP, sizeof(struct speaker_setup),
	    sizeof(struct speaker_setup), 0 },
	{ 0, 0, 0, 0 },
};

int
monitor_start_confine(
    const char *service, uid_t uid, gid_t gid, int root, pid_t parent)
{
	const struct identity identity = { .name = "the command reader",
		.uid = uid,
		.gid = gid,
		.groups = &gid,
		.ngroups = 1 };
	const struct confinement confinement = { .name = service,
		.identity = &identity,
		.root = root != -1 ? root : CONFINE_NO_FILES,
		.must = true,
		.limits = true,
		.parent = parent };

	return confine(&confinement);
}

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

/* Signals of the process group are for the monitor. */
static void
set_speaker_signals(void)
{
	static const int ignored[] = { SIGPIPE, SIGTERM, SIGHUP, SIGINT };
	size_t i;

	signals_in_child();
	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
}

/*
 * Returns the speaker's pid, or -1 with errno.  By vfork(2): a copy of this
 * process's memory would be made for an instant only.  The child changes its
 * own descriptors and signals, and no memory that is used here later.
 */
static pid_t
execute_speaker(const struct session *s, const int *fds)
{
	static char name[] = "haild", role[] = "speaker", parent[16];
	static char service[SERVICE_NAME_MAX + 1];
	static char *none[] = { NULL };
	char *const argv[] = { name, role, service, parent, NULL };
	char **own = environ;
	pid_t pid;

	strlcpy(service, s->service->name, sizeof(service));
	snprintf(parent, sizeof(parent), "%ld", (long)getpid());
	environ = none; /* haild's may hold secrets */
	/* NOLINTBEGIN(clang-analyzer-*) */
	if ((pid = vfork()) == 0) {
		set_speaker_signals();
		fds_execute(
		    s->commands, argv, fds, SPEAKER_END - SPEAKER_CLIENT);
		_exit(EX_OSERR); /* the monitor logs that it has ended */
	}
	/* NOLINTEND(clang-analyzer-*) */
	environ = own;
	return pid;
}

/* Whether client and service speak the extended protocol; TLS may be NULL. */
static bool
is_extended(const struct tls_session *tls)
{
	return tls != NULL &&
	    strcmp(tls->texts[TLS_ALPN_NAME], NAILGUN_ALPN) == 0;
}

static pid_t
start_speaker(const struct session *s, const struct pipes *p)
{
	int fds[SPEAKER_END - SPEAKER_CLIENT] = { s->fd, p->peer[1], p->in[1],
		p->out[0], p->err[0] };
	struct speaker_setup setup = { .uid = s->config->speaker.uid,
		.gid = s->config->speaker.gid,
		.has_root = s->empty != -1,
		.proxied = s->client->proxied,
		.extended = is_extended(s->client->tls),
		.deadline =
		    preamble_deadline(s->accepted, s->service->start_timeout) };

	fds[SPEAKER_ROOT - SPEAKER_CLIENT] =
	    s->empty != -1 ? s->empty : s->devnull;
	log_place(&setup.log, &fds[SPEAKER_LOG - SPEAKER_CLIENT], SPEAKER_LOG,
	    s->devnull);
	if (message_send(p->peer[0], SPEAKER_SETUP, &setup, sizeof(setup),
		MSG_DONTWAIT) == -1)
		return -1;
	return execute_speaker(s, fds);
}

static void
execute_monitor(const struct session *s, const struct pipes *p, pid_t speaker)
{
	int fds[MONITOR_END - MONITOR_CLIENT] = { s->fd, s->channel,
		s->arena->fd, p->peer[0], p->in[0], p->out[1], p->err[1] };
	struct monitor_start start;
	char client[ADDR_TEXT_MAX], name[] = "haild", role[] = "monitor";
	/* What follows the role is room for the process title. */
	char *const argv[] = { name, role, start.name, client, NULL };
	size_t size = offsetof(struct monitor_start, tls);
	int program;

	memset(&start, 0, size);
	log_place(&start.log, &fds[MONITOR_LOG - MONITOR_CLIENT], MONITOR_LOG,
	    s->devnull);
	start.speaker = speaker;
	start.service = (uint32_t)(s->service - s->config->services);
	start.slot = s->arena->slot;
	strlcpy(start.name, s->service->name, sizeof(start.name));
	start.client = *s->client;
	start.accepted = s->accepted;
	start.start_timeout = s->service->start_timeout;
	if (s->client->tls != NULL) {
		start.tls = *s->client->tls;
		size = sizeof(start);
	}
	client_print(
	    &s->client->addr, s->client->cred.uid, client, sizeof(client));
	/*
	 * Into this process's copy of the daemon's end: so it is on the
	 * monitor's before any message that the daemon sends.
	 */
	if (message_send(
		s->daemon_end, MONITOR_START, &start, size, MSG_DONTWAIT) == -1)
		return;
	program = fds_arrange(s->commands, fds, MONITOR_END - MONITOR_CLIENT);
	if (program == -1)
		return;
	log_set(&start.log); /* for the caller, if it fails */
	execveat(program, "", argv, environ, AT_EMPTY_PATH);
}

void
monitor_start(const struct session *s)
{
	int keep[] = { s->fd, s->channel, s->daemon_end, s->arena->fd,
		s->commands, s->empty, s->devnull };
	struct pipes p;
	pid_t speaker = -1;

	/* A daemon that has nearly all it may have leaves room for these. */
	fds_close_others(keep, sizeof(keep) / sizeof(keep[0]));
	if (fds_set_stdio(s->devnull, s->devnull, s->devnull) == 0 &&
	    open_pipes(&p) == 0)
		speaker = start_speaker(s, &p);
	if (speaker != -1)
		execute_monitor(s, &p, speaker);
	log_err("%s: cannot execute haild-commands", s->service->name);
	_exit(EX_OSERR);
}
