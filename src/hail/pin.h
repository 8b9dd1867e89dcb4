/*
 * pin.h -- the pin of a key, and the one-time token of an enrolment.  Pure.
 *
 * A pin is "sha256:" and the base64 of the SHA-256 of the key's
 * SubjectPublicKeyInfo, as curl(1) has it.
 */

#ifndef PIN_H
#define PIN_H

#include <stdbool.h>

#define PIN_SIZE 52 /* with the NUL */

/* Whether TEXT is a pin. */
bool pin_is_valid(const char *text);

#define TOKEN_ID 8
#define TOKEN_SECRET 32
#define TOKEN_PIN 43
#define TOKEN_LENGTH (TOKEN_ID + 1 + TOKEN_SECRET + 1 + TOKEN_PIN)

/* "ID.SECRET.PIN", in the URL-safe base64 of RFC 4648, section 5. */
struct token {
	char proof[TOKEN_ID + 1 + TOKEN_SECRET + 1]; /* "ID.SECRET" */
	char pin[PIN_SIZE];			     /* of the server */
};

/* Read TEXT into TOKEN.  Returns false if it is not a token. */
bool token_parse(struct token *token, const char *text);

#endif
