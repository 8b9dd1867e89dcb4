#include "ctl/export/http.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* A part of the request. */
struct span {
	const char *at;
	size_t len;
};

static bool
span_is(struct span s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.at, text, s.len) == 0;
}

static bool
span_is_nocase(struct span s, const char *text)
{
	return s.len == strlen(text) && strncasecmp(s.at, text, s.len) == 0;
}

/*
 * Cut *S at the first DELIMITER and move it past that.  Returns the part before
 * it, or all.
 */
static struct span
span_cut(struct span *s, char delimiter)
{
	const char *end = memchr(s->at, delimiter, s->len);
	size_t len = end != NULL ? (size_t)(end - s->at) : s->len;
	struct span part = { s->at, len };

	if (end != NULL)
		len++;
	s->at += len;
	s->len -= len;
	return part;
}

static struct span
span_trim(struct span s)
{
	while (s.len > 0 && (*s.at == ' ' || *s.at == '\t')) {
		s.at++;
		s.len--;
	}
	while (s.len > 0 && (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t'))
		s.len--;
	return s;
}

static bool
is_token(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!isalnum((unsigned char)s.at[i]) &&
		    (s.at[i] == '\0' ||
			strchr("!#$%&'*+-.^_`|~", s.at[i]) == NULL))
			return false;
	return s.len > 0;
}

/* --- Accept --- */

/* The media types that matter, and how they are preferred, in thousandths. */
struct accept {
	int openmetrics, text, texts, all; /* -1: not named */
};

/* "1", "0.5", "0.123"; -1 if it is none. */
static int
read_quality(struct span s)
{
	int q, digit = 100;

	if (s.len == 0 || s.len > 5 || (*s.at != '0' && *s.at != '1'))
		return -1;
	q = (*s.at - '0') * 1000;
	if (s.len > 1 && s.at[1] != '.')
		return -1;
	for (s.at += 2; s.len > 2; s.len--, s.at++, digit /= 10) {
		if (!isdigit((unsigned char)*s.at))
			return -1;
		q += (*s.at - '0') * digit;
	}
	return q > 1000 ? -1 : q;
}

static void
keep(int *place, int quality)
{
	if (quality > *place)
		*place = quality;
}

/* One of the elements of Accept.  What cannot be read is not accepted. */
static void
read_range(struct accept *a, struct span s)
{
	struct span type = span_trim(span_cut(&s, ';')), name, value;
	int quality = 1000;
	bool known = true; /* the version */

	while (s.len > 0) {
		value = span_trim(span_cut(&s, ';'));
		name = span_trim(span_cut(&value, '='));
		value = span_trim(value);
		if (span_is_nocase(name, "q"))
			quality = read_quality(value);
		else if (span_is_nocase(name, "version"))
			known = span_is(value, "1.0.0");
	}
	if (span_is_nocase(type, "application/openmetrics-text") && known)
		keep(&a->openmetrics, quality);
	else if (span_is_nocase(type, "text/plain"))
		keep(&a->text, quality);
	else if (span_is_nocase(type, "text/*"))
		keep(&a->texts, quality);
	else if (span_is_nocase(type, "*/*"))
		keep(&a->all, quality);
}

/* Without a type that it can have, a client gets plain text. */
static bool
prefers_openmetrics(const struct accept *a)
{
	int text = a->text != -1 ? a->text : a->texts != -1 ? a->texts : a->all;

	return a->openmetrics > 0 && a->openmetrics >= text;
}

/* --- the head --- */

/* "/metrics" of "/metrics?x=y" and of "http://host/metrics". */
static bool
read_target(struct http_request *r, struct span target)
{
	static const char scheme[] = "http://";
	const size_t len = strlen(scheme);
	const char *slash;

	if (target.len > len && strncasecmp(target.at, scheme, len) == 0) {
		slash = memchr(target.at + len, '/', target.len - len);
		if (slash == NULL)
			return false;
		target.len -= (size_t)(slash - target.at);
		target.at = slash;
	}
	target = span_cut(&target, '?');
	r->path = target.at;
	r->path_len = target.len;
	return target.len > 0 && (*target.at == '/' || span_is(target, "*"));
}

static enum http_status
read_version(struct span s, bool *needs_host)
{
	if (s.len != 8 || memcmp(s.at, "HTTP/", 5) != 0 ||
	    !isdigit((unsigned char)s.at[5]) || s.at[6] != '.' ||
	    !isdigit((unsigned char)s.at[7]))
		return HTTP_BAD_REQUEST;
	*needs_host = s.at[7] != '0';
	return s.at[5] == '1' ? HTTP_OK : HTTP_BAD_VERSION;
}

static enum http_status
read_request_line(struct http_request *r, struct span line, bool *needs_host)
{
	static const char *const methods[] = { [HTTP_GET] = "GET",
		[HTTP_HEAD] = "HEAD",
		[HTTP_OPTIONS] = "OPTIONS" };
	struct span method = span_cut(&line, ' ');
	struct span target = span_cut(&line, ' ');
	enum http_status status;
	size_t i;

	if (!is_token(method))
		return HTTP_BAD_REQUEST;
	for (i = 0; i < HTTP_OTHER && !span_is(method, methods[i]); i++)
		continue;
	r->method = (enum http_method)i;
	if ((status = read_version(line, needs_host)) != HTTP_OK)
		return status;
	return read_target(r, target) ? HTTP_OK : HTTP_BAD_REQUEST;
}

/*
 * A header field.  A line that continues the one before it begins with a blank,
 * which no name has.
 */
static bool
read_field(struct accept *a, struct span line, unsigned int *hosts)
{
	struct span name, value = line;

	if (memchr(line.at, ':', line.len) == NULL)
		return false;
	name = span_cut(&value, ':');
	if (span_is_nocase(name, "Host"))
		++*hosts;
	else if (span_is_nocase(name, "Accept"))
		while (value.len > 0)
			read_range(a, span_cut(&value, ','));
	return is_token(name);
}

/* Whether the N bytes at BUF can be in a head: no control characters. */
static bool
has_text(const char *buf, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((buf[i] >= 0 && buf[i] < ' ' && buf[i] != '\t' &&
			buf[i] != '\r' && buf[i] != '\n') ||
		    buf[i] == 0x7f)
			return false;
	return true;
}

/* A line without its end, CR LF or LF; false if it has a CR in the middle. */
static bool
next_line(struct span *rest, struct span *line)
{
	*line = span_cut(rest, '\n');
	if (line->len > 0 && line->at[line->len - 1] == '\r')
		line->len--;
	return memchr(line->at, '\r', line->len) == NULL;
}

/* The number of bytes up to the empty line, with it; 0: it has not come. */
static size_t
head_length(const char *buf, size_t len)
{
	const char *p = buf, *end = buf + len;

	while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		p++;
		if (p < end && *p == '\n')
			return (size_t)(p + 1 - buf);
		if (end - p >= 2 && p[0] == '\r' && p[1] == '\n')
			return (size_t)(p + 2 - buf);
	}
	return 0;
}

static enum http_status
read_head(struct http_request *r, struct span head)
{
	struct accept accept = { -1, -1, -1, -1 };
	bool needs_host = false;
	unsigned int hosts = 0;
	enum http_status status;
	struct span line;

	if (!next_line(&head, &line))
		return HTTP_BAD_REQUEST;
	status = read_request_line(r, line, &needs_host);
	if (status != HTTP_OK)
		return status;
	while (next_line(&head, &line) && line.len > 0)
		if (!read_field(&accept, line, &hosts))
			return HTTP_BAD_REQUEST;
	if (line.len > 0 || hosts > 1 || (needs_host && hosts == 0))
		return HTTP_BAD_REQUEST;
	r->openmetrics = prefers_openmetrics(&accept);
	return HTTP_OK;
}

enum http_status
http_read(const char *buf, size_t len, struct http_request *r)
{
	size_t skip = 0, head;

	*r = (struct http_request) { .method = HTTP_OTHER };
	/* RFC 9112 section 2.2: empty lines before the request. */
	while (
	    skip < len && skip < 4 && (buf[skip] == '\r' || buf[skip] == '\n'))
		skip++;
	head = head_length(buf + skip, len - skip);
	if (!has_text(buf, head != 0 ? skip + head : len))
		return HTTP_BAD_REQUEST;
	if (head == 0 || skip + head > HTTP_HEAD_MAX)
		return len < HTTP_HEAD_MAX ? HTTP_MORE : HTTP_TOO_LARGE;
	return read_head(r, (struct span) { buf + skip, head });
}

bool
http_path_is(const struct http_request *r, const char *path)
{
	return span_is((struct span) { r->path, r->path_len }, path);
}

const char *
http_reason(enum http_status status)
{
	switch (status) {
	case HTTP_MORE:
		break;
	case HTTP_OK:
		return "OK";
	case HTTP_BAD_REQUEST:
		return "Bad Request";
	case HTTP_NOT_FOUND:
		return "Not Found";
	case HTTP_NOT_ALLOWED:
		return "Method Not Allowed";
	case HTTP_TIMEOUT:
		return "Request Timeout";
	case HTTP_TOO_LARGE:
		return "Request Header Fields Too Large";
	case HTTP_UNAVAILABLE:
		return "Service Unavailable";
	case HTTP_BAD_VERSION:
		return "HTTP Version Not Supported";
	}
	return "";
}
