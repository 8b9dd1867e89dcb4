/*
 * escape.h -- untrusted bytes as printable text.
 *
 * Pure.  Printable ASCII stays; control characters, backslashes and bytes above
 * 127 become what vis(3) makes of them, such as "\n" and "\033".
 */

#ifndef ESCAPE_H
#define ESCAPE_H

#include <stddef.h>

/* The flags for vis(3). */
#define ESCAPE_FLAGS (VIS_CSTYLE | VIS_NL | VIS_TAB | VIS_OCTAL)

/*
 * Append the N bytes of DATA, escaped, to TEXT of SIZE bytes, which has LEN
 * bytes so far.  Text that is too long is cut, never within an escape, and
 * always ends with NUL.  Returns the new length.
 */
size_t escape_append(
    char *text, size_t len, size_t size, const char *data, size_t n);

#endif
