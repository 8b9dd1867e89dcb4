#include "hail/pin.h"

#include <string.h>

#define PREFIX "sha256:"
#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

bool
pin_is_valid(const char *text)
{
	const size_t n = strlen(PREFIX);

	return strncmp(text, PREFIX, n) == 0 && strlen(text) == PIN_SIZE - 1 &&
	    strspn(text + n, ALNUM "+/") == TOKEN_PIN &&
	    text[PIN_SIZE - 2] == '=';
}

/* Whether TEXT begins with N characters of the alphabet and then END. */
static bool
has_part(const char *text, size_t n, char end)
{
	return strspn(text, ALNUM "-_") == n && text[n] == end;
}

bool
token_parse(struct token *token, const char *text)
{
	const char *secret = text + TOKEN_ID + 1, *pin, *p;
	char *to = token->pin + strlen(PREFIX);

	if (!has_part(text, TOKEN_ID, '.') ||
	    !has_part(secret, TOKEN_SECRET, '.'))
		return false;
	pin = secret + TOKEN_SECRET + 1;
	if (!has_part(pin, TOKEN_PIN, '\0'))
		return false;
	memcpy(token->proof, text, sizeof(token->proof) - 1);
	token->proof[sizeof(token->proof) - 1] = '\0';
	memcpy(token->pin, PREFIX, strlen(PREFIX));
	for (p = pin; *p != '\0'; p++)
		*to++ = *p == '-' ? '+' : *p == '_' ? '/' : *p;
	memcpy(to, "=", 2);
	return true;
}
