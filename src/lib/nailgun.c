#include "lib/nailgun.h"

#include <sys/param.h>

#include <arpa/inet.h>

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/*
 * How far a sender is.  A server is at FIRST, at COMMAND after its verdict, or
 * at ENDED.
 */
enum phase {
	FIRST, /* arguments */
	ENVIRONMENT,
	DIRECTORY, /* has been sent */
	COMMAND,   /* has been sent */
	ENDED,
};

#define ANY NAILGUN_PAYLOAD_MAX

/* The types of frames, their senders, and when they are allowed. */
static const struct kind {
	enum nailgun_type type;
	enum nailgun_side sender;
	enum phase from, to; /* the phases in which it is allowed */
	enum phase next;     /* the phase after it, unless already later */
	uint32_t max;	     /* of its payload */
} kinds[] = {
	{ NAILGUN_ARGUMENT, NAILGUN_CLIENT, FIRST, FIRST, FIRST, ANY },
	{ NAILGUN_ENVIRONMENT, NAILGUN_CLIENT, FIRST, ENVIRONMENT, ENVIRONMENT,
	    ANY },
	{ NAILGUN_DIRECTORY, NAILGUN_CLIENT, FIRST, ENVIRONMENT, DIRECTORY,
	    ANY },
	{ NAILGUN_COMMAND, NAILGUN_CLIENT, FIRST, DIRECTORY, COMMAND, ANY },
	{ NAILGUN_INPUT, NAILGUN_CLIENT, COMMAND, COMMAND, COMMAND, ANY },
	{ NAILGUN_INPUT_END, NAILGUN_CLIENT, COMMAND, COMMAND, ENDED, 0 },
	{ NAILGUN_HEARTBEAT, NAILGUN_CLIENT, FIRST, ENDED, FIRST, 0 },
	{ NAILGUN_OUTPUT, NAILGUN_SERVER, FIRST, FIRST, FIRST, ANY },
	{ NAILGUN_ERROR, NAILGUN_SERVER, FIRST, FIRST, FIRST, ANY },
	{ NAILGUN_SEND_INPUT, NAILGUN_SERVER, FIRST, FIRST, FIRST, 0 },
	{ NAILGUN_VERDICT, NAILGUN_SERVER, FIRST, FIRST, COMMAND,
	    NAILGUN_VERDICT_MAX },
	{ NAILGUN_EXIT, NAILGUN_SERVER, FIRST, COMMAND, ENDED,
	    NAILGUN_EXIT_MAX },
};

/* The kind of a frame of TYPE from the sender of D; NULL: unknown. */
static const struct kind *
find_kind(const struct nailgun *d, unsigned char type)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if ((unsigned char)kinds[i].type == type &&
		    (!islower(type) ||
			(d->extended && kinds[i].sender == d->sender)))
			return &kinds[i];
	return NULL;
}

void
nailgun_init(struct nailgun *d, enum nailgun_side sender)
{
	*d = (struct nailgun) { .sender = sender, .phase = FIRST };
}

bool
nailgun_is_between_frames(const struct nailgun *d)
{
	return d->header_len == 0;
}

static int __attribute__((format(printf, 2, 3)))
wrong(struct nailgun *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(d->error, sizeof(d->error), fmt, ap);
	va_end(ap);
	return -1;
}

/* Check a complete header.  Returns 0, or -1 with the error set. */
static int
check_header(struct nailgun *d)
{
	const unsigned char *h = d->header;
	const struct kind *kind = find_kind(d, h[4]);
	uint32_t length, max;
	char type[8];

	memcpy(&length, h, sizeof(length));
	length = ntohl(length);
	max = kind != NULL ? kind->max : ANY;
	snprintf(type, sizeof(type), isgraph(h[4]) ? "'%c'" : "0x%02x", h[4]);
	if (length > max)
		return wrong(d,
		    "frame of type %s with %u bytes, at most %u are allowed",
		    type, length, max);
	if (h[4] == 'L')
		return wrong(
		    d, "frame of type 'L': split arguments are not supported");
	d->ignored = kind == NULL && d->extended && islower(h[4]);
	if (kind == NULL && !d->ignored)
		return wrong(d, "frame of unknown type %s", type);
	d->length = length;
	d->offset = 0;
	if (kind == NULL) {
		if (d->phase == ENDED && d->sender == NAILGUN_SERVER)
			return wrong(d, "frame of type %s after the end", type);
		return 0;
	}
	if (kind->sender != d->sender)
		return wrong(d, "frame of type %s, which only a %s may send",
		    type, kind->sender == NAILGUN_CLIENT ? "client" : "server");
	if (d->phase == ENDED && kind->to < ENDED)
		return wrong(d, "frame of type %s after the end", type);
	if (d->phase < (int)kind->from || d->phase > (int)kind->to)
		return wrong(d, "frame of type %s out of order", type);
	if (d->phase < (int)kind->next)
		d->phase = kind->next;
	return 0;
}

/* As nailgun_decode does, but ignored frames are returned. */
static enum nailgun_result
decode(struct nailgun *d, const char **data, size_t *len,
    struct nailgun_piece *piece)
{
	size_t n;

	if (d->error[0] != '\0')
		return NAILGUN_WRONG;
	if (*len == 0)
		return NAILGUN_MORE;
	if (d->header_len < NAILGUN_HEADER_SIZE) {
		n = MIN(NAILGUN_HEADER_SIZE - d->header_len, *len);
		memcpy(d->header + d->header_len, *data, n);
		d->header_len += n;
		*data += n;
		*len -= n;
		if (d->header_len < NAILGUN_HEADER_SIZE)
			return NAILGUN_MORE;
		if (check_header(d) == -1)
			return NAILGUN_WRONG;
	}
	n = MIN(d->length - d->offset, *len);
	if (n == 0 && d->length != 0)
		return NAILGUN_MORE;
	*piece = (struct nailgun_piece) { .type = d->header[4],
		.length = d->length,
		.offset = d->offset,
		.last = d->offset + n == d->length,
		.data = *data,
		.len = n };
	d->offset += n;
	*data += n;
	*len -= n;
	if (piece->last)
		d->header_len = 0;
	return NAILGUN_PIECE;
}

enum nailgun_result
nailgun_decode(struct nailgun *d, const char **data, size_t *len,
    struct nailgun_piece *piece)
{
	enum nailgun_result result;

	do
		result = decode(d, data, len, piece);
	while (result == NAILGUN_PIECE && d->ignored);
	return result;
}

void
nailgun_header(unsigned char header[NAILGUN_HEADER_SIZE],
    enum nailgun_type type, size_t len)
{
	uint32_t length = htonl((uint32_t)len);

	memcpy(header, &length, sizeof(length));
	header[4] = (unsigned char)type;
}

static size_t
put_frame(char *buf, enum nailgun_type type, const char *payload, size_t len)
{
	nailgun_header((unsigned char *)buf, type, len);
	memcpy(buf + NAILGUN_HEADER_SIZE, payload, len);
	return NAILGUN_HEADER_SIZE + len;
}

size_t
nailgun_refusal(char buf[NAILGUN_REFUSAL_MAX], const char *text, int status)
{
	char line[NAILGUN_TEXT_MAX + 2], number[NAILGUN_EXIT_MAX];
	size_t len = strnlen(text, NAILGUN_TEXT_MAX), n;

	if (len > 0 && text[len - 1] == '\n')
		len--;
	snprintf(line, sizeof(line), "%.*s\n", (int)len, text);
	n = put_frame(buf, NAILGUN_ERROR, line, len + 1);
	snprintf(number, sizeof(number), "%d", status);
	return n + put_frame(buf + n, NAILGUN_EXIT, number, strlen(number));
}

int
nailgun_status(const char *text, size_t len)
{
	bool negative;
	int n = 0;
	size_t i;

	if (len > 0 && text[len - 1] == '\n')
		len--;
	if (len > 0 && text[len - 1] == '\r')
		len--;
	negative = len > 0 && text[0] == '-';
	i = negative;
	if (i == len)
		return -1;
	for (; i < len; i++) {
		if (!isdigit((unsigned char)text[i]))
			return -1;
		if (n <= 255)
			n = n * 10 + (text[i] - '0');
	}
	return negative || n > 255 ? 255 : n;
}
