/*
 * relay.c -- standard input to a socket and the socket to standard output.
 */

#include "hail/relay.h"

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hail/connection.h"
#include "lib/io.h"
#include "lib/nailgun.h"

#define BUFFER_SIZE 65536

/* What was read and is not yet written: from start to end. */
struct buffer {
	size_t start;
	size_t end;
	char data[BUFFER_SIZE];
};

struct relay {
	struct connection server;
	struct deadlines *deadlines;
	struct buffer up;	 /* to the server */
	struct buffer down;	 /* to standard output */
	bool input;		 /* standard input may have more for us */
	bool looked;		 /* at what came first: */
	bool framed;		 /* a frame, as commands have it */
	enum hail_status status; /* HAIL_ENDED while all is well */
	char *err;
	size_t size;
};

static void __attribute__((format(printf, 3, 4)))
fail(struct relay *r, enum hail_status status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->err, r->size, fmt, ap);
	va_end(ap);
	r->status = status;
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
took(struct relay *r, struct buffer *b, ssize_t n)
{
	b->end += (size_t)n;
	deadlines_moved(r->deadlines);
}

/* N bytes of B were written. */
static void
gave(struct relay *r, struct buffer *b, ssize_t n)
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
		took(r, b, n);
	else if (n == 0)
		r->input = false;
	else if (!io_is_passing(errno))
		fail(r, HAIL_LOCAL, "could not read standard input: %s",
		    strerror(errno));
}

static void
write_output(struct relay *r)
{
	struct buffer *b = &r->down;
	ssize_t n;

	n = io_write_some(STDOUT_FILENO, b->data + b->start, b->end - b->start);
	if (n >= 0)
		gave(r, b, n);
	else if (!io_is_passing(errno))
		fail(r, HAIL_LOCAL, "could not write standard output: %s",
		    strerror(errno));
}

/* Nothing more can be sent: what there is for it is in vain. */
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
		gave(r, b, (ssize_t)n);
	stop_if_broken(r);
}

/* Does what came first, N bytes of it, look like an answer to a command? */
static void
look(struct relay *r, const char *data, size_t n)
{
	struct nailgun_piece piece;
	struct nailgun d;

	nailgun_init(&d, NAILGUN_SERVER);
	r->framed = nailgun_decode(&d, &data, &n, &piece) == NAILGUN_PIECE;
	r->looked = true;
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
	if (!r->looked)
		look(r, to, n);
	took(r, b, (ssize_t)n);
}

/* Once all input was sent, tell the server that there is no more. */
static void
half_close(struct relay *r)
{
	if (r->input || !r->server.sending || !is_empty(&r->up))
		return;
	/* A connection that is broken by now is for receive_down to find. */
	shutdown(r->server.sock, SHUT_WR);
	r->server.sending = false;
	deadlines_input_ended(r->deadlines);
}

/* Nothing is left to do that would not mean waiting for standard input. */
static bool
is_served(const struct relay *r)
{
	return !r->server.receiving && is_empty(&r->down) && is_empty(&r->up);
}

static void
check_deadlines(struct relay *r)
{
	if (deadlines_are_past(r->deadlines, r->err, r->size)) {
		r->status = HAIL_TIMED_OUT;
	} else if (deadlines_must_quit(r->deadlines)) {
		r->server.receiving = false; /* what came is still written */
		r->deadlines->quit = -1;
	}
}

/*
 * Wait until something can be read or written, and do it.  Returns false when
 * there is nothing left to wait for.
 */
static bool
move_bytes(struct relay *r)
{
	enum { INPUT, OUTPUT, SERVER, N };
	struct pollfd p[N];
	int64_t until;
	int n;

	if (is_served(r) && !r->input)
		return false;
	until = is_served(r) ? 0 : deadlines_next(r->deadlines);
	io_watch(
	    &p[INPUT], STDIN_FILENO, r->input && has_room(&r->up) ? POLLIN : 0);
	io_watch(&p[OUTPUT], STDOUT_FILENO, is_empty(&r->down) ? 0 : POLLOUT);
	io_watch(&p[SERVER], r->server.sock,
	    (r->server.receiving && has_room(&r->down) ? POLLIN : 0) |
		(is_empty(&r->up) ? 0 : POLLOUT));
	if ((n = io_poll(p, N, until)) == -1) {
		fail(r, HAIL_LOCAL, "poll: %s", strerror(errno));
		return false;
	}

	/* Hang-ups and errors show when that is done which was waited for. */
	if (p[OUTPUT].revents != 0)
		write_output(r);
	if ((p[SERVER].events & POLLIN) && (p[SERVER].revents & ~POLLOUT))
		receive_down(r);
	if ((p[SERVER].events & POLLOUT) && (p[SERVER].revents & ~POLLIN))
		send_up(r);
	if (p[INPUT].revents != 0)
		read_input(r);
	return n > 0 || !is_served(r);
}

enum hail_status
relay(int sock, int broken, bool silence, struct deadlines *deadlines,
    char *err, size_t size)
{
	struct relay r = { .server = connection_make(sock, broken),
		.deadlines = deadlines,
		.input = broken == 0,
		.status = HAIL_ENDED,
		.err = err,
		.size = size };

	err[0] = '\0';
	deadlines_start(deadlines);
	do {
		half_close(&r);
		check_deadlines(&r);
	} while (r.status == HAIL_ENDED && move_bytes(&r));

	if (r.status == HAIL_ENDED && r.server.broken != 0)
		fail(&r, HAIL_BROKEN, "the connection broke: %s",
		    strerror(r.server.broken));
	else if (r.status == HAIL_ENDED && (r.looked ? r.framed : silence))
		strlcpy(err,
		    r.looked ? "this looks like a service for commands: "
			       "name one behind the host"
			     : "it said nothing: if this is a service for "
			       "commands, name one behind the host",
		    size);
	return r.status;
}
