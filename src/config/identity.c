#include "config/identity.h"

#include <string.h>

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LABEL LOWER DIGITS "-_"
/* Less than RFC 5322 allows: these need no quotes in a shell. */
#define MAILBOX UPPER LOWER DIGITS "._+-="
#define SCHEME UPPER LOWER DIGITS "+-."
/*
 * The characters of RFC 3986, without the asterisk, which only patterns have.
 */
#define URI UPPER LOWER DIGITS "-._~:/?#[]@!$&'()+,;=%"
#define HEXADECIMAL DIGITS "abcdefABCDEF"

#define HOST_MAX 253 /* RFC 1035 */
#define LABEL_MAX 63

/* --- the kinds of names --- */

static bool
is_label(const char *text, size_t len)
{
	return len > 0 && len <= LABEL_MAX && strspn(text, LABEL) >= len &&
	    text[0] != '-' && text[len - 1] != '-';
}

static bool
is_host(const char *text)
{
	size_t len;

	if (strlen(text) > HOST_MAX)
		return false;
	for (;; text += len + 1) {
		len = strcspn(text, ".");
		if (!is_label(text, len))
			return false;
		if (text[len] == '\0')
			return true;
	}
}

static bool
is_mailbox(const char *text, size_t len)
{
	return len > 0 && strspn(text, MAILBOX) >= len && text[0] != '-';
}

/* A host name has no "@", so there is only one. */
static bool
is_email(const char *text)
{
	size_t len = strcspn(text, "@");

	return text[len] == '@' && is_mailbox(text, len) &&
	    is_host(text + len + 1);
}

static bool
is_uri(const char *text)
{
	size_t scheme = strspn(text, SCHEME);

	if (scheme == 0 || strchr(UPPER LOWER, text[0]) == NULL ||
	    text[scheme] != ':' || text[scheme + 1] == '\0' ||
	    text[strspn(text, URI)] != '\0')
		return false;
	for (; (text = strchr(text, '%')) != NULL; text++)
		if (strspn(text + 1, HEXADECIMAL) < 2)
			return false;
	return true;
}

/* The URI in NAME, a name or pattern; or NULL if it is of another kind. */
static const char *
uri_of(const char *name)
{
	return strncmp(name, "uri:", 4) == 0 ? name + 4 : NULL;
}

bool
identity_is_valid(const char *text)
{
	if (strnlen(text, IDENTITY_SIZE) == IDENTITY_SIZE)
		return false;
	if (uri_of(text) != NULL)
		return is_uri(uri_of(text));
	return is_email(text) || is_host(text);
}

/* As tolower(3) in the C locale. */
static void
make_lower(char *text)
{
	for (; *text != '\0'; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text - 'A' + 'a');
}

static bool
finish(char *name, enum identity_kind kind)
{
	if (kind == IDENTITY_URI)
		return is_uri(uri_of(name));
	if (kind == IDENTITY_EMAIL) {
		make_lower(strchrnul(name, '@'));
		return is_email(name);
	}
	make_lower(name);
	return is_host(name);
}

bool
identity_make(char name[IDENTITY_SIZE], enum identity_kind kind,
    const void *text, size_t len)
{
	size_t before = 0;

	if (kind == IDENTITY_URI)
		before = strlcpy(name, "uri:", IDENTITY_SIZE);
	if (len > 0 && len < IDENTITY_SIZE - before &&
	    memchr(text, '\0', len) == NULL) {
		memcpy(name + before, text, len);
		name[before + len] = '\0';
		if (finish(name, kind))
			return true;
	}
	name[0] = '\0';
	return false;
}

/* --- patterns --- */

static bool
is_asterisk(const char *text, size_t len)
{
	return len == 1 && text[0] == '*';
}

/* Whether TEXT has an encoded dot, which is a dot (RFC 3986, 6.2.2.2). */
static bool
has_dot(const char *text, size_t len)
{
	for (; len >= 3; text++, len--)
		if (strncasecmp(text, "%2e", 3) == 0)
			return true;
	return false;
}

/*
 * An asterisk matches neither "." and "..", which programs may resolve, nor a
 * query or fragment, which they may drop.
 */
static bool
is_segment(const char *text, size_t len)
{
	return len > 0 && strcspn(text, "?#") >= len && !has_dot(text, len) &&
	    !(len == 1 && text[0] == '.') &&
	    !(len == 2 && text[0] == '.' && text[1] == '.');
}

static bool
uri_matches(const char *pattern, const char *uri)
{
	size_t len, n;

	for (;; pattern++, uri++) {
		len = strcspn(pattern, "/");
		n = strcspn(uri, "/");
		if (is_asterisk(pattern, len)
			? !is_segment(uri, n)
			: len != n || memcmp(pattern, uri, len) != 0)
			return false;
		pattern += len;
		uri += n;
		if (*pattern != *uri)
			return false;
		if (*pattern == '\0')
			return true;
	}
}

static bool
email_matches(const char *pattern, const char *name)
{
	size_t len = strcspn(pattern, "@"), n = strcspn(name, "@");

	return strcasecmp(pattern + len, name + n) == 0 &&
	    (is_asterisk(pattern, len) ||
		(len == n && memcmp(pattern, name, len) == 0));
}

static bool
host_matches(const char *pattern, const char *name)
{
	if (strncmp(pattern, "*.", 2) == 0 && name[0] != '.') {
		pattern++;
		name = strchrnul(name, '.');
	}
	return strcasecmp(pattern, name) == 0;
}

bool
identity_matches(const char *pattern, const char *name)
{
	const char *uri = uri_of(name);

	if (strcmp(pattern, "*") == 0)
		return true;
	if (uri != NULL || uri_of(pattern) != NULL)
		return uri != NULL && uri_of(pattern) != NULL &&
		    uri_matches(uri_of(pattern), uri);
	if (strchr(name, '@') != NULL || strchr(pattern, '@') != NULL)
		return email_matches(pattern, name);
	return host_matches(pattern, name);
}

/* An asterisk as the authority would match every domain. */
static const char *
uri_pattern_error(char *uri)
{
	const char *path = strstr(uri, "://");
	char *p;

	path = path == NULL ? uri : path + 3 + strcspn(path + 3, "/");
	if (memchr(uri, '*', (size_t)(path - uri)) != NULL)
		return "has an asterisk before the path of its URI";
	for (p = uri; (p = strchr(p, '*')) != NULL; *p = 'x')
		if (p == uri || p[-1] != '/' || strchr("/", p[1]) == NULL)
			return "has an asterisk that is not a whole segment";
	return is_uri(uri)
	    ? NULL
	    : "is not \"uri:\" and a URI, such as \"uri:spiffe://a/b\"";
}

static const char *
email_pattern_error(char *email)
{
	if (email[0] == '*' && email[1] == '@')
		email[0] = 'x';
	if (strchr(email, '*') != NULL)
		return "has an asterisk that is not the whole mailbox";
	make_lower(strchrnul(email, '@'));
	return is_email(email) ? NULL : "is not an e-mail address";
}

static const char *
host_pattern_error(char *host)
{
	if (host[0] == '*' && host[1] == '.')
		host += 2;
	if (strchr(host, '*') != NULL)
		return "has an asterisk that is not the whole first label";
	make_lower(host);
	return is_host(host)
	    ? NULL
	    : "is not the name of a client, such as \"web1.example.org\"";
}

const char *
identity_pattern_error(const char *pattern)
{
	char copy[IDENTITY_SIZE];

	if (pattern[0] == '\0')
		return "is empty";
	if (strcmp(pattern, "*") == 0)
		return NULL;
	if (strlcpy(copy, pattern, sizeof(copy)) >= sizeof(copy))
		return "is longer than any name of a client";
	if (uri_of(copy) != NULL)
		return uri_pattern_error(copy + strlen("uri:"));
	if (strchr(copy, '@') != NULL)
		return email_pattern_error(copy);
	return host_pattern_error(copy);
}

static bool
matches_any(const char *const *patterns, const char *name)
{
	for (; *patterns != NULL; patterns++)
		if (identity_matches(*patterns, name))
			return true;
	return false;
}

int
identity_find(
    const char *const *patterns, const char (*names)[IDENTITY_SIZE], uint32_t n)
{
	uint32_t i;

	if (patterns == NULL || patterns[0] == NULL)
		return n > 0 ? 0 : -1;
	for (i = 0; i < n; i++)
		if (matches_any(patterns, names[i]))
			return (int)i;
	return -1;
}
