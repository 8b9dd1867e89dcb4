#include "commands/speaker.h"

#include <sys/socket.h>
#include <sys/syscall.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "config/command.h"

static void
send_request(struct speaker *s)
{
	uint32_t size = (uint32_t)s->request_len;
	size_t at, n;

	memcpy(s->request, &s->header, sizeof(s->header));
	speaker_send(s, EXCHANGE_REQUEST, &size, sizeof(size));
	for (at = 0; at < s->request_len; at += n) {
		n = s->request_len - at;
		if (n > EXCHANGE_PART_MAX)
			n = EXCHANGE_PART_MAX;
		speaker_send(s, EXCHANGE_PART, s->request + at, n);
	}
	s->phase = REQUESTED;
}

static void
refuse(struct speaker *s, const char *why)
{
	struct exchange_invalid invalid;

	s->reading = false;
	s->input_len = s->piece.len = 0;
	s->phase = REQUESTED; /* until the monitor sends END */
	memset(&invalid, 0, sizeof(invalid));
	invalid.counts = s->counts;
	strlcpy(invalid.error, why, sizeof(invalid.error));
	speaker_send(s, EXCHANGE_INVALID, &invalid, sizeof(invalid));
}

/* A string of the request, a piece of it at a time. */
static void
take_string(struct speaker *s, const struct nailgun_piece *piece)
{
	uint32_t *count = piece->type == NAILGUN_ARGUMENT ? &s->header.nargs
	    : piece->type == NAILGUN_ENVIRONMENT	  ? &s->header.nenv
							  : NULL;

	if (piece->offset == 0 && count != NULL &&
	    ++*count > COMMAND_ARGS_MAX) {
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

void
speaker_write_input(struct speaker *s)
{
	struct nailgun_piece *piece = &s->piece;
	ssize_t n = (ssize_t)piece->len;

	if (s->in != -1 && piece->len > 0) {
		n = write(s->in, piece->data, piece->len);
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n == -1) { /* the program has closed it */
			speaker_close_input(s);
			n = (ssize_t)piece->len;
		}
	}
	piece->data += n;
	piece->len -= (size_t)n;
	if (piece->len == 0 && piece->last)
		s->owed++;
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
		s->counts.in += piece->len;
		s->piece = *piece;
		speaker_write_input(s);
		break;
	case NAILGUN_INPUT_END:
		speaker_close_input(s);
		break;
	default: /* the client's directory, which is ignored; heartbeats */
		break;
	}
}

void
speaker_decode(struct speaker *s)
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
			break;
		}
	}
}

/*
 * The stock C client writes a header and its payload apart, so that Nagle's
 * algorithm waits for our acknowledgment, which is delayed too (as others
 * measured: 1 MB of input in 22 s; with this in 0.01 s).
 */
static void
acknowledge(const struct speaker *s)
{
	const int on = 1;

	if (s->tcp && !nailgun_is_between_frames(&s->frames))
		syscall(__NR_setsockopt, s->client, IPPROTO_TCP, TCP_QUICKACK,
		    &on, sizeof(on));
}

void
speaker_read_client(struct speaker *s)
{
	ssize_t n = read(s->client, s->input, CHUNK);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		speaker_client_gone(s);
		return;
	}
	s->next = s->input;
	s->input_len = (size_t)n;
	speaker_decode(s);
	acknowledge(s);
}
