#include "hail/run.h"

#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "hail/connection.h"
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
	struct connection server;
	struct deadlines *deadlines;
	struct run_end *end;

	/* To the server. */
	struct span up;	     /* the request, then one frame at a time */
	bool input;	     /* standard input may have more */
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
	char head[HEAD_SIZE];
	size_t head_len;
	size_t first_error_len;
	char *buffer; /* RECEIVE_SIZE */

	bool over;
	enum run_result result; /* set when over */
};

static void __attribute__((format(printf, 2, 3)))
fail(struct run *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->end->error, sizeof(r->end->error), fmt, ap);
	va_end(ap);
	r->result = RUN_FAILED;
	r->over = true;
}

/* --- to the server --- */

static void
send_up(struct run *r)
{
	size_t n = connection_send(&r->server, r->up.data, r->up.len);

	r->up.data += n;
	r->up.len = r->server.sending ? r->up.len - n : 0;
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
	ssize_t n;

	n = read(STDIN_FILENO, r->frame + NAILGUN_HEADER_SIZE, INPUT_SIZE);
	if (n == -1) {
		if (!io_is_temporary(errno))
			fail(r, "cannot read standard input: %s",
			    strerror(errno));
		return;
	}
	r->credit--;
	deadlines_moved(r->deadlines);
	if (n > 0) {
		send_frame(r, NAILGUN_INPUT, (size_t)n);
		return;
	}
	r->input = false;
	deadlines_input_ended(r->deadlines);
	send_frame(r, NAILGUN_INPUT_END, 0);
}

/* Show the server that hail is alive, unless other bytes do so. */
static void
send_heartbeat(struct run *r)
{
	int64_t now = clock_now();

	if (now < r->beat)
		return;
	r->beat = now + HEARTBEAT;
	if (r->server.sending && r->up.len == 0)
		send_frame(r, NAILGUN_HEARTBEAT, 0);
}

/* --- from the server --- */

static void
receive(struct run *r)
{
	size_t n = connection_receive(&r->server, r->buffer, RECEIVE_SIZE);

	if (!r->server.sending)
		r->up.len = 0;
	if (n == 0)
		return;
	r->received = (struct span) { r->buffer, n };
	deadlines_moved(r->deadlines);
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
		fail(r, "the server sent an invalid exit status: \"%s\"", text);
		return;
	}
	r->result = RUN_EXITED;
	r->over = true;
}

static void
take_piece(struct run *r, const struct nailgun_piece *piece)
{
	r->seen_frame = true;
	if (piece->type == NAILGUN_EXIT)
		take_exit(r, piece);
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
		fail(r, "protocol error by the server: %s", why);
		return;
	}
	escape_append(text, 0, sizeof(text), r->head, r->head_len);
	fail(r,
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
	else if (r->server.broken != 0)
		fail(r, "connection lost: %s", strerror(r->server.broken));
	else if (nailgun_is_between_frames(&r->decoder))
		fail(r,
		    "the server closed the connection without an exit status");
	else
		fail(r,
		    "the server closed the connection in the middle of a "
		    "frame");
}

/* Decode until there is something to write or all is decoded. */
static void
decode(struct run *r)
{
	struct nailgun_piece piece;

	while (!r->over && r->down.len == 0)
		switch (nailgun_decode(
		    &r->decoder, &r->received.data, &r->received.len, &piece)) {
		case NAILGUN_PIECE:
			take_piece(r, &piece);
			break;
		case NAILGUN_WRONG:
			fail_by_protocol(r, r->decoder.error);
			return;
		case NAILGUN_MORE:
			if (!r->server.receiving)
				fail_without_status(r);
			return;
		}
}

static void
write_output(struct run *r)
{
	ssize_t n;

	n = io_write_some(r->to, r->down.data, r->down.len);
	if (n >= 0) {
		r->down.data += n;
		r->down.len -= (size_t)n;
		deadlines_moved(r->deadlines);
	} else if (!io_is_temporary(errno)) {
		bool broken_pipe = errno == EPIPE;

		fail(r, "cannot write standard %s: %s",
		    r->to == STDOUT_FILENO ? "output" : "error",
		    strerror(errno));
		if (broken_pipe)
			r->result = RUN_BROKEN_PIPE;
	}
}

/* --- both directions --- */

static void
check_deadlines(struct run *r)
{
	char err[128];

	if (deadlines_expired(r->deadlines, err, sizeof(err)))
		fail(r, "%s", err);
	else if (deadlines_must_quit(r->deadlines))
		fail(r,
		    "timed out: no exit status %g seconds after the end of "
		    "standard input",
		    (double)r->deadlines->quit_after / (double)SECOND);
}

/* Wait until something can be read or written, and do it. */
static void
move_bytes(struct run *r)
{
	int wanted = 0, ready;

	if (r->input && r->server.sending && r->credit > 0 && r->up.len == 0)
		wanted |= WAIT_INPUT;
	if (r->up.len != 0)
		wanted |= WAIT_SEND;
	if (r->down.len != 0)
		wanted |= WAIT_OUTPUT;
	else if (r->server.receiving)
		wanted |= WAIT_RECEIVE;
	ready = connection_wait(&r->server, wanted, r->to,
	    clock_sooner(deadlines_next(r->deadlines),
		r->server.sending ? r->beat : -1));
	if (ready == -1) {
		fail(r, "cannot poll: %s", strerror(errno));
		return;
	}
	if (ready & WAIT_OUTPUT)
		write_output(r);
	if (ready & WAIT_RECEIVE)
		receive(r);
	if (ready & WAIT_SEND)
		send_up(r);
	if ((ready & WAIT_INPUT) && r->server.sending)
		read_input(r);
}

enum run_result
run(struct run_end *end, int sock, int broken, const char *request, size_t len,
    struct deadlines *deadlines)
{
	char frame[FRAME_SIZE], buffer[RECEIVE_SIZE];
	struct run r = { .server = connection_make(sock, broken),
		.deadlines = deadlines,
		.end = end,
		.up = { request, broken == 0 ? len : 0 },
		.input = true,
		.beat = clock_now() + HEARTBEAT,
		.frame = frame,
		.buffer = buffer };
	int on = 1;

	/* Frames are small, and the server waits for each.  Fails on a Unix
	 * socket, which needs no such option. */
	setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	end->status = 0;
	end->error[0] = end->first_error[0] = '\0';
	nailgun_init(&r.decoder, NAILGUN_SERVER);
	deadlines_start(deadlines);
	if (r.server.sending)
		send_up(&r);
	while (!r.over) {
		decode(&r);
		if (r.over)
			break;
		check_deadlines(&r);
		send_heartbeat(&r);
		if (!r.over)
			move_bytes(&r);
	}
	return r.result;
}
