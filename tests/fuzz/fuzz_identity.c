/*
 * fuzz_identity.c -- names of clients.  The first line is a pattern, the second
 * a name in a certificate; the rest is a file of identities.
 */

#include "fuzz.h"

#include <string.h>

#include "config/identity.h"

/*
 * For each kind: a name that was made is valid, and matches itself as a
 * pattern.
 */
static void
try_name(const char *pattern, const char *text, size_t len)
{
	const char *error = identity_pattern_error(pattern);
	char name[IDENTITY_SIZE], again[IDENTITY_SIZE];
	int kind;

	for (kind = IDENTITY_DNS; kind <= IDENTITY_COMMON_NAME; kind++) {
		memset(name, '*', sizeof(name));
		if (!identity_make(name, (enum identity_kind)kind, text, len)) {
			MUST(name[0] == '\0');
			continue;
		}
		MUST(identity_is_valid(name));
		MUST(strpbrk(name, "* \t\n") == NULL);
		MUST((strncmp(name, "uri:", 4) == 0) == (kind == IDENTITY_URI));
		MUST(identity_pattern_error(name) == NULL);
		MUST(identity_matches(name, name));
		MUST(identity_matches("*", name));
		/*
		 * A pattern without asterisks is a name, except for upper case.
		 */
		if (error == NULL && strchr(pattern, '*') == NULL &&
		    identity_matches(pattern, name))
			MUST(strcasecmp(pattern, name) == 0);
		if (kind == IDENTITY_URI)
			continue;
		MUST(identity_make(
		    again, (enum identity_kind)kind, name, strlen(name)));
		MUST(strcmp(again, name) == 0);
	}
	MUST(error == NULL || error[0] != '\0');
}

/* Each pin of a valid line is found, and not before that line. */
static void
try_line(const char *file, size_t len, const char *text, size_t line_len)
{
	char name[IDENTITY_SIZE];
	struct identity_line line;
	const char *why = NULL;

	switch (identity_parse_line(&line, text, line_len, &why)) {
	case -1:
		MUST(why != NULL);
		break;
	case 1:
		MUST(identity_is_valid(line.name));
		MUST(identity_is_pin(line.pin));
		MUST(line.expires >= 0);
		if (line.expires > 0)
			MUST(identity_look_up(text, line_len, line.pin,
				 line.expires, NULL) == IDENTITY_EXPIRED);
		MUST(identity_look_up(text, line_len, line.pin, 0, name) ==
		    IDENTITY_FOUND);
		MUST(strcmp(name, line.name) == 0);
		MUST(identity_look_up(file, len, line.pin, 0, name) ==
		    IDENTITY_FOUND);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char pin[] =
	    "sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
	char pattern[2 * IDENTITY_SIZE] = "";
	const char *text = (const char *)data, *end = text + size, *stop, *at;
	size_t len;

	stop = memchr(text, '\n', size);
	if (stop == NULL)
		return 0;
	len = (size_t)(stop - text);
	if (len >= sizeof(pattern) || memchr(text, '\0', len) != NULL)
		return 0;
	memcpy(pattern, text, len);
	text = stop + 1;
	if ((stop = memchr(text, '\n', (size_t)(end - text))) == NULL)
		stop = end;
	try_name(pattern, text, (size_t)(stop - text));
	if (stop == end)
		return 0;
	text = stop + 1;
	for (at = text; at < end; at = stop + 1) {
		if ((stop = memchr(at, '\n', (size_t)(end - at))) == NULL)
			stop = end;
		try_line(text, (size_t)(end - text), at, (size_t)(stop - at));
	}
	identity_look_up(text, (size_t)(end - text), pin, 0, NULL);
	return 0;
}
