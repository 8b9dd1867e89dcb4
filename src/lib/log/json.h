/*
 * json.h -- one JSON object (RFC 8259) in a buffer of fixed size.
 *
 * Pure.  The object is complete and ASCII whatever it is given: bytes that are
 * not printable ASCII become \u00XX, text that does not fit is cut, and a
 * member for which there is no room is left out.
 */

#ifndef LOG_JSON_H
#define LOG_JSON_H

#include <stddef.h>
#include <stdint.h>

struct json {
	char *buf;
	size_t size; /* the last 2 bytes are for "}" and the NUL */
	size_t used;
};

/* Begin an object in BUF of SIZE (at least 3) bytes. */
void json_begin(struct json *j, char *buf, size_t size);

/* Add members.  NAME is printable ASCII without quotes and backslashes. */
void json_text(struct json *j, const char *name, const char *text);
void json_true(struct json *j, const char *name);
void json_number(struct json *j, const char *name, int64_t number);
/* NS nanoseconds (not negative) as seconds with six decimals. */
void json_seconds(struct json *j, const char *name, int64_t ns);

/* End the object.  Returns BUF. */
const char *json_end(struct json *j);

#endif
