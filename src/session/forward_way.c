#include "session/forward_way.h"

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "lib/io.h"

/* How many buffers one step moves. */
#define TURN 16

/* After a shorter read, the next one has probably nothing to read yet. */
#define LONG_READ (WAY_BUFFER / 2)

/* After so many long reads, a pipe pays. */
#define BULK 16

/*
 * CPU time per byte, from TCP to TCP: 0.84 of that of the buffer with a pipe of
 * the default size, 0.51 with this one, 0.46 with four times as much.  All
 * pipes of a user share a limit (pipe(7), pipe-user-pages-soft).
 */
#define PIPE_SIZE 262144 /* bytes */

static bool
is_empty(const struct way *w)
{
	return w->start == w->end && w->piped == 0;
}

bool
way_reads(const struct way *w)
{
	return w->state == WAY_OPEN && is_empty(w);
}

bool
way_writes(const struct way *w)
{
	return w->state == WAY_OPEN && !is_empty(w);
}

void
way_cut(struct way *w)
{
	if (w->state == WAY_OPEN)
		w->state = WAY_CUT;
}

/* --- reading --- */

/*
 * Where there is no descriptor, or no memory for a pipe of that size, the
 * buffer is better than a small pipe.
 */
static void
start_splicing(struct way *w)
{
	if (pipe2(w->pipe, O_CLOEXEC | O_NONBLOCK) == -1)
		return;
	w->splices = fcntl(w->pipe[1], F_SETPIPE_SZ, PIPE_SIZE) != -1;
	if (w->splices)
		return;
	close(w->pipe[0]);
	close(w->pipe[1]);
}

static ssize_t
read_to_pipe(struct way *w)
{
	ssize_t n = splice(w->from, NULL, w->pipe[1], NULL, PIPE_SIZE,
	    SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

	w->piped = n > 0 ? (size_t)n : 0;
	return n;
}

static ssize_t
read_to_buffer(struct way *w)
{
	ssize_t n = recv(w->from, w->buf, WAY_BUFFER, MSG_DONTWAIT);

	w->start = 0;
	w->end = n > 0 ? (size_t)n : 0;
	if (n >= LONG_READ && ++w->long_reads == BULK)
		start_splicing(w);
	return n;
}

static enum way_result
pass_end(struct way *w)
{
	if (w->broken) {
		way_cut(w);
		return WAY_PAUSE;
	}
	shutdown(w->to, SHUT_WR);
	w->state = WAY_CLOSED;
	return WAY_MOVED;
}

static enum way_result
fill(struct way *w)
{
	ssize_t n = w->splices ? read_to_pipe(w) : read_to_buffer(w);

	if (n == -1 && w->splices && errno == EINVAL) {
		w->splices = false;
		n = read_to_buffer(w);
	}
	if (n > 0)
		return WAY_MOVED;
	if (n == 0)
		return pass_end(w);
	if (!io_is_temporary(errno)) {
		way_cut(w);
		return WAY_SOURCE_FAILED;
	}
	if (w->hurry)
		way_cut(w);
	return WAY_PAUSE;
}

/* --- writing --- */

static ssize_t
write_from_pipe(struct way *w)
{
	ssize_t n = splice(w->pipe[0], NULL, w->to, NULL, w->piped,
	    SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

	w->piped -= n > 0 ? (size_t)n : 0;
	return n;
}

static ssize_t
write_from_buffer(struct way *w)
{
	ssize_t n;

	/* What a socket without splice(2) has left in the pipe. */
	if (w->start == w->end) {
		if ((n = read(w->pipe[0], w->buf, WAY_BUFFER)) <= 0)
			return -1;
		w->piped -= (size_t)n;
		w->start = 0;
		w->end = (size_t)n;
	}
	n = send(w->to, w->buf + w->start, w->end - w->start,
	    MSG_DONTWAIT | MSG_NOSIGNAL);
	w->start += n > 0 ? (size_t)n : 0;
	return n;
}

static enum way_result
drain(struct way *w)
{
	bool pipe = w->splices && w->start == w->end;
	ssize_t n = pipe ? write_from_pipe(w) : write_from_buffer(w);

	if (n == -1 && pipe && errno == EINVAL) {
		w->splices = false;
		n = write_from_buffer(w);
	}
	if (n == -1)
		return io_is_temporary(errno) ? WAY_PAUSE : WAY_SINK_FAILED;
	*w->count += (uint64_t)n;
	return WAY_MOVED;
}

/* --- both --- */

/* Write what was read; or read, and write it. */
static enum way_result
move(struct way *w)
{
	enum way_result r;

	if (way_reads(w) && ((r = fill(w)) != WAY_MOVED || !way_writes(w)))
		return r;
	return drain(w);
}

enum way_result
way_step(struct way *w)
{
	enum way_result r = WAY_PAUSE;
	bool moved = false;
	int i;

	for (i = 0; i < TURN && w->state == WAY_OPEN; i++) {
		if ((r = move(w)) != WAY_MOVED)
			break;
		moved = true;
		if (!is_empty(w) || (!w->splices && w->end < LONG_READ))
			break;
	}
	return r == WAY_PAUSE && moved ? WAY_MOVED : r;
}
