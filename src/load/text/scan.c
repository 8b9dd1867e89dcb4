/*
 * scan.c -- not a parser: it recognizes comments, strings and numbers, and
 * leaves syntax errors to libconfig.
 */

#include "load/text/scan.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* Go from P to END, and count lines. */
static const char *
advance(const char *p, const char *end, int *line)
{
	for (; p < end; p++)
		if (*p == '\n')
			(*line)++;
	return end;
}

/* The end of the comment that begins at P, or NULL. */
static const char *
comment_end(const char *p)
{
	const char *end;

	if (p[1] != '*')
		return p + strcspn(p, "\n");
	end = strstr(p + 2, "*/");
	return end == NULL ? NULL : end + 2;
}

/*
 * The end of the string that begins at P, or NULL; *NUL becomes true if it
 * contains a NUL.
 */
static const char *
string_end(const char *p, bool *nul)
{
	for (p++; *p != '\0' && *p != '"'; p++) {
		if (*p != '\\' || p[1] == '\0')
			continue;
		p++;
		if ((*p == 'x' || *p == 'X') && p[1] == '0' && p[2] == '0')
			*nul = true;
	}
	return *p == '\0' ? NULL : p + 1;
}

/* A whole number of more than 32 bits without the "L" that it needs. */
static bool
is_cut(const char *p, size_t len)
{
	bool hex = p[0] == '0' && (p[1] == 'x' || p[1] == 'X');

	if (strspn(p, DIGITS) != len && !hex)
		return false; /* a float, or not a number */
	if (p[len] == '.' || (len > 0 && p[len - 1] == 'L'))
		return false;
	errno = 0;
	return strtoull(p, NULL, hex ? 16 : 10) > INT_MAX || errno == ERANGE;
}

const char *
scan_text(const char *text, int *line)
{
	const char *p = text, *end;
	bool nul = false;
	size_t len;

	*line = 1;
	while (*p != '\0') {
		if (*p == '#' || (*p == '/' && (p[1] == '/' || p[1] == '*'))) {
			if ((end = comment_end(p)) == NULL)
				return "the comment that begins here has no "
				       "end";
			p = advance(p, end, line);
		} else if (*p == '"') {
			if ((end = string_end(p, &nul)) == NULL)
				return "the string that begins here has no "
				       "end";
			p = advance(p, end, line);
			if (nul)
				return "a string cannot hold a NUL byte";
		} else if (*p == '@') {
			return "@include is not supported: use conf.d";
		} else if (strchr(DIGITS, *p) != NULL) {
			len = strspn(p, DIGITS LETTERS);
			if (is_cut(p, len))
				return "a number as large as this must end "
				       "with L";
			p += len;
		} else if (strchr(LETTERS "_*", *p) != NULL) {
			p += strspn(p, DIGITS LETTERS "-_*");
		} else {
			p = advance(p, p + 1, line);
		}
	}
	return NULL;
}
