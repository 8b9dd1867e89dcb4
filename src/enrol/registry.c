#include "enrol/registry.h"

#include <string.h>
#include <strings.h>

#define HEAD "# Written by haild-enrol(8): \"haild-enrol list\" shows it.\n"

bool
registry_make_name(char name[IDENTITY_SIZE], const char *text)
{
	return identity_make(name, IDENTITY_DNS, text, strlen(text));
}

bool
registry_is_pin(const char *text)
{
	static const char base64[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	return strlen(text) == IDENTITY_PIN_SIZE - 1 &&
	    strncmp(text, "sha256:", 7) == 0 &&
	    strspn(text + 7, base64) == 43 && text[50] == '=';
}

/* Find the line at *AT, and move *AT after it.  Returns false at the end. */
static bool
take_line(const struct registry *r, size_t *at, const char **line, size_t *len)
{
	const char *newline;

	if (*at >= r->len)
		return false;
	*line = r->text + *at;
	newline = memchr(*line, '\n', r->len - *at);
	*len = newline != NULL ? (size_t)(newline - *line) : r->len - *at;
	*at += *len + (newline != NULL);
	return true;
}

bool
registry_next(const struct registry *r, size_t *at, struct identity_line *line)
{
	const char *text, *why;
	size_t len;

	while (take_line(r, at, &text, &len))
		if (identity_parse_line(line, text, len, &why) == 1)
			return true;
	return false;
}

bool
registry_has_name(const struct registry *r, const char *name)
{
	struct identity_line line;
	size_t at = 0;

	while (registry_next(r, &at, &line))
		if (strcasecmp(line.name, name) == 0)
			return true;
	return false;
}

bool
registry_find_pin(
    const struct registry *r, const char *pin, char name[IDENTITY_SIZE])
{
	struct identity_line line;
	size_t at = 0;

	while (registry_next(r, &at, &line))
		if (strcmp(line.pin, pin) == 0) {
			strlcpy(name, line.name, IDENTITY_SIZE);
			return true;
		}
	return false;
}

void
registry_print_with(
    const struct registry *r, const char *name, const char *pin, FILE *out)
{
	if (r->len == 0)
		fputs(HEAD, out);
	fwrite(r->text, 1, r->len, out);
	if (r->len > 0 && r->text[r->len - 1] != '\n')
		fputc('\n', out);
	fprintf(out, "%s %s\n", name, pin);
}

size_t
registry_print_without(const struct registry *r, const char *name, FILE *out)
{
	struct identity_line line;
	const char *text, *why;
	size_t at = 0, len, removed = 0;

	while (take_line(r, &at, &text, &len))
		if (identity_parse_line(&line, text, len, &why) == 1 &&
		    strcasecmp(line.name, name) == 0)
			removed++;
		else {
			/* %s would end at a NUL, and make the line valid. */
			fwrite(text, 1, len, out);
			fputc('\n', out);
		}
	return removed;
}
