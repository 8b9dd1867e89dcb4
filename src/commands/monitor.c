#include "commands/monitor.h"

#include <sys/signalfd.h>
#include <sys/wait.h>

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "commands/match.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/process.h"
#include "session/channel.h"
#include "session/monitor_start.h"

/* --- the program --- */

static void
start_program(struct monitor *m)
{
	const uint32_t takes_stdin =
	    m->command != NULL && m->command->takes_stdin;
	const struct program_start start = {
		.service = m->service,
		.command = m->command,
		.client = &m->client,
		.local = &m->local,
		.request = &m->request,
		.stdio = { takes_stdin ? m->fds[0] : m->devnull, m->fds[1],
		    m->fds[2] },
		.grant = m->grant,
		.config = m->config,
	};
	int i, error;

	if (program_start(&m->program, &start) == -1) {
		error = errno;
		monitor_end(m, (struct outcome) { OUTCOME_START, error },
		    "%s: cannot start: %s", m->request.name, strerror(error));
		return;
	}
	m->deadline =
	    clock_sooner(clock_after(m->accepted, m->service->session_timeout),
		clock_after(clock_now(),
		    m->command != NULL ? m->command->session_timeout : -1));
	for (i = 0; i < 3; i++)
		close(m->fds[i]);
	/* An error is found at the next message_receive. */
	message_send(
	    m->peer, EXCHANGE_RUNNING, &takes_stdin, sizeof(takes_stdin), 0);
}

/* The program was never executed: tell the client why. */
static void
send_failure(struct monitor *m, struct outcome why)
{
	const char *name = m->request.name;
	const char *error =
	    why.number == 0 ? "see haild's log" : strerror(why.number);

	if (why.kind == OUTCOME_EXECUTE)
		monitor_end(m, why, "%s: cannot execute: %s", name, error);
	else if (why.kind == OUTCOME_SLOW_PATTERN)
		monitor_end(
		    m, why, "%s: checking the request took too long", name);
	else if (why.kind == OUTCOME_ARGUMENT && m->command != NULL &&
	    m->command->arg_match != NULL)
		monitor_end(m, why, "%s: argument %d does not match ^(%s)$",
		    name, (int)why.number,
		    match_pattern(m->command, (size_t)why.number));
	else
		monitor_end(m, why, "%s: cannot start: %s", name, error);
}

/* Tell the client how the program ended. */
static void
send_end(struct monitor *m, siginfo_t *info)
{
	const char *name = m->request.name;
	struct outcome why;
	bool failed = program_failed(&m->program, &why, info);
	int n = info->si_status;

	if (failed)
		send_failure(m, why);
	else if (monitor_send_cause(m, m->cause) || monitor_send_limit(m, info))
		return;
	else if (info->si_code == CLD_EXITED)
		monitor_end(m, (struct outcome) { OUTCOME_EXIT, n }, "%s", "");
	else
		monitor_end(m, (struct outcome) { OUTCOME_SIGNAL, n },
		    "%s: ended by signal %d (%s)", name, n, strsignal(n));
}

static void
program_exited(struct monitor *m, siginfo_t *info)
{
	const struct service *s = m->command != NULL ? m->command : m->service;

	/* The zombie still holds the process group. */
	if (s->leftovers == LEFTOVERS_KILL)
		program_sweep(&m->program, m->speaker);
	waitpid(m->program.pid, NULL, WNOHANG);
	m->program.pid = 0;
	send_end(m, info);
}

static void
reap(struct monitor *m)
{
	siginfo_t info;

	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) ==
			-1 ||
		    info.si_pid == 0)
			return;
		if (info.si_pid == m->program.pid) {
			program_exited(m, &info);
			continue;
		}
		waitpid(info.si_pid, NULL, WNOHANG);
		if (info.si_pid != m->speaker)
			continue;
		m->speaker = 0;
		m->speaker_end = info;
		/* What it sent before comes first; DONE is the last of it. */
		while (!m->closed)
			monitor_receive(m);
	}
}

/* The program has exited: unless it is traced, its end is in reap. */
static void
expect_program(struct monitor *m)
{
	reap(m);
	if (m->program.pid == 0)
		return;
	close(m->program.exited);
	m->program.exited = -1;
	m->step = END_STEPS;
	m->deadline = clock_now() + REAP_GRACE;
}

/* --- messages of the speaker; false: the content is invalid --- */

/* The request is complete: run it, if that is allowed. */
static void
take_request(struct monitor *m)
{
	char why[REQUEST_WHY_MAX];
	struct outcome outcome;
	bool allowed;

	if (request_parse(&m->request, m->record, m->size) == -1) {
		m->request.args = NULL;
		monitor_drop_speaker(m, "sent an invalid request");
		return;
	}
	if (m->ended)
		return; /* too late */
	allowed = request_check(
	    m->service, &m->client, &m->request, &m->command, &outcome, why);
	if (!allowed)
		monitor_end(m, outcome, "%s", why);
	else if (m->command != NULL)
		allowed = monitor_reserve_command(m);
	/* It was open for its addresses and the busy-message. */
	if (m->client_fd != -1)
		close(m->client_fd);
	m->client_fd = -1;
	if (allowed)
		start_program(m);
	/* The start is over for a refused client, too. */
	channel_ready(m->channel, m->command != NULL ? m->program.pid : 0);
}

static bool
take_size(struct monitor *m, uint32_t size)
{
	if (size < sizeof(struct request_header) ||
	    size > sizeof(struct request_header) + REQUEST_BYTES_MAX)
		return false;
	m->size = size;
	return (m->record = malloc(size)) != NULL;
}

static void
take_gone(struct monitor *m)
{
	m->gone = true;
	if (m->program.pid <= 0)
		monitor_end(
		    m, OUTCOME(OUTCOME_DISCONNECT), "the client disconnected");
	else if (m->command == NULL ||
	    m->command->on_disconnect == DISCONNECT_KILL)
		monitor_end_program(m, OUTCOME_DISCONNECT);
}

static void
take_invalid(struct monitor *m, const struct exchange_invalid *invalid)
{
	int len = (int)strnlen(invalid->error, sizeof(invalid->error));

	m->invalid = true;
	if (m->ended)
		return;
	m->counts.in = invalid->counts.in;
	if (m->request.args != NULL) /* else the session's line has it */
		log_info("%s: pid %ld: protocol error: %.*s", m->service->name,
		    (long)getpid(), len, invalid->error);
	monitor_end(m, OUTCOME(OUTCOME_PROTOCOL), "protocol error: %.*s", len,
	    invalid->error);
	monitor_end_program(m, OUTCOME_PROTOCOL);
}

/* What the speaker may send now. */
static uint32_t
expected(const struct monitor *m)
{
	uint32_t types = 0;

	if (m->header)
		return MESSAGE_BIT(EXCHANGE_HEADER) |
		    MESSAGE_BIT(EXCHANGE_FAULT);
	if (m->record != NULL && m->have < m->size)
		return MESSAGE_BIT(EXCHANGE_PART);
	if (m->record == NULL)
		types |= MESSAGE_BIT(EXCHANGE_REQUEST);
	if (!m->gone) /* once, or the speaker could keep this process busy */
		types |= MESSAGE_BIT(EXCHANGE_GONE);
	if (!m->invalid)
		types |= MESSAGE_BIT(EXCHANGE_INVALID);
	if (m->ended)
		types |= MESSAGE_BIT(EXCHANGE_DONE);
	return types;
}

union payload {
	uint32_t number;
	struct proxy header;
	struct exchange_invalid invalid;
	struct exchange_counts counts;
};

static bool
take(struct monitor *m, uint32_t type, const union payload *p)
{
	switch (type) {
	case EXCHANGE_HEADER:
		return monitor_take_header(m, &p->header);
	case EXCHANGE_FAULT:
		return monitor_take_fault(m, p->number);
	case EXCHANGE_REQUEST:
		return take_size(m, p->number);
	case EXCHANGE_GONE:
		take_gone(m);
		return true;
	case EXCHANGE_INVALID:
		take_invalid(m, &p->invalid);
		return true;
	default: /* EXCHANGE_DONE */
		m->counts = p->counts;
		m->closed = true;
		return true;
	}
}

void
monitor_receive(struct monitor *m)
{
	uint32_t types = expected(m);
	bool part = types == MESSAGE_BIT(EXCHANGE_PART);
	union payload p;
	struct message message;
	enum message_result result;

	result = message_receive(m->peer, exchange_kinds, types, &message,
	    part ? (void *)(m->record + m->have) : &p,
	    part ? m->size - m->have : sizeof(p), MSG_DONTWAIT);
	if (result == MESSAGE_NONE && m->speaker > 0)
		return;
	if (result == MESSAGE_END && m->ended)
		m->closed = true;
	else if (result == MESSAGE_END || result == MESSAGE_NONE)
		monitor_lose_speaker(m);
	else if (result == MESSAGE_BAD || (!part && !take(m, message.type, &p)))
		monitor_drop_speaker(m, "sent an invalid message");
	else if (part && (m->have += message.length) == m->size)
		take_request(m);
}

/* --- signals and time --- */

static void
take_signal(struct monitor *m)
{
	struct signalfd_siginfo info;
	enum outcome_kind cause;

	if (read(m->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo == SIGCHLD) {
		reap(m);
		return;
	}
	/* The reason comes before a signal that haild sends. */
	if (m->ending == OUTCOME_NONE)
		m->ending = channel_ending(m->channel);
	cause = monitor_is_cause(m->ending) ? (enum outcome_kind)m->ending
					    : OUTCOME_STOP;
	if (m->program.pid > 0)
		monitor_end_program(m, cause);
	else if (m->header)
		monitor_exit(m, EX_TEMPFAIL);
	else if (m->ended)
		monitor_leave(m); /* the client does not read the rest */
	else
		monitor_send_cause(m, cause);
}

static void
take_deadline(struct monitor *m)
{
	m->deadline = -1;
	if (m->header) /* the speaker should have sent a fault */
		monitor_drop_speaker(m, "sent no header in time");
	else if (m->program.pid > 0 && m->step == END_STEPS)
		monitor_give_up_program(m);
	else if (m->program.pid <= 0)
		monitor_end(m, OUTCOME(OUTCOME_START_TIMEOUT),
		    "no command received in time");
	else if (m->cause == OUTCOME_NONE)
		monitor_end_program(m, OUTCOME_TIMEOUT);
	else
		monitor_next_step(m);
}

void
monitor_run(void)
{
	struct monitor m = { .client_fd = MONITOR_CLIENT,
		.channel = MONITOR_CHANNEL,
		.peer = MONITOR_SPEAKER,
		.fds = { MONITOR_IN, MONITOR_OUT, MONITOR_ERR } };
	struct pollfd fds[3];

	monitor_begin(&m);
	while (!m.ended || m.program.pid > 0 || m.speaker > 0) {
		fds[0] = (struct pollfd) { .fd = m.signals, .events = POLLIN };
		fds[1] = (struct pollfd) { .fd = m.closed ? -1 : m.peer,
			.events = POLLIN };
		fds[2] =
		    (struct pollfd) { .fd = m.program.pid > 0 ? m.program.exited
							      : -1,
			    .events = POLLIN };
		if (io_poll(fds, 3, m.deadline) == 0)
			take_deadline(&m);
		/* What the speaker sent before it ended comes first. */
		if (fds[1].revents != 0)
			monitor_receive(&m);
		else if (fds[0].revents != 0)
			take_signal(&m);
		else if (fds[2].revents != 0)
			expect_program(&m);
	}
	monitor_leave(&m);
}
