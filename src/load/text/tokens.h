/*
 * tokens.h -- the tokens of libconfig's grammar, for syntax.c.  Pure.
 */

#ifndef TOKENS_H
#define TOKENS_H

#include <stdbool.h>
#include <stddef.h>

#define TOKEN_NAME_CHARS \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_*"

/* MARK: one character of another kind; WORD: a value without quotes. */
enum kind { END, NAME, STRING, NUMBER, BOOLEAN, WORD, MARK };

struct token {
	enum kind kind;
	const char *at;
	size_t len;
	int line, last; /* where it begins and ends */
};

/* A text that is read, and where in it. */
struct tokens {
	const char *at;
	int line;
	struct token string; /* the last one that has several lines */
};

/* Go past blanks and comments. */
void token_skip_blanks(struct tokens *s);

/* The next token, where a VALUE is expected or where a name is. */
struct token token_next(struct tokens *s, bool value);

bool token_is(const struct token *t, char mark);

#endif
