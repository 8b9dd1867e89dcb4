#include "hail/relay.h"

#include <sys/socket.h>

#include <unistd.h>

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
	struct connection *server;
	struct buffer up;   /* to the server */
	struct buffer down; /* to standard output */
	enum relay_answer answer;
	bool sent_some;
	bool sent_all; /* standard input, up to its end */
};

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

/* N bytes of B were written. */
static void
buffer_drained(struct buffer *b, size_t n)
{
	b->start += n;
	if (is_empty(b))
		b->start = b->end = 0;
}

/* When the server accepts no more, drop what was to be sent. */
static void
stop_if_broken(struct relay *r)
{
	if (!r->server->sending)
		r->up.start = r->up.end = 0;
}

static void
send_up(struct relay *r)
{
	struct buffer *b = &r->up;
	size_t n =
	    connection_send(r->server, b->data + b->start, b->end - b->start);

	if (n > 0) {
		r->server->last_byte = clock_now();
		r->sent_some = true;
	}
	buffer_drained(b, n);
	stop_if_broken(r);
}

/* What the first N bytes look like. */
static void
examine(struct relay *r, const char *data, size_t n)
{
	struct nailgun_piece piece;
	struct nailgun d;

	if (connection_is_alert(r->server, data, n)) {
		r->answer = RELAY_ALERT;
		return;
	}
	nailgun_init(&d, NAILGUN_SERVER);
	r->answer = nailgun_decode(&d, &data, &n, &piece) == NAILGUN_PIECE
	    ? RELAY_FRAMES
	    : RELAY_BYTES;
}

static void
receive_down(struct relay *r)
{
	struct buffer *b = &r->down;
	char *to = b->data + b->end;
	size_t n = connection_receive(r->server, to, sizeof(b->data) - b->end);

	stop_if_broken(r);
	if (n > 0 && r->answer == RELAY_EMPTY)
		examine(r, to, n);
	b->end += n;
}

/* When all input was sent, tell the server. */
static void
finish_sending(struct relay *r)
{
	struct connection *c = r->server;

	if (r->sent_all || c->input || !c->sending || !is_empty(&r->up))
		return;
	r->sent_all = true;
	c->quit = clock_after(clock_now(), c->quit_after);
	if (c->no_shutdown)
		return;
	/* If the connection is broken, receive_down will find out. */
	shutdown(c->sock, SHUT_WR);
	c->sending = false;
}

/* Whether only standard input could still bring something to do. */
static bool
is_done(const struct relay *r)
{
	return !r->server->receiving && is_empty(&r->down) && is_empty(&r->up);
}

/*
 * Wait until something can be read or written, and do it.  Returns false when
 * there is nothing more to wait for.
 */
static bool
move_bytes(struct relay *r)
{
	struct connection *c = r->server;
	struct buffer *up = &r->up, *down = &r->down;
	int wanted = 0, ready;

	if (is_done(r) && !c->input)
		return false;
	if (c->input && has_room(up))
		wanted |= WAIT_INPUT;
	if (!is_empty(down))
		wanted |= WAIT_OUTPUT;
	if (c->receiving && has_room(down))
		wanted |= WAIT_RECEIVE;
	if (!is_empty(up))
		wanted |= WAIT_SEND;
	ready = connection_wait(c, wanted, STDOUT_FILENO, is_done(r) ? 0 : -1);
	if (ready & WAIT_OUTPUT)
		buffer_drained(down,
		    connection_write_output(c, STDOUT_FILENO,
			down->data + down->start, down->end - down->start));
	if (ready & WAIT_RECEIVE)
		receive_down(r);
	if (ready & WAIT_SEND)
		send_up(r);
	if (ready & WAIT_INPUT)
		up->end += connection_read_input(
		    c, up->data + up->end, sizeof(up->data) - up->end);
	return ready != 0 || !is_done(r);
}

struct relay_end
relay(struct connection *c)
{
	struct relay r = { .server = c, .answer = RELAY_EMPTY };
	bool quit = false;

	do {
		finish_sending(&r);
		if (connection_must_quit(c)) {
			c->receiving = false; /* what arrived is written */
			c->quit = -1;
			quit = true;
		}
	} while (c->status == HAIL_ENDED && move_bytes(&r));
	connection_fail_if_lost(c);
	/* An end by -q says nothing about the server. */
	if (r.answer == RELAY_EMPTY &&
	    (quit || (r.sent_some && r.sent_all && !c->unread)))
		r.answer = RELAY_NONE;
	return (struct relay_end) { r.answer,
		c->unread || (!r.sent_all && !c->sending) };
}
