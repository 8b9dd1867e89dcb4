/*
 * speaker.c -- the one process that parses what a client of commands sends.
 *
 * After confine() there are few system calls left: everything is read(2) and
 * write(2) on descriptors that do not block, and what libc would do by other
 * calls on some machines is called by its number.
 */

#include "commands/speaker.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "contain/confine.h"
#include "commands/exchange.h"
#include "lib/io.h"
#include "lib/pages.h"

/* How long it waits for the client to close: as nginx does. */
#define LINGER (5 * SECOND)

#define CHUNK ((size_t)64 * 1024) /* a pipe's worth */
/* Beside a chunk: frames without data, and a last word. */
#define SMALL ((size_t)1024)
#define OUTPUT_ROOM (CHUNK + 4 * SMALL)
#define REQUEST_ROOM (sizeof(struct request_header) + REQUEST_BYTES_MAX)

/*
 * Frames of input that a client may send before it is asked again.  One that
 * remembers but one request (the stock ones do) sends them one by one.
 */
#define CREDIT 4

enum phase {
	NAMING,	   /* the command has not been named */
	ASKED,	   /* the monitor has the request */
	RUNNING,   /* the program does */
	ENDING,	   /* it has ended, some of its output may be left */
	FLUSHING,  /* all is in the buffer, the status too */
	LINGERING, /* all is sent: until the client closes */
};

/* One of the program's two outputs. */
struct source {
	int fd; /* -1: at its end */
	enum nailgun_type type;
	int left; /* bytes, once the program has ended; before that -1 */
};

struct speaker {
	int client, talk;
	int in; /* the program's standard input, or -1 */
	struct source sources[2];
	enum phase phase;
	bool tcp;
	bool gone;    /* the client */
	bool reading; /* from it */
	int64_t deadline;

	struct nailgun frames;
	char *input; /* CHUNK bytes: what came */
	const char *next;
	size_t input_len;	    /* from next on, not decoded */
	struct nailgun_piece piece; /* of input: len bytes wait for the pipe */
	unsigned int owed;	    /* requests for more of it, not sent */

	char *request; /* REQUEST_ROOM bytes */
	size_t request_len;
	struct request_header header;

	char *output; /* OUTPUT_ROOM bytes: for the client */
	size_t output_at, output_len;

	struct told end;
	uint64_t bytes_in, bytes_out;
};

/* --- to the monitor --- */

static void
say(struct speaker *s, const void *packet, size_t len)
{
	/* It reads whatever comes, or is gone, and then so are we. */
	if (write(s->talk, packet, len) != (ssize_t)len)
		_exit(EX_IOERR);
}

static void
say_kind(struct speaker *s, enum said_kind kind, const char *why)
{
	struct said said;

	memset(&said, 0, sizeof(said));
	said.kind = kind;
	said.in = s->bytes_in;
	said.out = s->bytes_out;
	strlcpy(said.why, why, sizeof(said.why));
	say(s, &said, sizeof(said));
}

static void __attribute__((noreturn)) done(struct speaker *s)
{
	say_kind(s, SAID_DONE, "");
	_exit(EXIT_SUCCESS);
}

static void
send_request(struct speaker *s)
{
	struct said said;
	size_t at, n;

	memcpy(s->request, &s->header, sizeof(s->header));
	memset(&said, 0, sizeof(said));
	said.kind = SAID_REQUEST;
	said.size = (uint32_t)s->request_len;
	say(s, &said, sizeof(said));
	for (at = 0; at < s->request_len; at += n) {
		n = s->request_len - at;
		if (n > EXCHANGE_PACKET_MAX)
			n = EXCHANGE_PACKET_MAX;
		say(s, s->request + at, n);
	}
	s->phase = ASKED;
}

/* --- to the client --- */

static void
client_gone(struct speaker *s)
{
	if (s->gone)
		return;
	s->gone = true;
	s->reading = false;
	s->input_len = s->piece.len = s->output_len = 0;
	if (s->in != -1)
		close(s->in);
	s->in = -1;
	say_kind(s, SAID_GONE, "");
}

static void
put_frame(
    struct speaker *s, enum nailgun_type type, const void *data, size_t len)
{
	char *to = s->output + s->output_at + s->output_len;

	nailgun_header((unsigned char *)to, type, len);
	memcpy(to + NAILGUN_HEADER_SIZE, data, len);
	s->output_len += NAILGUN_HEADER_SIZE + len;
}

/* There is room for a chunk, and for something small before and behind it. */
static bool
has_room(struct speaker *s)
{
	if (s->output_len > SMALL)
		return false;
	memmove(s->output, s->output + s->output_at, s->output_len);
	s->output_at = 0;
	return true;
}

static void
flush(struct speaker *s)
{
	ssize_t n;

	while (s->output_len > 0) {
		n = write(s->client, s->output + s->output_at, s->output_len);
		if (n == -1) {
			if (errno != EAGAIN && errno != EINTR)
				client_gone(s);
			return;
		}
		s->output_at += (size_t)n;
		s->output_len -= (size_t)n;
	}
	s->output_at = 0;
}

/* More input, if the program still takes any. */
static void
ask_for_input(struct speaker *s)
{
	if (s->in == -1 || s->phase != RUNNING)
		s->owed = 0;
	while (s->owed > 0 && s->output_len < SMALL - NAILGUN_HEADER_SIZE &&
	    has_room(s)) {
		put_frame(s, NAILGUN_SEND_INPUT, "", 0);
		s->owed--;
	}
}

/* Carry what the program wrote, at most a chunk. */
static void
carry_output(struct speaker *s, struct source *source)
{
	size_t most = CHUNK;
	ssize_t n;
	char *to;

	if (!s->gone && !has_room(s))
		return;
	if (source->left != -1 && (size_t)source->left < most)
		most = (size_t)source->left;
	to = s->output + s->output_at + s->output_len;
	n = read(source->fd, to + NAILGUN_HEADER_SIZE, most);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		close(source->fd);
		source->fd = -1;
		return;
	}
	s->bytes_out += (uint64_t)n;
	if (source->left != -1)
		source->left -= (int)n;
	if (s->gone)
		return;
	nailgun_header((unsigned char *)to, source->type, (size_t)n);
	s->output_len += NAILGUN_HEADER_SIZE + (size_t)n;
}

static bool
is_drained(const struct source *source)
{
	return source->fd == -1 || source->left == 0;
}

/* All output is in the buffer: behind it the reason, and the status. */
static void
put_end(struct speaker *s)
{
	char status[16];

	if (s->end.text[0] != '\0')
		put_frame(s, NAILGUN_ERROR, s->end.text, strlen(s->end.text));
	snprintf(status, sizeof(status), "%d", (int)s->end.status);
	put_frame(s, NAILGUN_EXIT, status, strlen(status));
	s->phase = FLUSHING;
}

/*
 * Close with unread input, and the kernel sends a reset, which throws away what
 * is still on its way: so half-close, and wait for the client.
 */
static void
begin_to_linger(struct speaker *s)
{
	syscall(__NR_shutdown, s->client, SHUT_WR);
	s->phase = LINGERING;
	s->deadline = clock_now() + LINGER;
}

/* --- from the client --- */

static void
refuse(struct speaker *s, const char *why)
{
	s->reading = false;
	s->input_len = s->piece.len = 0;
	s->phase = ASKED; /* until the monitor says that it is over */
	say_kind(s, SAID_WRONG, why);
}

/* A string of the request, a piece of it at a time. */
static void
take_string(struct speaker *s, const struct nailgun_piece *piece)
{
	uint32_t *count = piece->type == NAILGUN_ARGUMENT ? &s->header.nargs
	    : piece->type == NAILGUN_ENVIRONMENT	  ? &s->header.nenv
							  : NULL;

	if (piece->offset == 0 && count != NULL &&
	    ++*count > REQUEST_ARGS_MAX) {
		refuse(s, "more than 4096 arguments or variables");
		return;
	}
	if (piece->offset == 0 &&
	    piece->length >= REQUEST_ROOM - s->request_len) {
		refuse(s, "a request of more than 1 MiB");
		return;
	}
	if (memchr(piece->data, '\0', piece->len) != NULL) {
		refuse(s, "a NUL byte");
		return;
	}
	memcpy(s->request + s->request_len, piece->data, piece->len);
	s->request_len += piece->len;
	if (!piece->last)
		return;
	s->request[s->request_len++] = '\0';
	if (piece->type == NAILGUN_COMMAND)
		send_request(s);
}

static void
take_piece(struct speaker *s, const struct nailgun_piece *piece)
{
	switch (piece->type) {
	case NAILGUN_ARGUMENT:
	case NAILGUN_ENVIRONMENT:
	case NAILGUN_COMMAND:
		take_string(s, piece);
		break;
	case NAILGUN_INPUT:
		s->bytes_in += piece->len;
		s->piece = *piece;
		break;
	case NAILGUN_INPUT_END:
		if (s->in != -1)
			close(s->in);
		s->in = -1;
		break;
	default: /* a directory: it is a stranger's; and heartbeats */
		break;
	}
}

/* Give the program what has come; what it does not want is thrown away. */
static void
carry_input(struct speaker *s)
{
	struct nailgun_piece *piece = &s->piece;
	ssize_t n = (ssize_t)piece->len;

	if (s->in != -1 && piece->len > 0) {
		n = write(s->in, piece->data, piece->len);
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n == -1) { /* it has closed it */
			close(s->in);
			s->in = -1;
			n = (ssize_t)piece->len;
		}
	}
	piece->data += n;
	piece->len -= (size_t)n;
	if (piece->len == 0 && piece->last)
		s->owed++;
}

static void
decode(struct speaker *s)
{
	struct nailgun_piece piece;

	while (s->piece.len == 0 &&
	    (s->phase == NAMING || s->phase == RUNNING) && !s->gone) {
		switch (nailgun_decode(
		    &s->frames, &s->next, &s->input_len, &piece)) {
		case NAILGUN_MORE:
			return;
		case NAILGUN_WRONG:
			refuse(s, s->frames.error);
			return;
		case NAILGUN_PIECE:
			take_piece(s, &piece);
			if (piece.type == NAILGUN_INPUT)
				carry_input(s);
			break;
		}
	}
}

/*
 * The stock C client writes a header and what belongs to it apart, so that
 * Nagle's algorithm waits for our acknowledgment, which waits too (measured by
 * others: 1 MB of input in 22 s; with this in 0.01 s).
 */
static void
acknowledge(const struct speaker *s)
{
	const int on = 1;

	if (s->tcp && !nailgun_is_between_frames(&s->frames))
		syscall(__NR_setsockopt, s->client, IPPROTO_TCP, TCP_QUICKACK,
		    &on, sizeof(on));
}

static void
read_client(struct speaker *s)
{
	ssize_t n = read(s->client, s->input, CHUNK);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client_gone(s);
		return;
	}
	s->next = s->input;
	s->input_len = (size_t)n;
	decode(s);
	acknowledge(s);
}

/* --- from the monitor --- */

static void
program_runs(struct speaker *s, const struct told *told)
{
	if (s->phase == ASKED && !s->gone && s->reading)
		s->phase = RUNNING;
	s->owed = CREDIT;
	if (!told->takes_stdin && s->in != -1) {
		close(s->in);
		s->in = -1;
	}
	decode(s);
}

/*
 * What it had written when it ended is in the pipes.  Others may still write
 * there, so it is counted now: their output is not the program's.
 */
static void
program_ended(struct speaker *s, const struct told *told)
{
	size_t i;

	s->end = *told;
	s->end.text[sizeof(s->end.text) - 1] = '\0';
	s->phase = ENDING;
	s->reading = false;
	s->input_len = s->piece.len = 0;
	if (s->in != -1)
		close(s->in);
	s->in = -1;
	for (i = 0; i < 2; i++)
		if (s->sources[i].fd != -1 &&
		    ioctl(s->sources[i].fd, FIONREAD, &s->sources[i].left) ==
			-1)
			s->sources[i].left = 0;
}

static void
read_monitor(struct speaker *s)
{
	struct told told;

	if (read(s->talk, &told, sizeof(told)) != (ssize_t)sizeof(told))
		_exit(EX_UNAVAILABLE); /* it is gone: so is all else */
	if (told.kind == TOLD_GO)
		program_runs(s, &told);
	else
		program_ended(s, &told);
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
	fds[MONITOR] = (struct pollfd) { .fd = s->talk, .events = POLLIN };
	fds[INPUT] = (struct pollfd) { .fd = s->in,
		.events = s->piece.len > 0 ? POLLOUT : 0 };
	for (i = 0; i < 2; i++) {
		fds[OUTPUT + i] =
		    (struct pollfd) { .fd = -1, .events = POLLIN };
		if (s->output_len <= SMALL && !is_drained(&s->sources[i]))
			fds[OUTPUT + i].fd = s->sources[i].fd;
	}
}

static void __attribute__((noreturn)) linger(struct speaker *s)
{
	ssize_t n;

	while (io_wait(s->client, POLLIN, s->deadline) > 0 &&
	    clock_now() < s->deadline) {
		n = read(s->client, s->input, CHUNK);
		if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR))
			break;
	}
	done(s);
}

/* Send what can be sent, and see whether that was all. */
static void
settle(struct speaker *s)
{
	bool drained = is_drained(&s->sources[0]) && is_drained(&s->sources[1]);

	/* Again when there was no room: nothing else would bring us back. */
	do {
		ask_for_input(s);
		if (s->phase == ENDING && drained && !s->gone && has_room(s))
			put_end(s);
		flush(s);
	} while (!s->gone && s->output_len == 0 &&
	    (s->owed > 0 || (s->phase == ENDING && drained)));
	if (s->gone && drained && s->phase >= ENDING)
		done(s);
	if (s->phase == FLUSHING && s->output_len == 0)
		begin_to_linger(s);
}

static void
take_client(struct speaker *s, short revents)
{
	if (s->gone)
		return;
	if (s->reading && (revents & POLLIN))
		read_client(s);
	else if (s->phase != FLUSHING &&
	    (revents & (POLLRDHUP | POLLHUP | POLLERR)))
		client_gone(s);
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
	if (s->in != -1 && (fds[INPUT].revents & POLLERR)) {
		close(s->in); /* nobody reads there any more */
		s->in = -1;
	}
	if (s->piece.len > 0 && (s->in == -1 || fds[INPUT].revents != 0)) {
		carry_input(s);
		decode(s);
	}
	for (i = 0; i < 2; i++)
		if (fds[OUTPUT + i].revents != 0 && !is_drained(&s->sources[i]))
			carry_output(s, &s->sources[i]);
	take_client(s, fds[CLIENT].revents);
	settle(s);
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

void
speaker_run(const struct speaker_fds *fds)
{
	const int on = 1;
	struct speaker s;

	memset(&s, 0, sizeof(s));
	s.client = fds->client;
	s.talk = fds->talk;
	s.in = fds->in;
	s.sources[0] = (struct source) { fds->out, NAILGUN_OUTPUT, -1 };
	s.sources[1] = (struct source) { fds->err, NAILGUN_ERROR, -1 };
	s.reading = true;
	nailgun_init(&s.frames, NAILGUN_CLIENT);
	s.input = allocate(CHUNK);
	s.output = allocate(OUTPUT_ROOM);
	s.request = allocate(REQUEST_ROOM);
	s.request_len = sizeof(s.header);
	unblock(s.client);
	unblock(s.in);
	/* It is no TCP if that fails. */
	s.tcp = setsockopt(
		    s.client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0;
	if (confine_calls() == -1)
		_exit(EX_OSERR);
	while (s.phase != LINGERING)
		take_turn(&s);
	linger(&s);
}
