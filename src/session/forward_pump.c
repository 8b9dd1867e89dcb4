#include "session/forward_pump.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include "lib/io.h"
#include "session/channel.h"

/* One direction. */
struct way {
	int from, to;
	size_t start, end; /* of what was read and is not written yet */
	bool ended, closed;
	uint64_t *count;
	char buf[16384];
};

/* Returns 0, or -1 when FROM or TO failed. */
static int
step(struct way *w)
{
	ssize_t n;

	if (w->start == w->end && !w->ended) {
		n = recv(w->from, w->buf, sizeof(w->buf), MSG_DONTWAIT);
		if (n == -1)
			return io_is_temporary(errno) ? 0 : -1;
		w->start = 0;
		w->end = (size_t)n;
		w->ended = n == 0;
	}
	while (w->start < w->end) {
		n = send(w->to, w->buf + w->start, w->end - w->start,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n == -1)
			return io_is_temporary(errno) ? 0 : -1;
		w->start += (size_t)n;
		*w->count += (uint64_t)n;
	}
	if (w->ended && !w->closed) {
		shutdown(w->to, SHUT_WR);
		w->closed = true;
	}
	return 0;
}

enum outcome_kind
forward_pump(struct forward_pump *p)
{
	static struct way in, out;
	struct pollfd fds[2];

	in = (struct way) { .from = p->client, .to = p->target,
		.count = &p->in };
	out = (struct way) { .from = p->target, .to = p->client,
		.count = &p->out };
	while (!in.closed || !out.closed) {
		fds[0] = (struct pollfd) { p->client, 0, 0 };
		fds[1] = (struct pollfd) { p->target, 0, 0 };
		if (!in.ended && in.start == in.end)
			fds[0].events |= POLLIN;
		if (in.start < in.end)
			fds[1].events |= POLLOUT;
		if (!out.ended && out.start == out.end)
			fds[1].events |= POLLIN;
		if (out.start < out.end)
			fds[0].events |= POLLOUT;
		if (io_poll(fds, 2, clock_after(clock_now(), p->idle)) == 0)
			return OUTCOME_IDLE_TIMEOUT;
		if (step(&in) == -1)
			return OUTCOME_DISCONNECT;
		if (step(&out) == -1)
			return OUTCOME_TARGET_RESET;
	}
	return OUTCOME_EXIT;
}
