/*
 * token.h -- one-time tokens: their text, and the list of those that are open.
 *
 *	ID.SECRET.PIN	what the administrator copies to the client
 *	ID.SECRET	what the client sends
 *
 * PIN is the server's, which only the client needs.  All three have the
 * characters of base64 for URLs (RFC 4648, section 5).  The list is a file with
 * a line "ID HASH NAME UNTIL FAILURES" for each token: the secret itself is
 * not stored.  Pure, but for the random bytes.
 */

#ifndef ENROL_TOKEN_H
#define ENROL_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "config/identity.h"

#define TOKEN_ID_LEN 8
#define TOKEN_SECRET_LEN 32
#define TOKEN_PIN_LEN 43
#define TOKEN_HASH_LEN 64 /* SHA-256 in hexadecimal */

#define TOKEN_FAILURES_MAX 5 /* wrong secrets, after which a token is void */
#define TOKEN_TIME_MAX INT64_C(604800) /* seconds, one week */
#define TOKENS_MAX 1000		       /* open at the same time */

struct token {
	char id[TOKEN_ID_LEN + 1];
	char hash[TOKEN_HASH_LEN + 1];
	char name[IDENTITY_SIZE];
	int64_t until; /* seconds since the epoch */
	int64_t failures;
};

struct tokens {
	size_t n;
	struct token list[TOKENS_MAX];
};

/* The part of a token that a client sends. */
struct token_proof {
	char id[TOKEN_ID_LEN + 1];
	char secret[TOKEN_SECRET_LEN + 1];
};

/* Make a token without a name, and its secret. */
void token_make(struct token *token, struct token_proof *proof);

/* Read the LEN bytes of TEXT, "ID.SECRET".  Returns whether TEXT is valid. */
bool token_parse_proof(struct token_proof *proof, const char *text, size_t len);

/*
 * Whether PROOF has the secret of TOKEN.  Takes the same time for any secret.
 */
bool token_is_proved(
    const struct token *token, const struct token_proof *proof);

/*
 * Whether TOKEN can be used at NOW.  A token that seems valid for more than a
 * week was made before the clock was set back, and cannot be used.
 */
bool token_is_open(const struct token *token, int64_t now);

/*
 * Write PIN ("sha256:" and base64) to TEXT in the form that a token has.
 * Returns whether PIN is valid.
 */
bool token_print_pin(char text[TOKEN_PIN_LEN + 1], const char *pin);

/*
 * Read the LEN bytes of a file's TEXT.  Returns the number of the first invalid
 * line, which was ignored, or 0.
 */
unsigned int tokens_parse(struct tokens *tokens, const char *text, size_t len);

/* Write the file to OUT. */
void tokens_print(const struct tokens *tokens, FILE *out);

/* The token with that ID, or NULL.  Takes the same time for any ID. */
struct token *tokens_find(struct tokens *tokens, const char *id);

/*
 * Remove a token that tokens_find returned; or all tokens for NAME, and return
 * their number.
 */
void tokens_remove(struct tokens *tokens, struct token *token);
size_t tokens_remove_name(struct tokens *tokens, const char *name);

/* Remove the tokens that cannot be used at NOW. */
void tokens_remove_expired(struct tokens *tokens, int64_t now);

#endif
