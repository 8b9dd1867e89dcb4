/*
 * session.c -- the child of one session.
 */

#include "session/session.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "session/builtin.h"
#include "lib/io.h"
#include "session/preamble.h"
#include "lib/log.h"
#include "commands/monitor.h"
#include "contain/privileges.h"
#include "lib/signals.h"
#include "session/spawn.h"

/* How long a built-in service waits for the client to close: as nginx does. */
#define LINGER (5 * SECOND)

#define CHANNEL 3 /* while a service without a program starts */

/* The client on 0 and 1, and the other one on 2. */
static int
set_stdio(const struct session *s, int stderr_fd)
{
	return dup2(s->fd, STDIN_FILENO) == -1 ||
		dup2(s->fd, STDOUT_FILENO) == -1 ||
		dup2(stderr_fd, STDERR_FILENO) == -1
	    ? -1
	    : 0;
}

int64_t
session_start_deadline(const struct session *s)
{
	return s->service->start_timeout == -1
	    ? -1
	    : s->accepted + s->service->start_timeout;
}

/*
 * The client is late.  What it has not read yet would stay in the kernel, and
 * belong to nobody: a reset throws it away.
 */
static void __attribute__((noreturn)) give_up(const struct timed_io *t)
{
	const struct linger none = { .l_onoff = 1, .l_linger = 0 };

	if (t->late == TIMED_LATE_START)
		_exit(SESSION_START_TIMEOUT);
	setsockopt(t->fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	_exit(SESSION_IDLE_TIMEOUT);
}

/* Serve without a program: no privileges, nothing open but the client. */
static void __attribute__((noreturn)) serve(const struct session *s)
{
	const struct service *service = s->service;
	struct timed_io io = { .fd = STDIN_FILENO,
		.start = session_start_deadline(s),
		.idle = service->idle_timeout };
	struct client client = *s->client;
	struct session self = *s;
	struct addr local;
	char text[ADDR_TEXT_MAX];

	if (set_stdio(s, s->devnull) == -1 || chdir("/") == -1 ||
	    spawn_confine(service) == -1 ||
	    privileges_confine(service->name) == -1)
		_exit(EX_OSERR);
	if (s->channel != 0)
		self.channel = dup2(s->channel, CHANNEL);
	/*
	 * The log too: no more is said.  SIGPIPE is not ignored from here on,
	 * so whoever writes to the client does so with MSG_NOSIGNAL.
	 */
	close_range(s->channel != 0 ? CHANNEL + 1 : CHANNEL, UINT_MAX, 0);
	signals_in_child();
	preamble_pass(&self, &client, &local);
	close_range(CHANNEL, UINT_MAX, 0);
	/* A message is gone before anybody looks. */
	if (service->handler != HANDLER_MESSAGE)
		setproctitle("%s %s", service->name,
		    client_print(
			&client.addr, client.cred.uid, text, sizeof(text)));
	if (service->handler == HANDLER_MESSAGE)
		builtin_message(&io, service->message);
	else if (service->wait)
		builtin_serve_datagrams(
		    builtin_find_datagram(service->builtin), STDIN_FILENO);
	else
		builtin_find(service->builtin)(&io);
	if (io.late != TIMED_IN_TIME)
		give_up(&io);
	if (!service->wait)
		io_close_lingering(STDIN_FILENO, LINGER);
	_exit(EXIT_SUCCESS);
}

/*
 * A process session of one's own; for a message, which is gone in a moment,
 * starts nothing and has no terminal to leave, a process group, by which it is
 * signalled as well.  The kernel makes a group to schedule (sched(7),
 * autogroup) for each process session.
 */
static int
leave_daemon(const struct session *s)
{
	if (s->service->handler == HANDLER_MESSAGE && s->channel == 0 &&
	    !s->terminal)
		return setpgid(0, 0);
	return setsid() == -1 ? -1 : 0;
}

void
session_run(const struct session *s)
{
	/* Signals stay blocked until the handlers are the default ones. */
	if (leave_daemon(s) == -1) {
		log_err("%s: a process session", s->service->name);
		_exit(EX_OSERR);
	}
	if (s->service->handler == HANDLER_COMMANDS)
		monitor_run(s);
	if (s->service->handler != HANDLER_EXEC)
		serve(s);
	if (set_stdio(s, s->stderr_fd) == -1) {
		log_err("%s: dup2", s->service->name);
		_exit(EX_OSERR);
	}
	spawn_program(s);
}
