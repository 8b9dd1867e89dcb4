#include "commands/monitor.h"

#include <sys/pidfd.h>
#include <sys/wait.h>

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/log.h"
#include "lib/process.h"
#include "session/channel.h"

/* "user nagios in 0 out 123 command disk 80% 90%" */
static void
report(const struct monitor *m)
{
	const struct service *s = m->command != NULL ? m->command : m->service;
	const struct service *named;
	char words[REPORT_MAX], text[REPORT_MAX + 128];

	if (m->request.args == NULL) {
		snprintf(text, sizeof(text), "no command%s%s",
		    m->text[0] == '\0' ? "" : ": ", m->text);
	} else {
		/* Masked for a client that may not run it, too. */
		named = config_command(m->service, m->request.name);
		snprintf(text, sizeof(text),
		    "user %s in %" PRIu64 " out %" PRIu64 " command %s",
		    s->identity != NULL ? s->identity->name : "-", m->counts.in,
		    m->counts.out,
		    request_print(named, &m->request, words, sizeof(words)));
	}
	channel_report(m->channel, m->outcome, text);
}

void
monitor_exit(struct monitor *m, int status)
{
	if (m->speaker > 0)
		kill(m->speaker, SIGKILL);
	if (m->program.pid > 0) {
		kill(-m->program.pid, SIGKILL);
		kill(m->program.pid, SIGKILL);
	}
	_exit(status);
}

void
monitor_leave(struct monitor *m)
{
	report(m);
	monitor_exit(m, outcome_status(&m->outcome));
}

void
monitor_end(struct monitor *m, struct outcome outcome, const char *fmt, ...)
{
	struct exchange_end end;
	va_list ap;

	if (m->ended)
		return;
	m->ended = true;
	m->outcome = outcome;
	m->deadline = -1;
	va_start(ap, fmt);
	vsnprintf(m->text, sizeof(m->text), fmt, ap);
	va_end(ap);
	memset(&end, 0, sizeof(end));
	end.status = outcome_status(&outcome);
	if (m->text[0] != '\0')
		snprintf(end.text, sizeof(end.text), "haild: %s\n", m->text);
	outcome_write(&outcome, end.verdict);
	if (!m->closed &&
	    message_send(m->peer, EXCHANGE_END, &end, sizeof(end), 0) == -1)
		m->closed = true;
	/* Only the speaker's copies keep the pipes open now. */
}

void
monitor_next_step(struct monitor *m)
{
	bool more;

	m->deadline = -1;
	if (m->program.pid <= 0)
		return;
	more = process_end_step(m->program.pid, &m->step);
	m->deadline = clock_now() + (more ? m->grace : REAP_GRACE);
}

void
monitor_end_program(struct monitor *m, enum outcome_kind cause)
{
	if (m->program.pid <= 0 || m->cause != OUTCOME_NONE)
		return;
	m->cause = cause;
	m->step = cause == OUTCOME_DISCONNECT || cause == OUTCOME_TRUNCATED
	    ? END_AT_HUP
	    : END_AT_TERM;
	m->grace = m->command != NULL ? m->command->kill_grace : 0;
	/*
	 * The daemon will kill this process when its own grace is over: that
	 * must not be before the program was killed and END was sent.
	 */
	if (cause != OUTCOME_DISCONNECT)
		m->grace -= m->grace / 8;
	monitor_next_step(m);
}

/* What the client reads about each; NULL: it is not a cause; "": nothing. */
static const char *const causes[NOUTCOMES] = {
	[OUTCOME_TIMEOUT] = "ended: timeout",
	[OUTCOME_START_TIMEOUT] = "ended: start timeout",
	[OUTCOME_STOP] = "ended: haild is stopping",
	[OUTCOME_ADMIN] = "ended by the administrator",
	[OUTCOME_TRUNCATED] = "ended: the connection was truncated",
	[OUTCOME_INVALID] = "ended: invalid internal message",
	[OUTCOME_DISCONNECT] = "",
};

bool
monitor_is_cause(uint32_t kind)
{
	return kind < NOUTCOMES && causes[kind] != NULL;
}

bool
monitor_send_cause(struct monitor *m, enum outcome_kind cause)
{
	const char *words = causes[cause];

	if (words == NULL)
		return m->ended;
	if (*words == '\0' || m->request.args == NULL)
		monitor_end(m, OUTCOME(cause), "%s", words);
	else
		monitor_end(
		    m, OUTCOME(cause), "%s: %s", m->request.name, words);
	return true;
}

bool
monitor_send_limit(struct monitor *m, const siginfo_t *info)
{
	bool failed = info->si_code != CLD_EXITED || info->si_status != 0;
	struct cgroup_events now;
	const char *name = m->request.name;

	cgroup_events_read(m->grant.leaf, &now);
	if (now.killed > m->events.killed &&
	    now.short_of_memory > m->events.short_of_memory)
		monitor_end(m, OUTCOME(OUTCOME_MEMORY),
		    "%s: killed at its memory limit", name);
	else if (failed && now.denied > m->events.denied)
		monitor_end(m, OUTCOME(OUTCOME_TASKS),
		    "%s: reached its limit of processes", name);
	return m->ended;
}

void
monitor_give_up_program(struct monitor *m)
{
	const struct service *s = m->command != NULL ? m->command : m->service;
	char text[64];

	process_describe(m->program.pid, text, sizeof(text));
	log_warnx("%s: pid %ld: the program, pid %ld, cannot be reaped: %s",
	    m->service->name, (long)getpid(), (long)m->program.pid, text);
	if (s->leftovers == LEFTOVERS_KILL)
		program_sweep(&m->program, m->speaker);
	program_give_up(&m->program);
	if (!monitor_send_cause(m, m->cause))
		monitor_end(m, OUTCOME(OUTCOME_UNREAPABLE),
		    "%s: cannot be reaped", m->request.name);
}

void
monitor_drop_speaker(struct monitor *m, const char *reason)
{
	log_warnx("%s: pid %ld: session ended: the speaker %s",
	    m->service->name, (long)getpid(), reason);
	if (m->speaker > 0)
		kill(m->speaker, SIGKILL);
	m->closed = true;
	m->outcome = OUTCOME(OUTCOME_SPEAKER);
	snprintf(m->text, sizeof(m->text), "the speaker %s", reason);
	m->ended = true;
	m->deadline = -1;
	if (m->program.pid <= 0)
		return;
	m->cause = OUTCOME_SPEAKER;
	m->step = END_STEPS - 1;
	monitor_next_step(m);
}

void
monitor_lose_speaker(struct monitor *m)
{
	int pidfd = m->speaker > 0 ? pidfd_open(m->speaker, 0) : -1;
	char reason[PROCESS_END_MAX];

	/* Its socket is closed before it can be waited for. */
	if (pidfd != -1) {
		io_wait(pidfd, POLLIN, clock_now() + SECOND);
		close(pidfd);
	}
	if (m->speaker > 0 &&
	    waitid(P_PID, (id_t)m->speaker, &m->speaker_end,
		WEXITED | WNOHANG) == 0 &&
	    m->speaker_end.si_pid != 0)
		m->speaker = 0;
	if (m->speaker > 0)
		monitor_drop_speaker(m, "closed its socket");
	else
		monitor_drop_speaker(m,
		    process_print_end(&m->speaker_end, reason, sizeof(reason)));
}
