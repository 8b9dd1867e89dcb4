/*
 * variable.h -- environment variables of clients: the elements of "accept-env",
 * and which names are refused whatever it says.  Pure.
 *
 * An element is NAME or NAME=PATTERN.  NAME may be the beginning of names and
 * "*"; PATTERN is an extended regular expression for the whole value.
 */

#ifndef CONFIG_VARIABLE_H
#define CONFIG_VARIABLE_H

#include <stdbool.h>
#include <stddef.h>

/* The characters in the name of a variable. */
#define VARIABLE_NAME                                          \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
	"0123456789_"

/* What a value without a pattern may have: no path, no option, no blank. */
#define VARIABLE_VALUE VARIABLE_NAME "@.,:+-"
#define VARIABLE_VALUE_MAX 256 /* bytes */

/* The PATTERN of ELEMENT, or NULL; *LEN becomes the length of its NAME. */
const char *variable_pattern(const char *element, size_t *len);

/* Whether the name NAME is that of ELEMENT, or begins as it says. */
bool variable_is_named(const char *name, size_t len, const char *element);

/* Whether VALUE is accepted where there is no pattern. */
bool variable_is_plain(const char *value);

/*
 * Why no client may set the variable NAME, as a clause such as "haild sets it";
 * or NULL.
 */
const char *variable_reserved(const char *name, size_t len);

#endif
