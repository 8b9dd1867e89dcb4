#include "hail/run.h"

#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <string.h>
#include <unistd.h>

#include "lib/escape.h"
#include "lib/io.h"
#include "lib/nailgun.h"

#define INPUT_SIZE 65536
#define FRAME_SIZE (NAILGUN_HEADER_SIZE + INPUT_SIZE)
#define RECEIVE_SIZE 131072
#define HEARTBEAT (SECOND / 2)
#define HEAD_SIZE 32 /* of the first bytes, for messages */

/* Bytes that are not written yet. */
struct span {
	const char *data;
	size_t len;
};

struct run {
	struct connection *server;
	struct run_end *end; /* its status is -1 until it has come */

	/* To the server. */
	struct span up;	     /* the request, then one frame at a time */
	unsigned int credit; /* frames of it that the server still wants */
	int64_t beat;	     /* when the next heartbeat is due */
	char *frame;	     /* FRAME_SIZE */

	/* From the server. */
	struct nailgun decoder;
	struct span received; /* not yet decoded */
	struct span down;     /* decoded, and not yet written to ... */
	int to;		      /* ... this descriptor */
	bool seen_frame;      /* so it is a command service */
	char exit[NAILGUN_EXIT_MAX];
	char verdict[NAILGUN_VERDICT_MAX];
	char head[HEAD_SIZE];
	size_t head_len;
	size_t first_error_len;
	char *buffer; /* RECEIVE_SIZE */
};

static bool
is_over(const struct run *r)
{
	return r->server->status != HAIL_ENDED || r->end->status != -1;
}

/* --- to the server --- */

static void
send_up(struct run *r)
{
	size_t n = connection_send(r->server, r->up.data, r->up.len);

	r->up.data += n;
	r->up.len = r->server->sending ? r->up.len - n : 0;
}

/* Send a frame whose LEN bytes are in r->frame already, after the header. */
static void
send_frame(struct run *r, enum nailgun_type type, size_t len)
{
	nailgun_header((unsigned char *)r->frame, type, len);
	r->up = (struct span) { r->frame, NAILGUN_HEADER_SIZE + len };
	send_up(r);
}

static void
read_input(struct run *r)
{
	struct connection *c = r->server;
	size_t n = connection_read_input(
	    c, r->frame + NAILGUN_HEADER_SIZE, INPUT_SIZE);

	if (n == 0 && c->input)
		return;
	r->credit--;
	if (n == 0) {
		c->last_byte = clock_now();
		c->quit = clock_after(c->last_byte, c->quit_after);
	}
	send_frame(r, n > 0 ? NAILGUN_INPUT : NAILGUN_INPUT_END, n);
}

/* Show the server that hail is alive, unless other bytes do so. */
static void
send_heartbeat(struct run *r)
{
	int64_t now = clock_now();

	if (now < r->beat)
		return;
	r->beat = now + HEARTBEAT;
	if (r->server->sending && r->up.len == 0)
		send_frame(r, NAILGUN_HEARTBEAT, 0);
}

/* --- from the server --- */

static void
receive(struct run *r)
{
	size_t n = connection_receive(r->server, r->buffer, RECEIVE_SIZE);

	if (!r->server->sending)
		r->up.len = 0;
	if (n == 0)
		return;
	r->received = (struct span) { r->buffer, n };
	if (r->head_len == 0) {
		r->head_len = n < HEAD_SIZE ? n : HEAD_SIZE;
		memcpy(r->head, r->buffer, r->head_len);
	}
}

/* Keep the first line of standard error, without its newline. */
static void
keep_first_error(struct run *r, const struct nailgun_piece *piece)
{
	const char *end = memchr(piece->data, '\n', piece->len);
	size_t n = end != NULL ? (size_t)(end - piece->data) : piece->len;

	r->first_error_len = escape_append(r->end->first_error,
	    r->first_error_len, sizeof(r->end->first_error), piece->data, n);
	if (end != NULL)
		r->first_error_len = sizeof(r->end->first_error);
}

static void
take_output(struct run *r, const struct nailgun_piece *piece)
{
	r->down = (struct span) { piece->data, piece->len };
	r->to = piece->type == NAILGUN_OUTPUT ? STDOUT_FILENO : STDERR_FILENO;
	if (piece->type == NAILGUN_ERROR &&
	    r->first_error_len < sizeof(r->end->first_error) - 1)
		keep_first_error(r, piece);
}

static void
take_exit(struct run *r, const struct nailgun_piece *piece)
{
	char text[4 * NAILGUN_EXIT_MAX + 1] = "";

	memcpy(r->exit + piece->offset, piece->data, piece->len);
	if (!piece->last)
		return;
	r->end->status = nailgun_status(r->exit, piece->length);
	if (r->end->status == -1) {
		escape_append(text, 0, sizeof(text), r->exit, piece->length);
		connection_fail(r->server, HAIL_FAILED,
		    "the server sent an invalid exit status: \"%s\"", text);
	} else if (r->end->outcome.kind != OUTCOME_NONE &&
	    (r->end->status == 0 || outcome_status(&r->end->outcome) != 0))
		/* A failure never becomes a success. */
		r->end->status = outcome_status(&r->end->outcome);
}

/* An invalid verdict is an error of the protocol, as an invalid status is. */
static void
take_verdict(struct run *r, const struct nailgun_piece *piece)
{
	memcpy(r->verdict + piece->offset, piece->data, piece->len);
	if (piece->last &&
	    !outcome_parse(
		&r->end->outcome, r->end->words, r->verdict, piece->length))
		connection_fail(r->server, HAIL_FAILED,
		    "the server sent an invalid verdict");
}

static void
take_piece(struct run *r, const struct nailgun_piece *piece)
{
	r->seen_frame = true;
	if (piece->type == NAILGUN_EXIT)
		take_exit(r, piece);
	else if (piece->type == NAILGUN_VERDICT)
		take_verdict(r, piece);
	else if (piece->type == NAILGUN_SEND_INPUT)
		r->credit += r->credit < 1000;
	else
		take_output(r, piece);
}

/* WHY is what is wrong with the bytes that came. */
static void
fail_by_protocol(struct run *r, const char *why)
{
	char text[4 * HEAD_SIZE + 1] = "";

	if (r->seen_frame) {
		connection_fail(r->server, HAIL_FAILED,
		    "protocol error by the server: %s", why);
		return;
	}
	if (connection_is_alert(r->server, r->head, r->head_len)) {
		connection_fail(r->server, HAIL_FAILED, HAIL_ALERT_TEXT);
		return;
	}
	escape_append(text, 0, sizeof(text), r->head, r->head_len);
	connection_fail(r->server, HAIL_FAILED,
	    "not a command service: it sent \"%s\" (%s); to see its output, "
	    "run hail without a command",
	    text, why);
}

static void
fail_without_status(struct run *r)
{
	/* A reset can also mean that the server did not read the request. */
	if (!r->seen_frame && r->head_len > 0)
		fail_by_protocol(r, "no frame");
	else if (connection_fail_if_lost(r->server))
		return;
	else if (r->head_len == 0)
		connection_fail(r->server, HAIL_FAILED, HAIL_EMPTY_TEXT);
	else
		connection_fail(r->server, HAIL_FAILED,
		    "the server closed the connection %s",
		    nailgun_is_between_frames(&r->decoder)
			? "without an exit status"
			: "in the middle of a frame");
}

/* Decode until there is something to write or all is decoded. */
static void
decode(struct run *r)
{
	struct nailgun_piece piece;

	while (!is_over(r) && r->down.len == 0)
		switch (nailgun_decode(
		    &r->decoder, &r->received.data, &r->received.len, &piece)) {
		case NAILGUN_PIECE:
			take_piece(r, &piece);
			break;
		case NAILGUN_WRONG:
			fail_by_protocol(r, r->decoder.error);
			return;
		case NAILGUN_MORE:
			if (!r->server->receiving)
				fail_without_status(r);
			return;
		}
}

/* --- both directions --- */

/* Wait until something can be read or written, and do it. */
static void
move_bytes(struct run *r)
{
	struct connection *c = r->server;
	int wanted = 0, ready;
	size_t n;

	if (c->input && c->sending && r->credit > 0 && r->up.len == 0)
		wanted |= WAIT_INPUT;
	if (r->up.len != 0)
		wanted |= WAIT_SEND;
	if (r->down.len != 0)
		wanted |= WAIT_OUTPUT;
	else if (c->receiving)
		wanted |= WAIT_RECEIVE;
	ready = connection_wait(c, wanted, r->to, c->sending ? r->beat : -1);
	if (ready & WAIT_OUTPUT) {
		n = connection_write_output(
		    c, r->to, r->down.data, r->down.len);
		r->down.data += n;
		r->down.len -= n;
	}
	if (ready & WAIT_RECEIVE)
		receive(r);
	if (ready & WAIT_SEND)
		send_up(r);
	if ((ready & WAIT_INPUT) && c->sending)
		read_input(r);
}

void
run(struct connection *c, struct run_end *end, const char *request, size_t len)
{
	char frame[FRAME_SIZE], buffer[RECEIVE_SIZE];
	struct run r = { .server = c,
		.end = end,
		.up = { request, len },
		.beat = clock_now() + HEARTBEAT,
		.frame = frame,
		.buffer = buffer };
	int on = 1;

	/* Frames are small, and the server waits for each.  Fails on a Unix
	 * socket, which needs no such option. */
	setsockopt(c->sock, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	end->status = -1;
	end->outcome = (struct outcome) { OUTCOME_NONE, 0 };
	end->words[0] = end->first_error[0] = '\0';
	nailgun_init(&r.decoder, NAILGUN_SERVER);
	r.decoder.extended = c->extended;
	if (c->sending)
		send_up(&r);
	else
		r.up.len = 0;
	for (;;) {
		decode(&r);
		if (!is_over(&r) && connection_must_quit(c))
			connection_fail(c, HAIL_TIMED_OUT,
			    "timed out: no exit status %g seconds after the "
			    "end of standard input",
			    (double)c->quit_after / (double)SECOND);
		if (is_over(&r))
			return;
		send_heartbeat(&r);
		move_bytes(&r);
	}
}
