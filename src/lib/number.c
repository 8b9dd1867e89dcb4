/*
 * number.c -- decimal numbers as they are written in files and environments.
 */

#include "lib/number.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool
is_plain(const char *text)
{
	return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0' &&
	    (text[0] != '0' || text[1] == '\0');
}

bool
number_parse(const char *text, int64_t min, int64_t max, int64_t *n)
{
	const char *error;

	if (!is_plain(text))
		return false;
	*n = strtonum(text, min, max, &error);
	return error == NULL;
}

bool
number_parse_unsigned(const char *text, uint64_t *n)
{
	if (!is_plain(text))
		return false;
	errno = 0;
	*n = strtoumax(text, NULL, 10);
	return errno == 0;
}
