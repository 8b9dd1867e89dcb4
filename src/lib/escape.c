#include "lib/escape.h"

#include <string.h>
#include <vis.h>

/*
 * Byte by byte, since strnvis of libbsd 0.11 writes its NUL beyond the size
 * that it is given; and without vis(3) where it would change nothing, since it
 * allocates memory each time.
 */
size_t
escape_append(char *text, size_t len, size_t size, const char *data, size_t n)
{
	char escaped[8]; /* at most 4 bytes and a NUL */
	const char *end;
	size_t i, width;

	for (i = 0; i < n; i++) {
		end = escaped + 1;
		escaped[0] = data[i];
		if (data[i] < ' ' || data[i] > '~' || data[i] == '\\')
			end = vis(escaped, data[i], ESCAPE_FLAGS,
			    i + 1 < n ? data[i + 1] : 0);
		if (end == NULL) /* out of memory */
			break;
		width = (size_t)(end - escaped);
		if (width >= size - len)
			break;
		memcpy(text + len, escaped, width);
		len += width;
	}
	text[len] = '\0';
	return len;
}
