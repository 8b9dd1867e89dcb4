/*
 * monitor.c -- the child of a session of a commands service.
 */

#include "commands/monitor.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "config/arena.h"
#include "session/channel.h"
#include "contain/confine.h"
#include "commands/exchange.h"
#include "lib/fds.h"
#include "lib/io.h"
#include "session/preamble.h"
#include "lib/log.h"
#include "contain/privileges.h"
#include "commands/program.h"
#include "lib/signals.h"
#include "session/spawn.h"
#include "commands/speaker.h"

/* Why the program was ended, if it did not end by itself. */
enum why { NOTHING, TIMEOUT, DISCONNECT, STOP, WRONG };

/* What ends the program, one after the other, as for all sessions. */
static const int end_signals[] = { SIGHUP, SIGTERM, SIGKILL };
enum { FIRST_HUP, FIRST_TERM };
#define NEND_SIGNALS (sizeof(end_signals) / sizeof(end_signals[0]))

struct monitor {
	const struct session *session;
	struct client client; /* who is served, whoever connected */
	struct addr local;
	int talk;      /* to the speaker */
	int signals;   /* signalfd(2) */
	int fds[3];    /* the near ends of the program's pipes */
	pid_t speaker; /* 0: it has ended */
	bool shut;     /* it says no more */
	bool gone;     /* it said that the client is, once and for all ... */
	bool wrong;    /* ... and that it broke the protocol */
	struct program program;
	int64_t deadline; /* -1: none */
	enum why why;
	size_t next; /* in end_signals */
	int64_t grace;

	char *record; /* the request, of size bytes, while it comes */
	size_t size, have;
	struct request request; /* its args are NULL until it has come */
	const struct service *command;

	bool ended; /* the speaker was told the status */
	int status;
	char text[REQUEST_WHY_MAX];
	uint64_t in, out;
};

static const char *
service_name(const struct monitor *m)
{
	return m->session->service->name;
}

/* --- the end --- */

/* "user nagios in 0 out 123 command disk 80% 90%" */
static void
report(const struct monitor *m)
{
	const struct service *s =
	    m->command != NULL ? m->command : m->session->service;
	const struct service *named;
	char words[REPORT_MAX], text[REPORT_MAX + 128];

	if (m->request.args == NULL) {
		snprintf(text, sizeof(text), "no command%s%s",
		    m->text[0] == '\0' ? "" : ": ", m->text);
	} else {
		/* Who may not run it can have given it a password, too. */
		named = config_command(m->session->service, m->request.name);
		snprintf(text, sizeof(text),
		    "user %s in %" PRIu64 " out %" PRIu64 " command %s",
		    s->identity != NULL ? s->identity->name : "-", m->in,
		    m->out,
		    request_print(named, &m->request, words, sizeof(words)));
	}
	channel_report(m->session->channel, text);
}

static void __attribute__((noreturn)) leave(struct monitor *m)
{
	if (m->speaker > 0)
		kill(m->speaker, SIGKILL);
	if (m->program.pid > 0) {
		kill(-m->program.pid, SIGKILL);
		kill(m->program.pid, SIGKILL);
	}
	report(m);
	_exit(m->status);
}

/* Tell the speaker the status, and why; there is nothing to say after it. */
static void __attribute__((format(printf, 3, 4)))
end(struct monitor *m, int status, const char *fmt, ...)
{
	struct told told;
	va_list ap;

	if (m->ended)
		return;
	m->ended = true;
	m->status = status;
	m->deadline = -1;
	va_start(ap, fmt);
	vsnprintf(m->text, sizeof(m->text), fmt, ap);
	va_end(ap);
	memset(&told, 0, sizeof(told));
	told.kind = TOLD_END;
	told.status = status;
	if (m->text[0] != '\0')
		snprintf(told.text, sizeof(told.text), "haild: %s\n", m->text);
	if (!m->shut && send(m->talk, &told, sizeof(told), MSG_NOSIGNAL) == -1)
		m->shut = true;
	/* The speaker's copies alone keep the pipes open now. */
}

/* --- ending the program --- */

static void
signal_next(struct monitor *m)
{
	int64_t now = clock_now();

	m->deadline = -1;
	if (m->program.pid <= 0 || m->next >= NEND_SIGNALS)
		return;
	program_signal(&m->program, end_signals[m->next++]);
	if (m->next < NEND_SIGNALS)
		m->deadline = now + m->grace;
}

static void
end_program(struct monitor *m, enum why why)
{
	if (m->program.pid <= 0 || m->why != NOTHING)
		return;
	m->why = why;
	m->next = why == DISCONNECT ? FIRST_HUP : FIRST_TERM;
	m->grace = m->command != NULL ? m->command->kill_grace : 0;
	/*
	 * The daemon will kill this process when its own grace is over: that
	 * must not be before the program was killed and its end was told.
	 */
	if (why != DISCONNECT)
		m->grace -= m->grace / 8;
	signal_next(m);
}

/* The speaker is not to be trusted, or not there any more. */
static void
drop_speaker(struct monitor *m, const char *reason)
{
	log_warnx("%s: pid %ld: the speaker %s: the session ends",
	    service_name(m), (long)getpid(), reason);
	if (m->speaker > 0)
		kill(m->speaker, SIGKILL);
	m->shut = true;
	m->status = STATUS_FAILED;
	snprintf(m->text, sizeof(m->text), "the speaker %s", reason);
	m->ended = true;
	if (m->program.pid <= 0)
		return;
	m->why = WRONG;
	m->deadline = -1;
	program_signal(&m->program, SIGKILL);
}

/* --- the program's way --- */

static void hear(struct monitor *m);

static int64_t
deadline_of(const struct monitor *m)
{
	const struct service *service = m->session->service;
	int64_t all = service->session_timeout, own;

	if (all != -1)
		all += m->session->accepted;
	own = m->command != NULL ? m->command->session_timeout : -1;
	if (own != -1)
		own += clock_now();
	return clock_sooner(all, own);
}

static void
start_program(struct monitor *m)
{
	const struct session *s = m->session;
	const struct program_start start = {
		.service = s->service,
		.command = m->command,
		.client = &m->client,
		.local = &m->local,
		.request = &m->request,
		.stdio = { m->command != NULL && m->command->takes_stdin
			? m->fds[0]
			: s->devnull,
		    m->fds[1], m->fds[2] },
	};
	const struct told go = { .kind = TOLD_GO,
		.takes_stdin = m->command != NULL && m->command->takes_stdin };
	int i;

	if (program_start(&m->program, &start) == -1) {
		end(m, STATUS_FAILED, "cannot start %s: %s", m->request.name,
		    strerror(errno));
		return;
	}
	m->deadline = deadline_of(m);
	for (i = 0; i < 3; i++)
		close(m->fds[i]);
	/* A speaker that is gone is missed where it is heard. */
	send(m->talk, &go, sizeof(go), MSG_NOSIGNAL);
}

/* How it ended, in the client's terms. */
static void
tell_end(struct monitor *m, const siginfo_t *info)
{
	struct program_trouble trouble;
	const char *name = m->request.name;
	int n = info->si_status;

	if (program_failed(&m->program, &trouble))
		end(m, trouble.status,
		    trouble.status == STATUS_REFUSED
			? "%s: cannot be executed: %s"
			: "%s: cannot be started: %s",
		    name,
		    trouble.error == 0 ? "see the log of haild"
				       : strerror(trouble.error));
	else if (m->why == TIMEOUT)
		end(m, STATUS_TIMEOUT, "%s: took too long: ended", name);
	else if (m->why == STOP)
		end(m, STATUS_FAILED, "%s: ended, since haild stops", name);
	else if (info->si_code == CLD_EXITED)
		end(m, n, "%s", "");
	else
		end(m, STATUS_SIGNAL + n, "%s: ended by signal %d (%s)", name,
		    n, strsignal(n));
}

static void
program_exited(struct monitor *m, const siginfo_t *info)
{
	const struct service *s =
	    m->command != NULL ? m->command : m->session->service;

	/* The zombie still holds the process group. */
	if (s->leftovers == LEFTOVERS_KILL)
		program_sweep(&m->program, m->speaker);
	waitpid(m->program.pid, NULL, 0);
	m->program.pid = 0;
	tell_end(m, info);
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
		waitpid(info.si_pid, NULL, 0);
		if (info.si_pid != m->speaker)
			continue;
		m->speaker = 0;
		/* What it said before comes first; DONE is the last of it. */
		while (!m->shut)
			hear(m);
	}
}

/* --- what the speaker says --- */

/* The daemon counts who runs what.  Returns 0, or the status. */
static int
ask_for_room(struct monitor *m, char *why)
{
	switch (channel_command(
	    m->session->channel, m->command->name, clock_now() + 5 * SECOND)) {
	case 1:
		return 0;
	case 0:
		snprintf(why, REQUEST_WHY_MAX,
		    "%s: is at its limit of %" PRId64 " sessions",
		    m->command->name, m->command->max_sessions);
		return STATUS_FAILED;
	default:
		snprintf(why, REQUEST_WHY_MAX, "%s: haild does not answer",
		    m->command->name);
		return STATUS_FAILED;
	}
}

/* The request is complete: may it be run? */
static void
take_request(struct monitor *m)
{
	const struct session *s = m->session;
	char why[REQUEST_WHY_MAX];
	int status;

	if (request_parse(&m->request, m->record, m->size) == -1) {
		m->request.args = NULL;
		drop_speaker(m, "sent no request");
		return;
	}
	status = request_check(
	    s->service, &m->client, &m->request, &m->command, why);
	if (status == 0 && m->command != NULL)
		status = ask_for_room(m, why);
	close(s->fd); /* it was kept for what the kernel says of the peer */
	if (status != 0)
		end(m, status, "%s", why);
	else {
		if (m->command != NULL)
			request_accept(m->command, &m->request);
		start_program(m);
	}
	/* Who is told no has named a command, too. */
	channel_runs(s->channel, m->command != NULL ? m->program.pid : 0);
}

/* Some more of the request.  Returns false if it is not as it was announced. */
static bool
take_part(struct monitor *m)
{
	ssize_t n = recv(m->talk, m->record + m->have, m->size - m->have,
	    MSG_DONTWAIT | MSG_TRUNC);

	if (n <= 0 || (size_t)n > m->size - m->have)
		return false;
	m->have += (size_t)n;
	if (m->have == m->size)
		take_request(m);
	return true;
}

/* Returns false if it cannot come now. */
static bool
take_said(struct monitor *m, const struct said *said)
{
	switch (said->kind) {
	case SAID_REQUEST:
		if (m->record != NULL ||
		    said->size < sizeof(struct request_header) ||
		    said->size >
			sizeof(struct request_header) + REQUEST_BYTES_MAX)
			return false;
		m->size = said->size;
		return (m->record = malloc(m->size)) != NULL;
	case SAID_GONE:
		if (m->gone)
			return false; /* for ever, it would keep us busy */
		m->gone = true;
		if (m->program.pid > 0 &&
		    (m->command == NULL ||
			m->command->on_disconnect == DISCONNECT_KILL))
			end_program(m, DISCONNECT);
		else if (m->program.pid <= 0)
			end(m, STATUS_FAILED, "the client went away");
		return true;
	case SAID_WRONG:
		if (m->wrong)
			return false;
		m->wrong = true;
		if (m->ended)
			return true;
		m->in = said->in;
		if (m->request.args != NULL) /* else the last line has it */
			log_info("%s: pid %ld: protocol error: %.*s",
			    service_name(m), (long)getpid(),
			    NAILGUN_ERROR_MAX - 1, said->why);
		end(m, STATUS_FAILED, "protocol error: %.*s",
		    NAILGUN_ERROR_MAX - 1, said->why);
		end_program(m, WRONG);
		return true;
	case SAID_DONE:
		if (!m->ended)
			return false;
		m->in = said->in;
		m->out = said->out;
		m->shut = true;
		return true;
	default:
		return false;
	}
}

static void
hear(struct monitor *m)
{
	struct said said;
	ssize_t n;

	if (m->record != NULL && m->have < m->size) {
		if (!take_part(m))
			drop_speaker(m, "sent no request");
		return;
	}
	n = recv(m->talk, &said, sizeof(said), MSG_DONTWAIT | MSG_TRUNC);
	if (n == -1 && errno == EAGAIN && m->speaker > 0)
		return;
	if (n == 0 && m->ended)
		m->shut = true;
	else if (n <= 0)
		drop_speaker(m, "ended too early");
	else if (n != sizeof(said) || !take_said(m, &said))
		drop_speaker(m, "sent what it must not");
}

/* --- signals and time --- */

static void
take_signal(struct monitor *m)
{
	const struct service *service = m->session->service;
	struct signalfd_siginfo info;
	enum why why = STOP;

	if (read(m->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo == SIGCHLD) {
		reap(m);
		return;
	}
	/* The daemon ends the session, but does not say why. */
	if (service->session_timeout != -1 &&
	    clock_now() >= m->session->accepted + service->session_timeout)
		why = TIMEOUT;
	if (m->program.pid > 0)
		end_program(m, why);
	else if (!m->ended)
		end(m, why == TIMEOUT ? STATUS_TIMEOUT : STATUS_FAILED, "%s",
		    why == TIMEOUT ? "took too long: ended"
				   : "ended, since haild stops");
	else
		leave(m); /* a client that does not read the rest */
}

static void
take_deadline(struct monitor *m)
{
	m->deadline = -1;
	if (m->program.pid <= 0)
		end(m, STATUS_FAILED, "no command was named in time");
	else if (m->why == NOTHING)
		end_program(m, TIMEOUT);
	else
		signal_next(m);
}

static void
serve(struct monitor *m)
{
	struct pollfd fds[2];

	while (!m->ended || m->program.pid > 0 || m->speaker > 0) {
		fds[0] = (struct pollfd) { .fd = m->signals, .events = POLLIN };
		fds[1] = (struct pollfd) { .fd = m->shut ? -1 : m->talk,
			.events = POLLIN };
		if (io_poll(fds, 2, m->deadline) == 0)
			take_deadline(m);
		/* What it said before it ended comes first. */
		if (fds[1].revents != 0)
			hear(m);
		else if (fds[0].revents != 0)
			take_signal(m);
	}
}

/* --- the beginning --- */

struct pipes {
	int in[2], out[2], err[2], talk[2];
};

static int
open_pipes(struct pipes *p)
{
	return pipe2(p->in, O_CLOEXEC) == -1 ||
		pipe2(p->out, O_CLOEXEC) == -1 ||
		pipe2(p->err, O_CLOEXEC) == -1 ||
		socketpair(
		    AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p->talk) == -1
	    ? -1
	    : 0;
}

/*
 * Descriptors FROM become 3, 4, ...; all others but 0 to 2 are closed.  Those
 * are the daemon's, in the foreground somebody's terminal: from FIRST on they
 * become NOTHING, which is /dev/null.
 */
static int
arrange(const int *from, size_t n, int first, int nothing)
{
	int high[n], i;

	for (i = first; i < 3; i++)
		if (dup2(nothing, i) == -1)
			return -1;
	for (i = 0; i < (int)n; i++)
		if ((high[i] = fcntl(from[i], F_DUPFD, 3 + (int)n)) == -1)
			return -1;
	for (i = 0; i < (int)n; i++)
		if (dup2(high[i], 3 + i) == -1)
			return -1;
	return close_range(3 + (unsigned int)n, UINT_MAX, 0);
}

static void __attribute__((noreturn))
run_speaker(const struct session *s, const struct pipes *p)
{
	static const int ignored[] = { SIGPIPE, SIGTERM, SIGHUP, SIGINT };
	const struct speaker_fds fds = { 3, 4, 5, 6, 7 };
	const int from[] = { s->fd, p->talk[1], p->in[1], p->out[0],
		p->err[0] };
	size_t i;

	signals_in_child();
	/* They are for the monitor, and for all of its process group. */
	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	setproctitle("%s speaker", s->service->name);
	if (confine_identity(&s->config->speaker, s->empty, s->service->name) ==
		-1 ||
	    arrange(from, sizeof(from) / sizeof(from[0]), 0, s->devnull) == -1)
		_exit(EX_OSERR);
	/* What is configured is no business of it. */
	munmap((void *)(uintptr_t)s->config, ARENA_SIZE);
	speaker_run(&fds);
}

/* Who is served, as the process that read the proxy's header found it. */
struct served {
	struct addr client, local;
};

static void __attribute__((noreturn))
run_reader(const struct session *s, int to)
{
	struct session self = *s;
	struct client client = *s->client;
	const int from[] = { s->channel, to };
	struct served a;

	signals_in_child();
	if (dup2(s->fd, STDIN_FILENO) == -1 ||
	    confine_identity(&s->config->speaker, s->empty, s->service->name) ==
		-1 ||
	    arrange(from, sizeof(from) / sizeof(from[0]), 1, s->devnull) == -1)
		_exit(EX_OSERR);
	self.channel = 3;
	memset(&a, 0, sizeof(a));
	spawn_local(STDIN_FILENO, &a.local, s->service->name);
	preamble_announce(&self, &client, &a.local);
	a.client = client.addr;
	_exit(io_write_all(4, &a, sizeof(a)) == -1 ? EX_IOERR : EXIT_SUCCESS);
}

/*
 * Behind a proxy, have its header read by a process without privileges, which
 * asks the daemon, too.  Where nobody is to be served this does not return: the
 * daemon knows.
 */
static int
pass_preamble(struct monitor *m)
{
	const struct session *s = m->session;
	struct served a;
	int pair[2], status;
	ssize_t n;
	pid_t pid;

	if (!s->client->proxied)
		return 0;
	if (pipe2(pair, O_CLOEXEC) == -1)
		return -1;
	if ((pid = fork()) == 0)
		run_reader(s, pair[1]);
	close(pair[1]);
	if (pid == -1)
		return -1;
	/* It has a deadline. */
	n = io_read(pair[0], &a, sizeof(a));
	close(pair[0]);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	if (WEXITSTATUS(status) != EXIT_SUCCESS)
		_exit(WEXITSTATUS(status));
	if (n != (ssize_t)sizeof(a))
		return -1;
	m->client.addr = a.client;
	m->local = a.local;
	return 0;
}

static bool
is_same(const struct identity *a, const struct identity *b)
{
	return a == b ||
	    (a != NULL && b != NULL && a->uid == b->uid && a->gid == b->gid &&
		a->ngroups == b->ngroups &&
		memcmp(a->groups, b->groups, a->ngroups * sizeof(*a->groups)) ==
		    0);
}

/* To start C, haild's rights are needed, those of its service do not do. */
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

/* Give up root at once if nobody needs it. */
static int
confine_monitor(const struct service *service)
{
	const struct service *c;

	for (c = service->commands; c->name != NULL; c++)
		if (needs_root(service, c))
			break;
	if (c->name == NULL &&
	    privileges_become(service->identity, service->name) == -1)
		return -1;
	/* No new privileges are for the programs to be without, or not. */
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
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

/* What it is to have, and nothing else: open descriptors, orphans, a name. */
static int
prepare(struct monitor *m, const struct pipes *p)
{
	const struct session *s = m->session;
	int keep[] = { s->fd, m->talk, m->signals, s->channel, s->devnull,
		p->in[0], p->out[1], p->err[1] };
	char client[ADDR_TEXT_MAX];
	int i;

	for (i = 0; i < 3; i++)
		if (dup2(s->devnull, i) == -1)
			return -1;
	fds_close_others(keep, sizeof(keep) / sizeof(keep[0]));
	setproctitle("%s %s", s->service->name,
	    client_print(
		&m->client.addr, m->client.cred.uid, client, sizeof(client)));
	return confine_monitor(s->service);
}

void
monitor_run(const struct session *s)
{
	struct monitor m = {
		.session = s, .client = *s->client, .deadline = -1
	};
	struct pipes p;

	spawn_local(s->fd, &m.local, s->service->name);
	if (pass_preamble(&m) == -1 || open_pipes(&p) == -1 ||
	    (m.signals = open_signals()) == -1 ||
	    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1) {
		log_err("%s: monitor", s->service->name);
		_exit(EX_OSERR);
	}
	if ((m.speaker = fork()) == 0)
		run_speaker(s, &p);
	m.talk = p.talk[0];
	m.fds[0] = p.in[0];
	m.fds[1] = p.out[1];
	m.fds[2] = p.err[1];
	if (m.speaker == -1 || prepare(&m, &p) == -1) {
		log_err("%s: monitor", s->service->name);
		_exit(EX_OSERR);
	}
	m.deadline = session_start_deadline(s);
	serve(&m);
	leave(&m);
}
