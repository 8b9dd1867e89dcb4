#include "lib/record.h"

#include <arpa/inet.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <vis.h>

#include "lib/addr.h"
#include "lib/number.h"

/* The first and the last line are records like the others. */
struct number {
	uint64_t n;
};
static const struct record_field end_field =
    RECORD_FIELD("lines", RECORD_NUMBER, struct number, n, 0, UINT64_MAX);
static const struct record_kind end_kind = { "end", &end_field, 1,
	sizeof(struct number), true, NULL };

/* A number of the size that a struct's member has. */
union sized {
	uint8_t n8;
	uint32_t n32;
	uint64_t n64;
};

static uint64_t
load_number(const void *at, size_t size)
{
	union sized u;

	memcpy(&u, at, size);
	return size == sizeof(u.n8) ? u.n8
	    : size == sizeof(u.n32) ? u.n32
				    : u.n64;
}

static void
store_number(void *at, size_t size, uint64_t n)
{
	union sized u;

	if (size == sizeof(u.n8))
		u.n8 = (uint8_t)n;
	else if (size == sizeof(u.n32))
		u.n32 = (uint32_t)n;
	else
		u.n64 = n;
	memcpy(at, &u, size);
}

/* --- writing --- */

static void
put_word(const char *text, FILE *out)
{
	char escaped[8];

	if (text == NULL || *text == '\0') {
		fputs("-", out);
		return;
	}
	if (strcmp(text, "-") == 0) { /* which is not none */
		fputs("\\055", out);
		return;
	}
	for (; *text != '\0'; text++) {
		vis(escaped, *text, VIS_WHITE | VIS_OCTAL, text[1]);
		fputs(escaped, out);
	}
}

/*
 * A Unix socket may be bound to a path that is relative or without a NUL; these
 * are not needed.
 */
static bool
has_name(const struct addr *a)
{
	return addr_is_abstract(a) ||
	    (a->un.sun_path[0] == '/' &&
		memchr(a->un.sun_path, '\0', sizeof(a->un.sun_path)) != NULL);
}

static void
put_address(const struct addr *a, FILE *out)
{
	char text[ADDR_TEXT_MAX];

	if (a->sa.sa_family == AF_INET6 && a->in6.sin6_scope_id != 0) {
		/* Its interface may have no name when this is read. */
		inet_ntop(AF_INET6, &a->in6.sin6_addr, text, sizeof(text));
		fprintf(out, "[%s%%%u]:%u", text,
		    (unsigned int)a->in6.sin6_scope_id, addr_port(a));
	} else if (a->sa.sa_family == AF_UNSPEC)
		put_word(NULL, out);
	else if (a->sa.sa_family == AF_UNIX && !has_name(a))
		put_word("unix", out);
	else
		put_word(addr_print(a, text, sizeof(text)), out);
}

static void
put_field(const struct record_field *f, const void *record, FILE *out)
{
	const char *at = (const char *)record + f->offset, *word;
	int64_t n;
	int fd;

	fprintf(out, " %s=", f->name);
	switch (f->type) {
	case RECORD_NUMBER:
		fprintf(out, "%" PRIu64, load_number(at, f->size));
		break;
	case RECORD_OPTIONAL:
		memcpy(&n, at, sizeof(n));
		if (n < 0)
			put_word(NULL, out);
		else
			fprintf(out, "%" PRId64, n);
		break;
	case RECORD_FD:
		memcpy(&fd, at, sizeof(fd));
		fprintf(out, "%d", fd);
		break;
	case RECORD_WORD:
		memcpy(&word, at, sizeof(word));
		put_word(word, out);
		break;
	case RECORD_ADDRESS:
		put_address((const void *)at, out);
		break;
	}
}

void
record_write(
    struct record_writer *w, const struct record_kind *kind, const void *record)
{
	size_t i;

	fputs(kind->name, w->out);
	for (i = 0; i < kind->nfields; i++)
		put_field(&kind->fields[i], record, w->out);
	fputc('\n', w->out);
	w->lines++;
}

void
record_begin(
    struct record_writer *w, const struct record_format *format, FILE *out)
{
	w->out = out;
	w->lines = 1;
	fprintf(out, "%s version=%u\n", format->name, format->version);
}

int
record_end(struct record_writer *w)
{
	const struct number end = { w->lines };

	record_write(w, &end_kind, &end);
	return ferror(w->out) || fflush(w->out) == EOF ? -1 : 0;
}

/* --- reading --- */

struct reader {
	const struct record_format *format;
	void *arg;
	void *record;	    /* room for the largest */
	unsigned char *fds; /* bits: descriptors that were named */
	uint64_t seen;	    /* bits: kinds */
	size_t lines;	    /* before this one */
	bool ended;
};

static bool
get_number(const struct record_field *f, const char *text, void *at)
{
	uint64_t n;

	if (!number_parse_unsigned(text, f->max, &n) || n < f->min)
		return false;
	store_number(at, f->size, n);
	return true;
}

static bool
get_optional(const char *text, void *at)
{
	int64_t n = -1;

	if (strcmp(text, "-") != 0 && !number_parse(text, 0, INT64_MAX, &n))
		return false;
	memcpy(at, &n, sizeof(n));
	return true;
}

static bool
get_fd(
    struct reader *r, const struct record_field *f, const char *text, void *at)
{
	unsigned char *bits;
	int64_t n = -1;
	int fd;

	if (f->min > 0 || strcmp(text, "-1") != 0) {
		if (!number_parse(text, 3, RECORD_FD_MAX, &n))
			return false;
		bits = &r->fds[n / 8];
		if (*bits & 1U << n % 8)
			return false;
		*bits |= (unsigned char)(1U << n % 8);
	}
	fd = (int)n;
	memcpy(at, &fd, sizeof(fd));
	return true;
}

/* Decode TEXT in its place, where it only becomes shorter. */
static bool
decode(char *text)
{
	int len = strunvis(text, text);

	return len != -1 && (size_t)len == strlen(text);
}

/* In this and the next one, "-" is the zero that the record has already. */
static bool
get_word(const struct record_field *f, char *text, void *at)
{
	if (strcmp(text, "-") == 0)
		return f->min == 0;
	if (!decode(text) || text[0] == '\0' || strlen(text) < f->min ||
	    strlen(text) > f->max)
		return false;
	memcpy(at, &text, sizeof(text));
	return true;
}

static bool
get_address(const struct record_field *f, char *text, struct addr *a)
{
	char host[ADDR_HOST_MAX], port[ADDR_PORT_MAX];
	int n;

	if (strcmp(text, "-") == 0)
		return f->min == 0; /* AF_UNSPEC */
	if (!decode(text))
		return false;
	if (text[0] == '/' || text[0] == '@')
		return addr_from_path(a, text) == 0;
	if (strcmp(text, "unix") == 0)
		return addr_from_path(a, "") == 0;
	return addr_split(text, host, port) == ADDR_HOST_PORT &&
	    (n = addr_port_number(port)) != -1 &&
	    addr_from_numeric(a, host, (unsigned int)n) == 0;
}

/* Read TOKEN, name=value, as the field F. */
static bool
get_field(struct reader *r, const struct record_field *f, char *token)
{
	const char *name = strsep(&token, "=");
	void *at = (char *)r->record + f->offset;

	if (token == NULL || strcmp(name, f->name) != 0)
		return false;
	switch (f->type) {
	case RECORD_NUMBER:
		return get_number(f, token, at);
	case RECORD_OPTIONAL:
		return get_optional(token, at);
	case RECORD_FD:
		return get_fd(r, f, token, at);
	case RECORD_WORD:
		return get_word(f, token, at);
	case RECORD_ADDRESS:
		return get_address(f, token, at);
	}
	return false;
}

static bool
get_record(struct reader *r, const struct record_kind *kind, char *rest)
{
	size_t i;

	memset(r->record, 0, kind->size);
	for (i = 0; i < kind->nfields; i++)
		if (!get_field(r, &kind->fields[i], strsep(&rest, " ")))
			return false;
	return rest == NULL;
}

static bool
read_line(struct reader *r, char *line)
{
	const struct record_format *f = r->format;
	const char *name = strsep(&line, " ");
	uint64_t bit = 1;
	size_t i;

	if (r->ended)
		return false;
	if (strcmp(name, end_kind.name) == 0) {
		r->ended = true;
		return get_record(r, &end_kind, line) &&
		    ((struct number *)r->record)->n == r->lines;
	}
	for (i = 0; i < f->nkinds; i++, bit <<= 1) {
		if (strcmp(f->kinds[i].name, name) != 0)
			continue;
		if (((r->seen & bit) && f->kinds[i].once) ||
		    !get_record(r, &f->kinds[i], line))
			return false;
		r->seen |= bit;
		return f->kinds[i].take == NULL ||
		    f->kinds[i].take(r->arg, r->record);
	}
	return false;
}

static bool
is_complete(const struct reader *r)
{
	size_t i;

	for (i = 0; i < r->format->nkinds; i++)
		if (r->format->kinds[i].once && !(r->seen & UINT64_C(1) << i))
			return false;
	return r->ended;
}

static int
read_all(struct reader *r, char *text, char *error, size_t size)
{
	const struct record_field version = RECORD_FIELD(
	    "version", RECORD_NUMBER, struct number, n, 1, r->format->version);
	const struct record_kind first = { r->format->name, &version, 1,
		sizeof(struct number), true, NULL };
	char *line = strsep(&text, "\n"), shown[41], *rest = line;

	strlcpy(shown, line, sizeof(shown));
	if (strcmp(strsep(&rest, " "), first.name) != 0 ||
	    !get_record(r, &first, rest)) {
		snprintf(error, size,
		    "unknown version \"%s\"; the newest known is %u", shown,
		    r->format->version);
		return -1;
	}
	for (r->lines = 1; text != NULL && *text != '\0'; r->lines++)
		if (!read_line(r, strsep(&text, "\n"))) {
			snprintf(
			    error, size, "line %zu is invalid", r->lines + 1);
			return -1;
		}
	if (!is_complete(r)) {
		snprintf(error, size, "incomplete");
		return -1;
	}
	return 0;
}

int
record_read(const struct record_format *format, void *arg, char *text,
    char *error, size_t size)
{
	struct reader r = { .format = format, .arg = arg };
	size_t i, room = end_kind.size;
	int result = -1;

	for (i = 0; i < format->nkinds; i++)
		if (format->kinds[i].size > room)
			room = format->kinds[i].size;
	r.record = malloc(room);
	r.fds = calloc(1, (RECORD_FD_MAX + 1) / 8);
	if (r.record == NULL || r.fds == NULL)
		snprintf(error, size, "%s", strerror(errno));
	else
		result = read_all(&r, text, error, size);
	free(r.record);
	free(r.fds);
	return result;
}
