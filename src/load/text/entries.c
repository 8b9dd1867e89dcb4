#include "load/text/entries.h"

#include <string.h>

#include "load/text/tokens.h"

/* Whether the text of T, without quotes where it has them, is WORDS. */
static bool
is_text(const struct token *t, const char *words)
{
	const size_t quotes = t->kind == STRING ? 1 : 0;

	return t->len == strlen(words) + 2 * quotes &&
	    memcmp(t->at + quotes, words, t->len - 2 * quotes) == 0;
}

/* Read the list that follows the name of a setting. */
static bool
read_list(struct tokens s, const char *const *list, size_t n, int *lines)
{
	struct token t = token_next(&s, false);
	size_t i;

	if (!token_is(&t, '=') && !token_is(&t, ':'))
		return false;
	t = token_next(&s, true);
	if (!token_is(&t, '[') && !token_is(&t, '('))
		return false;
	for (i = 0; i < n; i++) {
		t = token_next(&s, true);
		if (t.kind != STRING || !is_text(&t, list[i]))
			return false;
		lines[i] = t.line;
		t = token_next(&s, true);
		if (!token_is(&t, ',') && i + 1 < n)
			return false;
	}
	return true;
}

bool
entries_find(const char *text, int line, const char *name,
    const char *const *list, size_t n, int *lines)
{
	struct tokens s = { .at = text, .line = 1 };
	struct token t;

	for (; s.line < line; s.line++) {
		if ((s.at = strchr(s.at, '\n')) == NULL)
			return false;
		s.at++;
	}
	for (;;) {
		t = token_next(&s, false);
		if (t.kind == END || t.line != line)
			return false;
		if (t.kind == NAME && is_text(&t, name) &&
		    read_list(s, list, n, lines))
			return true;
	}
}
