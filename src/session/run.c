#include "session/session.h"

#include <sys/mman.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "contain/pool.h"
#include "contain/confine.h"
#include "lib/fds.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/process.h"
#include "lib/signals.h"
#include "session/builtin.h"
#include "session/channel.h"
#include "session/datagrams.h"
#include "session/forward.h"
#include "session/monitor_start.h"
#include "session/preamble.h"
#include "session/spawn.h"

/* How long a built-in service waits for the client to close: as nginx does. */
#define LINGER (5 * SECOND)
#define MESSAGE_WAIT SECOND /* without reading, after a message */

/*
 * How long one process answers datagrams, however many come: a reload may have
 * changed what it must know.  The next datagram starts another one.
 */
#define DATAGRAMS_TIME (60 * SECOND)

#define CHANNEL 3 /* while a service without a program starts */

/*
 * The client took too long.  Bytes that it has not read would stay in the
 * kernel, in the memory of no process: a reset discards them.
 */
static void __attribute__((noreturn)) give_up(const struct timed_io *t)
{
	const struct linger none = { .l_onoff = 1, .l_linger = 0 };

	if (t->late == TIMED_LATE_START)
		_exit(SESSION_START_TIMEOUT);
	setsockopt(t->fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	_exit(SESSION_IDLE_TIMEOUT);
}

/*
 * Most clients of a message send nothing and close soon.  For them a filter
 * would cost a tenth of the session, so it is installed only before the first
 * byte of another one is read.  (A failure loses the rest of what it sends.)
 */
static void
close_message(const struct session *s)
{
	munmap(s->arena->base, ARENA_SIZE);
	if (!io_close_unread(STDIN_FILENO, MESSAGE_WAIT) &&
	    confine_serving(STDIN_FILENO, CHANNEL) == 0)
		io_close_lingering(STDIN_FILENO, LINGER - MESSAGE_WAIT);
}

/*
 * Confined, with nothing open but the client and the channel.  SERVICE is a
 * copy if the configuration is unmapped; DATAGRAMS is for UDP, else NULL.
 */
static void __attribute__((noreturn)) serve(const struct session *s,
    const struct service *service, const struct builtin_service *builtin,
    struct timed_io *io, struct datagrams *datagrams)
{
	struct client client = *s->client;
	struct addr local;

	if (s->channel != 0 &&
	    preamble_pass(CHANNEL, service, s->accepted, &client, &local) ==
		PROXY_TCP &&
	    client.proxied && builtin != NULL)
		environment_set_title(service->name, &client);
	close_range(CHANNEL, UINT_MAX, 0);
	if (builtin == NULL)
		builtin_message(io, service->message);
	else if (service->wait)
		datagrams_serve(datagrams, builtin, STDIN_FILENO,
		    s->accepted + DATAGRAMS_TIME);
	else
		builtin_serve(builtin, io);
	if (io->late != TIMED_IN_TIME)
		give_up(io);
	if (!service->wait) {
		if (service == s->service)
			close_message(s);
		else
			io_close_lingering(STDIN_FILENO, LINGER);
	}
	_exit(EXIT_SUCCESS);
}

static void __attribute__((noreturn)) serve_alone(const struct session *s)
{
	const struct service *service = s->service;
	struct timed_io io = { .fd = STDIN_FILENO,
		.start = clock_after(s->accepted, service->start_timeout),
		.idle = service->idle_timeout,
		.health = s->health };
	const struct builtin_service *builtin =
	    service->handler == HANDLER_BUILTIN ? builtin_find(service->builtin)
						: NULL;
	struct datagrams *datagrams = NULL;
	struct service own;
	struct identity identity;

	if (service->wait &&
	    ((datagrams = datagrams_create(s->udp_ports, s->nudp_ports)) ==
		    NULL ||
		datagrams_prepare(datagrams, s->fd) == -1)) {
		log_err("%s: cannot prepare for datagrams", service->name);
		_exit(EX_OSERR);
	}
	if (fds_set_stdio(s->fd, s->fd, s->devnull) == -1 || chdir("/") == -1 ||
	    spawn_confine(service, s->channel != 0, s->empty) == -1)
		_exit(EX_OSERR);
	/* A message is sent before anyone could read the title. */
	if (builtin != NULL)
		environment_set_title(service->name, s->client);
	/* A message that needs no preamble is sent from where it is. */
	if (s->channel != 0 || builtin != NULL) {
		spawn_forget_config(s, &own, &identity);
		service = &own;
	}
	if (s->channel != 0)
		dup2(s->channel, CHANNEL);
	/*
	 * SIGPIPE is not ignored from here on: writes to the client use
	 * MSG_NOSIGNAL.
	 */
	signals_in_child();
	if (service != s->service &&
	    confine_serving(STDIN_FILENO, CHANNEL) == -1) {
		log_err("%s: cannot restrict system calls", service->name);
		_exit(EX_OSERR);
	}
	/* The log is closed too. */
	close_range(s->channel != 0 ? CHANNEL + 1 : CHANNEL, UINT_MAX, 0);
	serve(s, service, builtin, &io, datagrams);
}

/*
 * Lead a process session; for a message, which is sent at once, starts nothing
 * and has no terminal to leave, a process group is enough to signal it, and so
 * for an init process, whose program leads a process session of its own.  The
 * kernel makes a scheduling group (sched(7), autogroup) for each process
 * session.
 */
static int
leave_daemon(const struct session *s)
{
	bool message =
	    s->service->handler == HANDLER_MESSAGE && s->channel == 0;

	if ((message || contain_has_init(s->service)) && !s->terminal)
		return setpgid(0, 0);
	return setsid() == -1 ? -1 : 0;
}

/* --- what contain_run calls --- */

static void
run(void *arg)
{
	const struct session *s = arg;

	if (s->service->handler == HANDLER_COMMANDS)
		monitor_start(s);
	if (s->service->handler == HANDLER_FORWARD)
		forward_serve(s);
	if (s->service->handler != HANDLER_EXEC)
		serve_alone(s);
	spawn_program(s);
}

static void
ended(void *arg, const siginfo_t *how)
{
	const struct session *s = arg;
	bool exited = how->si_code == CLD_EXITED;
	struct outcome outcome = { exited ? OUTCOME_EXIT : OUTCOME_SIGNAL,
		how->si_status };

	channel_report(s->channel, outcome, "");
	_exit(outcome_status(&outcome));
}

static void
failed(void *arg __attribute__((unused)))
{
	_exit(EX_OSERR);
}

void
session_run(struct session *s)
{
	const struct contain_job job = { .run = run,
		.ended = ended,
		.failed = failed,
		.arg = s,
		.keep = s->channel,
		.empty = s->empty,
		.config = s->arena->base,
		.reads_client = s->client->proxied };
	const struct identity *identity;
	static struct pool_identity pool;
	static struct service own;

	/* Signals stay blocked until the handlers are the default ones. */
	if (leave_daemon(s) == -1) {
		log_err(
		    "%s: cannot create a process session", s->service->name);
		_exit(EX_OSERR);
	}
	/* What protects the daemon is not for its clients. */
	if (s->oom_protected && process_oom_unprotect() == -1)
		log_warn("%s: cannot set oom_score_adj", s->service->name);
	if (s->service->handler == HANDLER_EXEC &&
	    fds_set_stdio(s->fd, s->fd, s->stderr_fd) == -1) {
		log_err(
		    "%s: cannot replace descriptors 0 to 2", s->service->name);
		_exit(EX_OSERR);
	}
	identity = s->service->identity;
	if (s->grant.uid != NO_UID) {
		own = *s->service;
		own.identity = identity =
		    pool_identity(&pool, identity, s->grant.uid);
		s->service = &own;
	}
	contain_run(s->service, &s->grant, identity, &job);
}
