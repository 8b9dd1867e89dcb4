/*
 * json_object.h -- whether a text is one JSON object (RFC 8259) as haild logs
 * them: printable ASCII, without spaces between its parts, of strings, numbers,
 * true and false only, and without a name twice.
 */

#ifndef TESTS_JSON_OBJECT_H
#define TESTS_JSON_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* The end of the string that begins at P, or NULL. */
static const char *
json_object_string(const char *p)
{
	if (*p++ != '"')
		return NULL;
	for (; *p != '"'; p++) {
		if (*p < ' ' || *p > '~')
			return NULL;
		if (*p != '\\')
			continue;
		p++;
		if (*p == 'u' && strspn(p + 1, "0123456789abcdef") >= 4)
			p += 4;
		else if (*p == '\0' || strchr("\"\\/bfnrt", *p) == NULL)
			return NULL;
	}
	return p + 1;
}

static const char *
json_object_number(const char *p)
{
	static const char digits[] = "0123456789";
	size_t n;

	p += *p == '-';
	n = strspn(p, digits);
	if (n == 0 || (n > 1 && *p == '0'))
		return NULL;
	p += n;
	if (*p != '.')
		return p;
	n = strspn(++p, digits);
	return n == 0 ? NULL : p + n;
}

static const char *
json_object_value(const char *p)
{
	if (*p == '"')
		return json_object_string(p);
	if (strncmp(p, "true", 4) == 0)
		return p + 4;
	if (strncmp(p, "false", 5) == 0)
		return p + 5;
	return json_object_number(p);
}

static bool
json_is_object(const char *text)
{
	const char *names[64], *p = text, *end;
	size_t lengths[64], n, i;

	if (*p++ != '{')
		return false;
	for (n = 0; *p != '}'; n++) {
		if (n == 64 || (n > 0 && *p++ != ',') ||
		    (end = json_object_string(p)) == NULL || *end != ':')
			return false;
		names[n] = p;
		lengths[n] = (size_t)(end - p);
		for (i = 0; i < n; i++)
			if (lengths[i] == lengths[n] &&
			    memcmp(names[i], p, lengths[i]) == 0)
				return false;
		if ((p = json_object_value(end + 1)) == NULL)
			return false;
	}
	return p[1] == '\0';
}

#endif
