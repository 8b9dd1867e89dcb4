#include "load/text/tokens.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define DIGITS "0123456789"

void
token_skip_blanks(struct tokens *s)
{
	const char *p = s->at, *end;

	for (;;) {
		if (isspace((unsigned char)*p))
			end = p + 1;
		else if (*p == '#' || (p[0] == '/' && p[1] == '/'))
			end = strchrnul(p, '\n');
		else if (p[0] == '/' && p[1] == '*') {
			end = strstr(p + 2, "*/");
			end = end == NULL ? strchr(p, '\0') : end + 2;
		} else
			break;
		for (; p < end; p++)
			s->line += *p == '\n';
	}
	s->at = p;
}

static size_t
string_length(const char *p)
{
	size_t n = 1;

	for (; p[n] != '\0' && p[n] != '"'; n++)
		if (p[n] == '\\' && p[n + 1] != '\0')
			n++;
	return p[n] == '"' ? n + 1 : n;
}

static bool
is_number(const char *p, size_t len)
{
	size_t n;

	if (*p == '-' || *p == '+')
		p++, len--;
	if (len > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
		n = 2 + strspn(p + 2, DIGITS "abcdefABCDEF");
	} else {
		n = strspn(p, DIGITS);
		if (n == len)
			return len > 0;
		if (p[n] == '.')
			n += 1 + strspn(p + n + 1, DIGITS);
		if (n < len && n > 0 && (p[n] == 'e' || p[n] == 'E')) {
			n += p[n + 1] == '-' || p[n + 1] == '+' ? 2 : 1;
			n += strspn(p + n, DIGITS);
		}
	}
	while (n < len && p[n] == 'L')
		n++;
	return n == len && len > 1;
}

/* A value without quotes: up to what cannot belong to it. */
static enum kind
word_kind(const char *p, size_t *len)
{
	size_t n, part;

	n = strcspn(p, " \t\r\n\f\v,;{}[]()\"#=");
	for (part = 1; part < n; part++)
		if (p[part] == '/' &&
		    (p[part + 1] == '/' || p[part + 1] == '*') &&
		    is_number(p, part))
			n = part;
	*len = n > 0 ? n : 1;
	if (n == 0)
		return MARK;
	if ((n == 4 && strncasecmp(p, "true", n) == 0) ||
	    (n == 5 && strncasecmp(p, "false", n) == 0))
		return BOOLEAN;
	return is_number(p, n) ? NUMBER : WORD;
}

struct token
token_next(struct tokens *s, bool value)
{
	struct token t;
	size_t i;

	token_skip_blanks(s);
	t = (struct token) { .at = s->at, .line = s->line, .last = s->line };
	if (*s->at == '\0')
		return t;
	if (*s->at == '"') {
		t.kind = STRING;
		t.len = string_length(s->at);
	} else if (!value &&
	    (isalpha((unsigned char)*s->at) || *s->at == '*')) {
		t.kind = NAME;
		t.len = strspn(s->at, TOKEN_NAME_CHARS);
	} else if (!value && strchr(":=", *s->at) != NULL) {
		t.kind = MARK;
		t.len = 1;
	} else
		t.kind = word_kind(s->at, &t.len);
	for (i = 0; i < t.len; i++)
		t.last += t.at[i] == '\n';
	s->at += t.len;
	s->line = t.last;
	if (t.kind == STRING && t.last > t.line)
		s->string = t;
	return t;
}

bool
token_is(const struct token *t, char mark)
{
	return t->kind == MARK && t->at[0] == mark;
}
