#include "commands/speaker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/* --- to the monitor --- */

void
speaker_send(struct speaker *s, enum exchange_type type, const void *payload,
    size_t length)
{
	/* It reads everything, or is gone, which ends this process too. */
	if (message_send(s->monitor, type, payload, length, 0) == -1)
		_exit(EX_IOERR);
}

void
speaker_done(struct speaker *s)
{
	speaker_send(s, EXCHANGE_DONE, &s->counts, sizeof(s->counts));
	_exit(EXIT_SUCCESS);
}

void
speaker_close_input(struct speaker *s)
{
	if (s->in != -1)
		close(s->in);
	s->in = -1;
}

void
speaker_client_gone(struct speaker *s)
{
	if (s->gone)
		return;
	s->gone = true;
	s->reading = false;
	s->input_len = s->piece.len = s->output_len = 0;
	speaker_close_input(s);
	speaker_send(s, EXCHANGE_GONE, NULL, 0);
}

/* --- to the client --- */

static void
put_frame(
    struct speaker *s, enum nailgun_type type, const void *data, size_t len)
{
	char *to = s->output + s->output_at + s->output_len;

	nailgun_header((unsigned char *)to, type, len);
	memcpy(to + NAILGUN_HEADER_SIZE, data, len);
	s->output_len += NAILGUN_HEADER_SIZE + len;
}

/* There is room for a chunk, and for something small before and after it. */
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
				speaker_client_gone(s);
			return;
		}
		s->output_at += (size_t)n;
		s->output_len -= (size_t)n;
	}
	s->output_at = 0;
}

/* More input, if the program still takes any. */
static void
request_input(struct speaker *s)
{
	if (s->in == -1 || s->phase != RUNNING)
		s->owed = 0;
	while (s->owed > 0 && s->output_len < SMALL - NAILGUN_HEADER_SIZE &&
	    has_room(s)) {
		put_frame(s, NAILGUN_SEND_INPUT, "", 0);
		s->owed--;
	}
}

bool
source_is_drained(const struct source *source)
{
	return source->fd == -1 || source->left == 0;
}

void
speaker_read_source(struct speaker *s, struct source *source)
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
	s->counts.out += (uint64_t)n;
	if (source->left != -1)
		source->left -= (int)n;
	if (s->gone)
		return;
	nailgun_header((unsigned char *)to, source->type, (size_t)n);
	s->output_len += NAILGUN_HEADER_SIZE + (size_t)n;
}

/* All output is in the buffer: after it the reason, verdict and status. */
static void
put_end(struct speaker *s)
{
	char status[16];

	if (s->end.text[0] != '\0')
		put_frame(s, NAILGUN_ERROR, s->end.text, strlen(s->end.text));
	if (s->frames.extended)
		put_frame(
		    s, NAILGUN_VERDICT, s->end.verdict, strlen(s->end.verdict));
	snprintf(status, sizeof(status), "%d", (int)s->end.status);
	put_frame(s, NAILGUN_EXIT, status, strlen(status));
	s->phase = FLUSHING;
}

void
speaker_write(struct speaker *s)
{
	bool drained = source_is_drained(&s->sources[0]) &&
	    source_is_drained(&s->sources[1]);

	/* Again when there was no room: no event would bring us back. */
	do {
		request_input(s);
		if (s->phase == ENDING && drained && !s->gone && has_room(s))
			put_end(s);
		flush(s);
	} while (!s->gone && s->output_len == 0 &&
	    (s->owed > 0 || (s->phase == ENDING && drained)));
	if (s->gone && drained && s->phase >= ENDING)
		speaker_done(s);
}
