#include "hail/relay.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hail/connection.h"
#include "lib/io.h"
#include "lib/nailgun.h"

#define BUFFER_SIZE 65536

/* Bytes that were read and not yet written, from start to end. */
struct buffer {
	size_t start;
	size_t end;
	char data[BUFFER_SIZE];
};

struct relay {
	struct connection server;
	struct deadlines *deadlines;
	struct buffer up;      /* to the server */
	struct buffer down;    /* to standard output */
	bool input;	       /* standard input may have more */
	struct relay_end *end; /* HAIL_ENDED while there is no failure */
};

static void __attribute__((format(printf, 3, 4)))
fail(struct relay *r, enum hail_status status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->end->error, sizeof(r->end->error), fmt, ap);
	va_end(ap);
	r->end->status = status;
}

static bool
is_empty(const struct buffer *b)
{
	return b->start == b->end;
}

static bool
has_room(const struct buffer *b)
{
	return b->end < sizeof(b->data);
}

/* N bytes were read into B. */
static void
buffer_filled(struct relay *r, struct buffer *b, ssize_t n)
{
	b->end += (size_t)n;
	deadlines_moved(r->deadlines);
}

/* N bytes of B were written. */
static void
buffer_drained(struct relay *r, struct buffer *b, ssize_t n)
{
	b->start += (size_t)n;
	if (is_empty(b))
		b->start = b->end = 0;
	deadlines_moved(r->deadlines);
}

static void
read_input(struct relay *r)
{
	struct buffer *b = &r->up;
	ssize_t n;

	n = read(STDIN_FILENO, b->data + b->end, sizeof(b->data) - b->end);
	if (n > 0)
		buffer_filled(r, b, n);
	else if (n == 0)
		r->input = false;
	else if (!io_is_temporary(errno))
		fail(r, HAIL_LOCAL, "cannot read standard input: %s",
		    strerror(errno));
}

static void
write_output(struct relay *r)
{
	struct buffer *b = &r->down;
	ssize_t n;

	n = io_write_some(STDOUT_FILENO, b->data + b->start, b->end - b->start);
	if (n >= 0)
		buffer_drained(r, b, n);
	else if (!io_is_temporary(errno))
		fail(r, HAIL_LOCAL, "cannot write standard output: %s",
		    strerror(errno));
}

/* When the server accepts no more, drop what was to be sent. */
static void
stop_if_broken(struct relay *r)
{
	if (r->server.sending)
		return;
	r->input = false;
	r->up.start = r->up.end = 0;
}

static void
send_up(struct relay *r)
{
	struct buffer *b = &r->up;
	size_t n;

	n = connection_send(&r->server, b->data + b->start, b->end - b->start);
	if (n > 0)
		buffer_drained(r, b, (ssize_t)n);
	stop_if_broken(r);
}

/* Whether the N bytes that came first look like the answer to a command. */
static void
examine(struct relay *r, const char *data, size_t n)
{
	struct nailgun_piece piece;
	struct nailgun d;

	nailgun_init(&d, NAILGUN_SERVER);
	r->end->answer = nailgun_decode(&d, &data, &n, &piece) == NAILGUN_PIECE
	    ? RELAY_FRAMES
	    : RELAY_BYTES;
}

static void
receive_down(struct relay *r)
{
	struct buffer *b = &r->down;
	char *to = b->data + b->end;
	size_t n;

	n = connection_receive(&r->server, to, sizeof(b->data) - b->end);
	stop_if_broken(r);
	if (n == 0)
		return;
	if (r->end->answer == RELAY_NONE)
		examine(r, to, n);
	buffer_filled(r, b, (ssize_t)n);
}

/* Tell the server that all input was sent. */
static void
half_close(struct relay *r)
{
	if (r->input || !r->server.sending || !is_empty(&r->up))
		return;
	/* If the connection is broken, receive_down will find out. */
	shutdown(r->server.sock, SHUT_WR);
	r->server.sending = false;
	deadlines_input_ended(r->deadlines);
}

/* Whether only standard input could still bring something to do. */
static bool
is_done(const struct relay *r)
{
	return !r->server.receiving && is_empty(&r->down) && is_empty(&r->up);
}

static void
check_deadlines(struct relay *r)
{
	if (deadlines_expired(
		r->deadlines, r->end->error, sizeof(r->end->error))) {
		r->end->status = HAIL_TIMED_OUT;
	} else if (deadlines_must_quit(r->deadlines)) {
		r->server.receiving = false; /* what arrived is written */
		r->deadlines->quit = -1;
	}
}

/*
 * Wait until something can be read or written, and do it.  Returns false when
 * there is nothing more to wait for.
 */
static bool
move_bytes(struct relay *r)
{
	int wanted = 0, ready;

	if (is_done(r) && !r->input)
		return false;
	if (r->input && has_room(&r->up))
		wanted |= WAIT_INPUT;
	if (!is_empty(&r->down))
		wanted |= WAIT_OUTPUT;
	if (r->server.receiving && has_room(&r->down))
		wanted |= WAIT_RECEIVE;
	if (!is_empty(&r->up))
		wanted |= WAIT_SEND;
	ready = connection_wait(&r->server, wanted, STDOUT_FILENO,
	    is_done(r) ? 0 : deadlines_next(r->deadlines));
	if (ready == -1) {
		fail(r, HAIL_LOCAL, "cannot poll: %s", strerror(errno));
		return false;
	}
	if (ready & WAIT_OUTPUT)
		write_output(r);
	if (ready & WAIT_RECEIVE)
		receive_down(r);
	if (ready & WAIT_SEND)
		send_up(r);
	if (ready & WAIT_INPUT)
		read_input(r);
	return ready != 0 || !is_done(r);
}

void
relay(struct relay_end *end, int sock, int broken, struct deadlines *deadlines)
{
	struct relay r = { .server = connection_make(sock, broken),
		.deadlines = deadlines,
		.input = broken == 0,
		.end = end };

	*end = (struct relay_end) { .status = HAIL_ENDED };
	deadlines_start(deadlines);
	do {
		half_close(&r);
		check_deadlines(&r);
	} while (end->status == HAIL_ENDED && move_bytes(&r));
	if (end->status == HAIL_ENDED && r.server.broken != 0)
		fail(&r, HAIL_BROKEN, "connection lost: %s",
		    strerror(r.server.broken));
}
