/*
 * identity_file.c -- the lines of a file of identities.
 */

#include <string.h>

#include "config/identity.h"

/* --- pins --- */

bool
identity_is_pin(const char *text)
{
	static const char base64[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz"
	    "0123456789+/";
	/*
	 * The last character has only 4 bits of the hash, so its lower two bits
	 * are 0.
	 */
	static const char last[] = "AEIMQUYcgkosw048";
	const size_t prefix = strlen("sha256:"), whole = 42;

	if (strncmp(text, "sha256:", prefix) != 0)
		return false;
	text += prefix;
	return strspn(text, base64) >= whole + 1 &&
	    strchr(last, text[whole]) != NULL &&
	    strcmp(text + whole + 1, "=") == 0;
}

/* --- dates --- */

/* Read two or four digits, from MIN to MAX, and move *TEXT past them. */
static bool
read_digits(const char **text, int digits, int min, int max, int *n)
{
	for (*n = 0; digits > 0; digits--, ++*text) {
		if (**text < '0' || **text > '9')
			return false;
		*n = *n * 10 + (**text - '0');
	}
	return *n >= min && *n <= max;
}

static bool
read_char(const char **text, char c)
{
	return *(*text)++ == c;
}

static int
leap_days_before(int year)
{
	year--;
	return year / 4 - year / 100 + year / 400;
}

/*
 * The days from 1970-01-01 to that day, or -1 for an invalid date.  timegm(3)
 * would open /etc/localtime, which a relay's filter forbids.
 */
static int64_t
days_until(int year, int month, int day)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31 };
	const int leap = leap_days_before(year + 1) - leap_days_before(year);
	int64_t days = (int64_t)365 * (year - 1970) + leap_days_before(year) -
	    leap_days_before(1970);
	int i;

	for (i = 1; i < month; i++)
		days += lengths[i - 1] + (i == 2 ? leap : 0);
	if (day > lengths[month - 1] + (month == 2 ? leap : 0))
		return -1;
	return days + day - 1;
}

/* The first second after the day or minute TEXT.  Returns 0, or -1. */
static int
parse_date(const char *text, int64_t *expires)
{
	int year, month, day, hour, minute;
	int64_t days;

	if (!read_digits(&text, 4, 1970, 9999, &year) ||
	    !read_char(&text, '-') || !read_digits(&text, 2, 1, 12, &month) ||
	    !read_char(&text, '-') || !read_digits(&text, 2, 1, 31, &day) ||
	    (days = days_until(year, month, day)) == -1)
		return -1;
	*expires = (days + 1) * 24 * 60 * 60;
	if (*text == '\0')
		return 0;
	if (!read_char(&text, 'T') || !read_digits(&text, 2, 0, 23, &hour) ||
	    !read_char(&text, ':') || !read_digits(&text, 2, 0, 59, &minute) ||
	    strcmp(text, "Z") != 0)
		return -1;
	*expires = ((days * 24 + hour) * 60 + minute + 1) * 60;
	return 0;
}

/* --- lines --- */

static bool
make_name(char name[IDENTITY_SIZE], const char *word)
{
	if (strncmp(word, "uri:", 4) == 0)
		return identity_make(
		    name, IDENTITY_URI, word + 4, strlen(word) - 4);
	return identity_make(name,
	    strchr(word, '@') != NULL ? IDENTITY_EMAIL : IDENTITY_COMMON_NAME,
	    word, strlen(word));
}

/* The next word of *REST, ended with a NUL; or NULL. */
static char *
next_word(char **rest)
{
	char *word;

	do
		word = strsep(rest, " \t");
	while (word != NULL && *word == '\0');
	return word;
}

/* What is wrong with the line TEXT, which is modified; or NULL. */
static const char *
parse(struct identity_line *line, char *text)
{
	const char *const name = next_word(&text);
	const char *const pin = next_word(&text);
	const char *const option = next_word(&text);

	if (!make_name(line->name, name))
		return "not the name of a client";
	if (pin == NULL)
		return "no pin after the name";
	if (!identity_is_pin(pin))
		return "the pin is not \"sha256:\" and 44 characters of base64";
	strlcpy(line->pin, pin, sizeof(line->pin));
	line->expires = 0;
	if (option == NULL)
		return NULL;
	if (strncmp(option, "expires=", 8) != 0 || next_word(&text) != NULL)
		return "only \"expires=DATE\" can follow the pin";
	if (parse_date(option + 8, &line->expires) == -1)
		return "the date is not of the form 2027-01-31 or "
		       "2027-01-31T12:00Z";
	return NULL;
}

int
identity_parse_line(
    struct identity_line *line, const char *text, size_t len, const char **why)
{
	char copy[IDENTITY_LINE_MAX + 1];

	if (len > 0 && text[len - 1] == '\r')
		len--;
	for (; len > 0 && (*text == ' ' || *text == '\t'); len--)
		text++;
	if (len == 0 || *text == '#')
		return 0;
	if (len > IDENTITY_LINE_MAX)
		*why = "longer than 512 bytes";
	else if (memchr(text, '\0', len) != NULL)
		*why = "a NUL byte";
	else {
		memcpy(copy, text, len);
		copy[len] = '\0';
		*why = parse(line, copy);
	}
	return *why == NULL ? 1 : -1;
}

/* --- the whole file --- */

/* The end of the line that contains AT: its newline, or END. */
static const char *
line_end(const char *at, const char *end)
{
	const char *newline = memchr(at, '\n', (size_t)(end - at));

	return newline != NULL ? newline : end;
}

/* The beginning of the line; TEXT is the beginning of a line before it. */
static const char *
line_begin(const char *text, const char *at)
{
	const char *newline = memrchr(text, '\n', (size_t)(at - text));

	return newline != NULL ? newline + 1 : text;
}

/*
 * Read the next valid line from TEXT to END that has PIN.  Returns its end, or
 * NULL if there is none.
 */
static const char *
next_line(struct identity_line *line, const char *text, const char *end,
    const char *pin)
{
	const char *at, *begin, *stop, *why;

	for (; text < end; text = stop + (stop < end)) {
		at = memmem(text, (size_t)(end - text), pin, strlen(pin));
		if (at == NULL)
			break;
		begin = line_begin(text, at);
		stop = line_end(at, end);
		if (identity_parse_line(
			line, begin, (size_t)(stop - begin), &why) == 1 &&
		    strcmp(line->pin, pin) == 0)
			return stop;
	}
	return NULL;
}

enum identity_lookup
identity_look_up(const char *text, size_t len, const char *pin, int64_t now,
    char name[IDENTITY_SIZE])
{
	const char *const end = text + len;
	enum identity_lookup result = IDENTITY_UNKNOWN;
	struct identity_line line;

	if (!identity_is_pin(pin))
		return IDENTITY_UNKNOWN;
	while ((text = next_line(&line, text, end, pin)) != NULL) {
		if (line.expires == 0 || now < line.expires) {
			if (name != NULL)
				strlcpy(name, line.name, IDENTITY_SIZE);
			return IDENTITY_FOUND;
		}
		result = IDENTITY_EXPIRED;
	}
	return result;
}
