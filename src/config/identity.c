#include "config/identity.h"

#include <string.h>

/* Placeholder bodies; see the header. */
bool
identity_is_valid(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	for (; *p > 0x20 && *p < 0x7f && *p != '*'; p++)
		continue;
	return *p == '\0' && p != (const unsigned char *)text;
}

bool
identity_make(char name[IDENTITY_SIZE], enum identity_kind kind,
    const void *text, size_t len)
{
	size_t before = 0;

	if (kind == IDENTITY_URI)
		before = strlcpy(name, "uri:", IDENTITY_SIZE);
	if (len >= IDENTITY_SIZE - before || memchr(text, '\0', len) != NULL)
		return false;
	memcpy(name + before, text, len);
	name[before + len] = '\0';
	return identity_is_valid(name);
}

bool
identity_matches(const char *pattern, const char *name)
{
	return strcmp(pattern, "*") == 0 || strcmp(pattern, name) == 0;
}

const char *
identity_pattern_error(const char *pattern)
{
	return *pattern == '\0' ? "is empty" : NULL;
}

int
identity_find(
    const char *const *patterns, const char (*names)[IDENTITY_SIZE], uint32_t n)
{
	uint32_t i;

	if (patterns == NULL || patterns[0] == NULL)
		return n > 0 ? 0 : -1;
	for (; *patterns != NULL; patterns++)
		for (i = 0; i < n; i++)
			if (identity_matches(*patterns, names[i]))
				return (int)i;
	return -1;
}

int
identity_parse_line(
    struct identity_line *line, const char *text, size_t len, const char **why)
{
	(void)line, (void)text, (void)len;
	*why = "not implemented";
	return -1;
}

enum identity_lookup
identity_look_up(const char *text, size_t len, const char *pin, int64_t now,
    char name[IDENTITY_SIZE])
{
	(void)text, (void)len, (void)pin, (void)now, (void)name;
	return IDENTITY_UNKNOWN;
}
