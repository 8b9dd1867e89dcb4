/*
 * identity.h -- names of clients that TLS has proved: their form, the patterns
 * of "allow-identity", and the lines of a file of identities.  Pure.
 *
 * Kinds of names never collide, so that a CA that may only issue one kind
 * cannot imitate another:
 *
 *	web1.example.org	DNS; or a common name, if there is nothing else;
 *				or a NAME of a file of identities
 *	uri:spiffe://a/b	URI
 *	ops@example.org		e-mail
 */

#ifndef CONFIG_IDENTITY_H
#define CONFIG_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IDENTITY_SIZE 256 /* with the NUL */
#define IDENTITY_NAMES_MAX 8

/* A pin is "sha256:" and 44 characters of base64. */
#define IDENTITY_PIN_SIZE 52 /* with the NUL */

/*
 * Whether TEXT is the name of a client as identity_make writes it: labels of
 * lower-case letters, digits, "-" and "_", with dots between them; "uri:" and
 * a URI; or a mailbox and such labels.  Never with a blank or an asterisk.
 */
bool identity_is_valid(const char *text);

/* Whether TEXT is a pin.  The base64 must be canonical. */
bool identity_is_pin(const char *text);

/* The kinds of names in a certificate. */
enum identity_kind {
	IDENTITY_DNS,
	IDENTITY_URI,
	IDENTITY_EMAIL,
	IDENTITY_COMMON_NAME,
};

/*
 * Write the identity for a name of LEN bytes (not NUL-terminated) of KIND to
 * NAME: DNS names and e-mail domains in lower case, URIs with "uri:".  Returns
 * false, with NAME empty, for a name that is too long, a wildcard, or ends with
 * a dot, or that has a NUL or a character that KIND does not allow.  A common
 * name must have the form of a host name.
 */
bool identity_make(char name[IDENTITY_SIZE], enum identity_kind kind,
    const void *text, size_t len);

/*
 * Whether the identity NAME is what PATTERN says:
 *
 *	web1.example.org	that name, in any case
 *	*.example.org		one label before it (RFC 6125, section 6.4.3)
 *	ops@example.org		that address, the domain in any case
 *	*@example.org		any address with exactly this domain
 *	uri:spiffe://a/x	that URI, byte for byte
 *	uri:spiffe://a/X/y	with an asterisk for X: any one segment
 *	*			any identity
 *
 * A segment that an asterisk matches is neither empty nor "." nor "..".
 */
bool identity_matches(const char *pattern, const char *name);

/* Why PATTERN is invalid, as in "PATTERN is empty"; or NULL. */
const char *identity_pattern_error(const char *pattern);

/*
 * The index of the first of N NAMES that one of PATTERNS (NULL ends them)
 * matches, or -1.  Without patterns (NULL, or an empty list): 0 if N > 0,
 * otherwise -1.
 */
int identity_find(const char *const *patterns,
    const char (*names)[IDENTITY_SIZE], uint32_t n);

/* --- a file of identities: "NAME PIN [expires=DATE]" --- */

struct identity_line {
	char name[IDENTITY_SIZE];
	char pin[IDENTITY_PIN_SIZE];
	int64_t expires; /* seconds since the epoch; 0: never */
};

#define IDENTITY_LINE_MAX 512 /* bytes; a comment may be longer */

/*
 * Read one line of LEN bytes, without its newline; a carriage return at its end
 * is ignored.  Returns 1; 0 for a blank line or a comment (#); or -1 with the
 * reason in *WHY.  DATE is 2027-01-31 or 2027-01-31T12:00Z: the line is valid
 * until the end of that day or minute, UTC.  The name is converted to lower
 * case, as by identity_make.
 */
int identity_parse_line(
    struct identity_line *line, const char *text, size_t len, const char **why);

enum identity_lookup {
	IDENTITY_FOUND,
	IDENTITY_UNKNOWN, /* no valid line has the pin */
	IDENTITY_EXPIRED, /* all lines with the pin have expired */
};

/*
 * Look PIN up in the LEN bytes of a file's TEXT.  The first line counts that
 * has the pin and is neither wrong nor expired.  NAME gets its name, and may be
 * NULL.  Searches for the pin before it parses a line, so that thousands of
 * lines cost little.
 */
enum identity_lookup identity_look_up(const char *text, size_t len,
    const char *pin, int64_t now, char name[IDENTITY_SIZE]);

#endif
