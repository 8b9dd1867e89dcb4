#include "enrol/token.h"

#include <sys/random.h>

#include <ctype.h>
#include <inttypes.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>

#include "enrol/registry.h"
#include "lib/number.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* LEN random characters, 6 bits each. */
static void
make_text(char *text, size_t len)
{
	size_t i;

	/*
	 * getrandom(2) returns up to 256 bytes at once, and fails only where it
	 * does not exist.
	 */
	if (getrandom(text, len, 0) != (ssize_t)len)
		abort();
	for (i = 0; i < len; i++)
		text[i] = alphabet[text[i] & 63];
	text[len] = '\0';
}

static void
print_hash(char hash[TOKEN_HASH_LEN + 1], const struct token_proof *proof)
{
	SHA256Data((const uint8_t *)proof->secret, TOKEN_SECRET_LEN, hash);
}

void
token_make(struct token *token, struct token_proof *proof)
{
	/*
	 * A "-" at the beginning would look like an option, and at the end no
	 * host name has one.
	 */
	do
		make_text(proof->id, TOKEN_ID_LEN);
	while (!isalnum((unsigned char)proof->id[0]) ||
	    !isalnum((unsigned char)proof->id[TOKEN_ID_LEN - 1]));
	make_text(proof->secret, TOKEN_SECRET_LEN);
	memset(token, 0, sizeof(*token));
	memcpy(token->id, proof->id, sizeof(token->id));
	print_hash(token->hash, proof);
}

/*
 * Copy LEN characters of the alphabet.  Returns false if TEXT has others, or
 * fewer.
 */
static bool
take(char *to, const char **text, const char *end, size_t len)
{
	if ((size_t)(end - *text) < len)
		return false;
	memcpy(to, *text, len);
	to[len] = '\0';
	*text += len;
	return strspn(to, alphabet) == len;
}

bool
token_parse_proof(struct token_proof *proof, const char *text, size_t len)
{
	const char *end = text + len;

	if (!take(proof->id, &text, end, TOKEN_ID_LEN) || text == end ||
	    *text++ != '.')
		return false;
	return take(proof->secret, &text, end, TOKEN_SECRET_LEN) && text == end;
}

/* Compare in a time that does not depend on where they differ. */
static bool
is_same(const char *a, const char *b, size_t len)
{
	volatile unsigned char difference = 0;
	size_t i;

	for (i = 0; i < len; i++)
		difference |= (unsigned char)(a[i] ^ b[i]);
	return difference == 0;
}

bool
token_is_proved(const struct token *token, const struct token_proof *proof)
{
	char hash[TOKEN_HASH_LEN + 1];

	print_hash(hash, proof);
	return is_same(hash, token->hash, TOKEN_HASH_LEN);
}

bool
token_is_open(const struct token *token, int64_t now)
{
	return now < token->until && token->until - now <= TOKEN_TIME_MAX;
}

bool
token_print_pin(char text[TOKEN_PIN_LEN + 1], const char *pin)
{
	size_t i;

	if (!registry_is_pin(pin))
		return false;
	memcpy(text, pin + strlen("sha256:"), TOKEN_PIN_LEN);
	for (i = 0; i < TOKEN_PIN_LEN; i++)
		if (text[i] == '+')
			text[i] = '-';
		else if (text[i] == '/')
			text[i] = '_';
	text[TOKEN_PIN_LEN] = '\0';
	return true;
}

/* --- the list --- */

static bool
parse_words(struct token *token, char *line)
{
	const char *word[5];
	size_t i;

	for (i = 0; i < 5; i++)
		if ((word[i] = strsep(&line, " ")) == NULL)
			return false;
	if (line != NULL || strlen(word[0]) != TOKEN_ID_LEN ||
	    strlen(word[1]) != TOKEN_HASH_LEN ||
	    !registry_make_name(token->name, word[2]))
		return false;
	memcpy(token->id, word[0], sizeof(token->id));
	memcpy(token->hash, word[1], sizeof(token->hash));
	return number_parse(word[3], 0, INT64_MAX, &token->until) &&
	    number_parse(word[4], 0, TOKEN_FAILURES_MAX, &token->failures);
}

static bool
parse_line(struct token *token, const char *text, size_t len)
{
	char line[TOKEN_ID_LEN + TOKEN_HASH_LEN + IDENTITY_SIZE + 64];

	if (len >= sizeof(line) || memchr(text, '\0', len) != NULL)
		return false;
	memcpy(line, text, len);
	line[len] = '\0';
	memset(token, 0, sizeof(*token));
	return parse_words(token, line);
}

unsigned int
tokens_parse(struct tokens *tokens, const char *text, size_t len)
{
	const char *end = text + len, *newline;
	unsigned int line, wrong = 0;

	tokens->n = 0;
	for (line = 1; text < end; text = newline + 1, line++) {
		newline = memchr(text, '\n', (size_t)(end - text));
		if (newline == NULL)
			newline = end;
		if (tokens->n < TOKENS_MAX &&
		    parse_line(&tokens->list[tokens->n], text,
			(size_t)(newline - text)))
			tokens->n++;
		else if (wrong == 0)
			wrong = line;
	}
	return wrong;
}

void
tokens_print(const struct tokens *tokens, FILE *out)
{
	const struct token *t;

	for (t = tokens->list; t < tokens->list + tokens->n; t++)
		fprintf(out, "%s %s %s %" PRId64 " %" PRId64 "\n", t->id,
		    t->hash, t->name, t->until, t->failures);
}

struct token *
tokens_find(struct tokens *tokens, const char *id)
{
	struct token *found = NULL;
	size_t i;

	for (i = 0; i < tokens->n; i++)
		if (is_same(tokens->list[i].id, id, TOKEN_ID_LEN))
			found = &tokens->list[i];
	return found;
}

void
tokens_remove(struct tokens *tokens, struct token *token)
{
	/* The order does not matter, so the last token takes the place. */
	*token = tokens->list[--tokens->n];
}

size_t
tokens_remove_name(struct tokens *tokens, const char *name)
{
	size_t i, removed = 0;

	for (i = tokens->n; i-- > 0;)
		if (strcmp(tokens->list[i].name, name) == 0) {
			tokens_remove(tokens, &tokens->list[i]);
			removed++;
		}
	return removed;
}

void
tokens_remove_expired(struct tokens *tokens, int64_t now)
{
	size_t i;

	for (i = tokens->n; i-- > 0;)
		if (!token_is_open(&tokens->list[i], now))
			tokens_remove(tokens, &tokens->list[i]);
}
