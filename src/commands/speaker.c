/*
 * speaker.c -- the speaker's loop.
 *
 * After confine_calls() few system calls are left: read(2) and write(2) on
 * descriptors that do not block, and messages.  What libc would do by other
 * calls on some architectures is called by number.
 */

#include "commands/speaker.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "contain/confine.h"
#include "lib/io.h"
#include "lib/pages.h"
#include "session/monitor_start.h"
#include "session/preamble.h"

/* How long it waits for the client to close: as nginx does. */
#define LINGER (5 * SECOND)

/*
 * Frames of input that a client may send before the next one is requested.  A
 * client that remembers only one request (the stock ones do) sends them one by
 * one.
 */
#define CREDIT 4

/*
 * To close with unread input makes the kernel send a reset, which discards what
 * is still on its way.  So half-close, and wait for the client to close.
 */
static void
linger(struct speaker *s, int64_t timeout)
{
	int64_t deadline = clock_now() + timeout;
	ssize_t n;

	syscall(__NR_shutdown, s->client, SHUT_WR);
	while (io_wait(s->client, POLLIN, deadline) > 0 &&
	    clock_now() < deadline) {
		n = read(s->client, s->input, CHUNK);
		if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR))
			break;
	}
}

/* --- messages of the monitor --- */

static void
program_runs(struct speaker *s, bool takes_stdin)
{
	if (s->phase == REQUESTED && !s->gone && s->reading)
		s->phase = RUNNING;
	s->owed = CREDIT;
	if (!takes_stdin)
		speaker_close_input(s);
	speaker_decode(s);
}

/*
 * What the program had written when it ended is in the pipes, and counted now:
 * other processes may still write there, and that is not its output.
 */
static void
program_ended(struct speaker *s)
{
	size_t i;

	s->end.text[sizeof(s->end.text) - 1] = '\0';
	s->end.verdict[sizeof(s->end.verdict) - 1] = '\0';
	s->phase = ENDING;
	s->reading = false;
	s->input_len = s->piece.len = 0;
	speaker_close_input(s);
	for (i = 0; i < 2; i++)
		if (s->sources[i].fd != -1 &&
		    ioctl(s->sources[i].fd, FIONREAD, &s->sources[i].left) ==
			-1)
			s->sources[i].left = 0;
}

/* What the monitor may send now. */
static uint32_t
expected(const struct speaker *s)
{
	if (s->phase >= ENDING)
		return 0;
	return s->phase == RUNNING
	    ? MESSAGE_BIT(EXCHANGE_END)
	    : MESSAGE_BIT(EXCHANGE_END) | MESSAGE_BIT(EXCHANGE_RUNNING);
}

static void
read_monitor(struct speaker *s)
{
	union {
		uint32_t takes_stdin;
		struct exchange_end end;
	} payload;
	struct message m;

	if (message_receive(s->monitor, exchange_kinds, expected(s), &m,
		&payload, sizeof(payload), 0) != MESSAGE_OK)
		_exit(EX_UNAVAILABLE); /* it has ended: so does this */
	if (m.type == EXCHANGE_RUNNING) {
		program_runs(s, payload.takes_stdin != 0);
		return;
	}
	s->end = payload.end;
	program_ended(s);
}

/* --- the loop --- */

enum { CLIENT, MONITOR, INPUT, OUTPUT, ERRORS, NPOLLED };

static void
fill_polled(const struct speaker *s, struct pollfd *fds)
{
	size_t i;

	fds[CLIENT] = (struct pollfd) { .fd = s->gone ? -1 : s->client };
	if (s->reading && s->input_len == 0 && s->piece.len == 0)
		fds[CLIENT].events = POLLIN; /* its end is read, too */
	else if (s->phase != FLUSHING)
		fds[CLIENT].events = POLLRDHUP;
	if (s->output_len > 0)
		fds[CLIENT].events |= POLLOUT;
	fds[MONITOR] = (struct pollfd) { .fd = s->monitor, .events = POLLIN };
	fds[INPUT] = (struct pollfd) { .fd = s->in,
		.events = s->piece.len > 0 ? POLLOUT : 0 };
	for (i = 0; i < 2; i++) {
		fds[OUTPUT + i] =
		    (struct pollfd) { .fd = -1, .events = POLLIN };
		if (s->output_len <= SMALL &&
		    !source_is_drained(&s->sources[i]))
			fds[OUTPUT + i].fd = s->sources[i].fd;
	}
}

static void
serve_client(struct speaker *s, short revents)
{
	if (s->gone)
		return;
	if (s->reading && (revents & POLLIN))
		speaker_read_client(s);
	else if (s->phase != FLUSHING &&
	    (revents & (POLLRDHUP | POLLHUP | POLLERR)))
		speaker_client_gone(s);
}

static void
take_turn(struct speaker *s)
{
	struct pollfd fds[NPOLLED];
	size_t i;

	fill_polled(s, fds);
	if (ppoll(fds, NPOLLED, NULL, NULL) == -1)
		return;
	if (fds[MONITOR].revents != 0)
		read_monitor(s);
	if (s->in != -1 && (fds[INPUT].revents & POLLERR))
		speaker_close_input(s); /* no process reads there any more */
	if (s->piece.len > 0 && (s->in == -1 || fds[INPUT].revents != 0)) {
		speaker_write_input(s);
		speaker_decode(s);
	}
	for (i = 0; i < 2; i++)
		if (fds[OUTPUT + i].revents != 0 &&
		    !source_is_drained(&s->sources[i]))
			speaker_read_source(s, &s->sources[i]);
	serve_client(s, fds[CLIENT].revents);
	speaker_write(s);
	if (s->phase == FLUSHING && s->output_len == 0)
		s->phase = LINGERING;
}

/* --- the beginning --- */

/* Behind a proxy: read its header, and have the monitor decide. */
static void
pass_header(struct speaker *s, int64_t deadline)
{
	struct message m;
	struct proxy header;
	uint32_t fault;

	memset(&header, 0, sizeof(header));
	fault = preamble_read(s->client, &header, deadline);
	if (fault != PROXY_FINE) {
		speaker_send(s, EXCHANGE_FAULT, &fault, sizeof(fault));
		_exit(EX_PROTOCOL);
	}
	speaker_send(s, EXCHANGE_HEADER, &header, sizeof(header));
	if (message_receive(s->monitor, exchange_kinds,
		MESSAGE_BIT(EXCHANGE_ADMITTED) | MESSAGE_BIT(EXCHANGE_REFUSED),
		&m, NULL, 0, 0) != MESSAGE_OK)
		_exit(EX_UNAVAILABLE);
	if (m.type == EXCHANGE_ADMITTED)
		return;
	/* The client has time to read why, if the monitor sent it. */
	linger(s, PREAMBLE_BUSY_TIME);
	_exit(EX_NOPERM);
}

static void *
allocate(size_t size)
{
	void *p = pages_map(size);

	if (p == NULL)
		_exit(EX_OSERR);
	return p;
}

static void
unblock(int fd)
{
	if (fcntl(fd, F_SETFL, O_NONBLOCK | fcntl(fd, F_GETFL)) == -1)
		_exit(EX_OSERR);
}

static void
prepare(struct speaker *s)
{
	const int on = 1;

	memset(s, 0, sizeof(*s));
	s->client = SPEAKER_CLIENT;
	s->monitor = SPEAKER_MONITOR;
	s->in = SPEAKER_IN;
	s->sources[0] = (struct source) { SPEAKER_OUT, NAILGUN_OUTPUT, -1 };
	s->sources[1] = (struct source) { SPEAKER_ERR, NAILGUN_ERROR, -1 };
	s->reading = true;
	nailgun_init(&s->frames, NAILGUN_CLIENT);
	s->input = allocate(CHUNK);
	s->output = allocate(OUTPUT_ROOM);
	s->request = allocate(REQUEST_ROOM);
	s->request_len = sizeof(s->header);
	unblock(s->client);
	unblock(s->in);
	/* It is not TCP if that fails. */
	s->tcp = setsockopt(
		     s->client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0;
}

/* Give up everything but the system calls that are needed. */
static void
give_up(const struct speaker_setup *setup, const char *service, pid_t parent)
{
	log_set(&setup->log);
	if (monitor_start_confine(service, setup->uid, setup->gid,
		setup->has_root ? SPEAKER_ROOT : -1, parent) == -1)
		_exit(EX_OSERR);
	close_range(SPEAKER_LOG, UINT_MAX, 0);
	if (confine_calls(SPEAKER_MONITOR) == -1)
		_exit(EX_OSERR);
}

void
speaker_run(const char *service, pid_t parent)
{
	struct speaker_setup setup;
	struct message m;
	struct speaker s;

	if (message_receive(SPEAKER_MONITOR, monitor_start_kinds,
		MESSAGE_BIT(SPEAKER_SETUP), &m, &setup, sizeof(setup),
		0) != MESSAGE_OK)
		_exit(EX_UNAVAILABLE);
	prepare(&s);
	s.frames.extended = setup.extended != 0;
	give_up(&setup, service, parent);
	if (setup.proxied)
		pass_header(&s, setup.deadline);
	while (s.phase != LINGERING)
		take_turn(&s);
	linger(&s, LINGER);
	speaker_done(&s);
	_exit(EX_SOFTWARE); /* for the compiler */
}
