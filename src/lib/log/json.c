#include "lib/log/json.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Append TEXT if it and MORE bytes fit before the end of the object. */
static bool
append(struct json *j, const char *text, size_t more)
{
	size_t len = strlen(text);

	if (len + more > j->size - 2 - j->used)
		return false;
	memcpy(j->buf + j->used, text, len);
	j->used += len;
	return true;
}

/* Append a comma, if needed, and "NAME": if MORE bytes fit after it. */
static bool
append_name(struct json *j, const char *name, size_t more)
{
	char text[64];

	snprintf(text, sizeof(text), "%s\"%s\":", j->used > 1 ? "," : "", name);
	return append(j, text, more);
}

/* Whether C needs no escape in a string (RFC 8259, section 7). */
static bool
is_plain(char c)
{
	return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

/* Another byte, which is escaped.  Returns BUF. */
static const char *
escape(char c, char buf[8])
{
	if (c < ' ' || c > '~')
		snprintf(buf, 8, "\\u%04x", (unsigned int)(unsigned char)c);
	else {
		buf[0] = '\\';
		buf[1] = c;
		buf[2] = '\0';
	}
	return buf;
}

void
json_begin(struct json *j, char *buf, size_t size)
{
	*j = (struct json) { .buf = buf, .size = size, .used = 1 };
	buf[0] = '{';
}

void
json_text(struct json *j, const char *name, const char *text)
{
	char escaped[8];

	if (!append_name(j, name, 2))
		return;
	append(j, "\"", 1);
	for (; *text != '\0'; text++) {
		if (!is_plain(*text)) {
			if (!append(j, escape(*text, escaped), 1))
				break;
		} else if (j->used + 1 < j->size - 2)
			j->buf[j->used++] = *text;
		else
			break;
	}
	append(j, "\"", 0);
}

static void
add_plain(struct json *j, const char *name, const char *value)
{
	if (append_name(j, name, strlen(value)))
		append(j, value, 0);
}

void
json_true(struct json *j, const char *name)
{
	add_plain(j, name, "true");
}

void
json_number(struct json *j, const char *name, int64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRId64, number);
	add_plain(j, name, text);
}

void
json_seconds(struct json *j, const char *name, int64_t ns)
{
	char text[48];

	snprintf(text, sizeof(text), "%" PRId64 ".%06" PRId64,
	    ns / INT64_C(1000000000), ns % INT64_C(1000000000) / 1000);
	add_plain(j, name, text);
}

const char *
json_end(struct json *j)
{
	j->buf[j->used] = '}';
	j->buf[j->used + 1] = '\0';
	return j->buf;
}
