#include "session/forward_pump.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <linux/sockios.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/signals.h"
#include "lib/socket/keepalive.h"
#include "session/channel.h"
#include "session/forward_way.h"

/* How long one side may still receive after the other has failed. */
#define LINGER (5 * SECOND)

/* How often to check what the kernel has still to send: no event reports it. */
#define FLUSH_PAUSE (SECOND / 100)

enum side { CLIENT, TARGET, SIDES };

struct flow {
	struct forward_pump *p;
	struct way ways[SIDES]; /* from each side */
	struct pollfd fds[SIDES];
	bool failed[SIDES];
	bool closed[SIDES];    /* poll(2) reports POLLHUP for ever */
	enum outcome_kind why; /* OUTCOME_NONE: as long as all goes well */
	int64_t moved_at;      /* when the last byte was moved */
	int64_t limit;	       /* of what follows a failure; -1: none yet */
	int64_t counted_at;    /* when the last counts were sent */
	uint64_t counted;      /* the sum of them */
};

/* --- sockets --- */

/* Returns whether FD is a TCP socket.  Nagle's algorithm would delay data. */
static bool
prepare_socket(int fd)
{
	int on = 1;

	fcntl(fd, F_SETFL, O_NONBLOCK); /* splice(2) has no MSG_DONTWAIT */
	return setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0;
}

void
forward_pump_prepare(struct forward_pump *p)
{
	p->client_is_tcp = prepare_socket(p->client);
	p->target_is_tcp = prepare_socket(p->target);
	if (p->target_is_tcp)
		keepalive_set(p->target, p->keepalive);
	signals_catch();
}

void
forward_reset(int fd)
{
	const struct linger none = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	close(fd);
}

/* Wait until the peer's kernel has all data: a reset would discard the rest. */
static void
flush(int fd, int64_t deadline)
{
	const struct timespec pause = { .tv_nsec = FLUSH_PAUSE };
	struct pollfd pfd = { .fd = fd };
	int left;

	while (ioctl(fd, SIOCOUTQ, &left) == 0 && left > 0 &&
	    clock_now() < deadline && !signals_taken(SIGTERM) &&
	    ppoll(&pfd, 1, &pause, signals_open_mask()) != 1)
		continue;
}

/* --- failures --- */

/*
 * SIDE has failed with ERROR, or 0 if it is not known.  What it sent before can
 * still be read; then follows its end, if it failed after that.  The kernel
 * reports an error once, and an end after that, unless the error was read; and
 * it says EPIPE where the end came first.
 */
static void
fail(struct flow *f, enum side side, int error, int64_t now)
{
	static const enum outcome_kind kinds[] = { OUTCOME_DISCONNECT,
		OUTCOME_TARGET_RESET };

	if (error != 0 && error != EPIPE)
		f->ways[side].broken = true;
	if (f->failed[side])
		return;
	f->failed[side] = true;
	way_cut(&f->ways[!side]);
	if (f->why == OUTCOME_NONE) {
		f->why = kinds[side];
		f->limit = now + LINGER;
	}
}

/* --- the loop --- */

static void
step(struct flow *f, enum side from, int64_t now)
{
	switch (way_step(&f->ways[from])) {
	case WAY_MOVED:
		f->moved_at = now;
		break;
	case WAY_SOURCE_FAILED:
		fail(f, from, errno, now);
		break;
	case WAY_SINK_FAILED:
		fail(f, !from, errno, now);
		break;
	default:
		break;
	}
}

static bool
is_over(const struct flow *f)
{
	return f->ways[CLIENT].state != WAY_OPEN &&
	    f->ways[TARGET].state != WAY_OPEN;
}

/*
 * A side that is done, or cannot do anything, is left out: poll(2) could report
 * POLLHUP for it again and again.
 */
static void
watch(struct flow *f, enum side side)
{
	const struct way *from = &f->ways[side], *to = &f->ways[!side];
	struct pollfd *pfd = &f->fds[side];

	pfd->events = (short)((way_reads(from) ? POLLIN : 0) |
	    (way_writes(to) ? POLLOUT : 0));
	pfd->fd = side == CLIENT ? f->p->client : f->p->target;
	if (pfd->events == 0 &&
	    (f->failed[side] || f->closed[side] ||
		(from->state != WAY_OPEN && to->state != WAY_OPEN)))
		pfd->fd = -1;
	pfd->revents = 0;
}

/* Whether the socket for which the direction waits is ready. */
static bool
is_ready(const struct flow *f, enum side from)
{
	return f->fds[way_reads(&f->ways[from]) ? from : !from].revents != 0;
}

/* Ends that poll(2) reports while nothing is read or written. */
static void
examine(struct flow *f, enum side side, int64_t now)
{
	const struct pollfd *pfd = &f->fds[side];

	if (pfd->events != 0 || pfd->revents == 0)
		return;
	if ((pfd->revents & POLLERR) != 0)
		fail(f, side, 0, now);
	else
		f->closed[side] = true;
}

static bool
has_counts(const struct flow *f)
{
	return f->p->in + f->p->out != f->counted;
}

static void
send_counts(struct flow *f, int64_t now)
{
	f->counted = f->p->in + f->p->out;
	f->counted_at = now;
	if (f->p->channel != -1)
		channel_bytes(f->p->channel, f->p->in, f->p->out);
}

/* Whether the daemon, which may be stopped, has not read the last counts. */
static bool
is_behind(const struct flow *f)
{
	int waiting = 0;

	return f->p->channel != -1 &&
	    ioctl(f->p->channel, SIOCOUTQ, &waiting) == 0 && waiting > 0;
}

/* Returns whether something is ready; false at a deadline. */
static bool
wait_for_some(struct flow *f)
{
	int64_t deadline =
	    clock_sooner(clock_after(f->moved_at, f->p->idle), f->limit);
	struct timespec ts;
	int64_t left;

	watch(f, CLIENT);
	watch(f, TARGET);
	if (f->p->channel != -1 && has_counts(f))
		deadline = clock_sooner(deadline, f->counted_at + SECOND);
	left = deadline == -1 ? 0 : deadline - clock_now();
	if (left < 0)
		left = 0;
	ts.tv_sec = left / SECOND;
	ts.tv_nsec = left % SECOND;
	return ppoll(f->fds, SIDES, deadline == -1 ? NULL : &ts,
		   signals_open_mask()) != 0;
}

/*
 * Once a second while bytes are moved.  ppoll(2) lets signals in only if it has
 * to wait.
 */
static void
tick(struct flow *f, int64_t now)
{
	if (!has_counts(f) || now < f->counted_at + SECOND)
		return;
	if (is_behind(f))
		f->counted_at = now;
	else
		send_counts(f, now);
	signals_deliver();
}

static void
take_signals(struct flow *f, int64_t now)
{
	static const int ends[] = { SIGTERM, SIGINT };
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (signals_taken(ends[i])) {
			f->why = OUTCOME_SIGNAL;
			f->p->signal = ends[i];
			f->limit = now;
		}
	/* The relay has told the daemon that the client is gone. */
	if (signals_taken(SIGHUP)) {
		fail(f, CLIENT, ECONNRESET, now);
		f->ways[CLIENT].hurry = true;
		step(f, CLIENT, now);
	}
}

static void
turn(struct flow *f)
{
	bool ready = wait_for_some(f);
	int64_t now = clock_now();

	if (ready) {
		examine(f, CLIENT, now);
		examine(f, TARGET, now);
		if (is_ready(f, CLIENT))
			step(f, CLIENT, now);
		if (is_ready(f, TARGET))
			step(f, TARGET, now);
	} else if (f->why == OUTCOME_NONE && f->p->idle != -1 &&
	    now >= f->moved_at + f->p->idle) {
		f->why = OUTCOME_IDLE_TIMEOUT;
		f->limit = now;
	}
	tick(f, now);
	take_signals(f, now);
}

/* --- the end --- */

static void
reset_client(struct flow *f)
{
	if (f->p->client_is_tcp)
		forward_reset(f->p->client);
}

/* See the header. */
static void
end_client(struct flow *f)
{
	if (f->ways[TARGET].state == WAY_CLOSED) {
		io_close_lingering(f->p->client, LINGER);
		return;
	}
	if (f->p->client_is_tcp)
		flush(f->p->client, f->limit);
	reset_client(f);
}

static void
end(struct flow *f)
{
	send_counts(f, 0);
	switch (f->why) {
	case OUTCOME_NONE:
		f->why = OUTCOME_EXIT;
		return;
	case OUTCOME_DISCONNECT:
		if (f->p->target_is_tcp)
			flush(f->p->target, f->limit);
		break;
	case OUTCOME_TARGET_RESET:
		end_client(f);
		break;
	default:
		reset_client(f);
		break;
	}
	forward_reset(f->p->target);
}

enum outcome_kind
forward_pump(struct forward_pump *p)
{
	static char bufs[SIDES][WAY_BUFFER]; /* no page before it is used */
	static struct flow f;

	f = (struct flow) { .p = p, .limit = -1 };
	f.ways[CLIENT] = (struct way) { .from = p->client,
		.to = p->target,
		.count = &p->in,
		.buf = bufs[CLIENT] };
	f.ways[TARGET] = (struct way) { .from = p->target,
		.to = p->client,
		.count = &p->out,
		.buf = bufs[TARGET] };
	f.moved_at = f.counted_at = clock_now();
	while (!is_over(&f) && (f.limit == -1 || clock_now() < f.limit))
		turn(&f);
	end(&f);
	return f.why;
}
