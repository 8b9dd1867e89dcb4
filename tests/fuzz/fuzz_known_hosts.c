/*
 * fuzz_known_hosts.c -- hail's file of known hosts, and the token of an
 * enrolment: what is found is a key, in a line that begins with the name.
 *
 * The input: a name, a newline, and the file.
 */

#include "tests/fuzz/fuzz.h"

#include <string.h>
#include <strings.h>

#include "hail/known_hosts.h"

/* Line NUMBER, from 1. */
static const char *
line_of(const char *text, unsigned int number)
{
	while (--number > 0)
		MUST((text = strchr(text, '\n') + 1) != (char *)1);
	return text + strspn(text, " \t");
}

static void
check_find(const struct known_hosts *k, const char *name)
{
	struct known_key keys[KNOWN_KEYS_MAX];
	char error[256] = "";
	const char *line;
	int n, i;

	n = known_hosts_find(k, name, keys, error, sizeof(error));
	MUST(n >= -1 && n <= KNOWN_KEYS_MAX);
	MUST((n == -1) == (error[0] != '\0'));
	for (i = 0; i < n; i++) {
		MUST(pin_is_valid(keys[i].pin));
		line = line_of(k->text, keys[i].line);
		MUST(strncasecmp(line, name, strlen(name)) == 0);
		line += strlen(name);
		line += strspn(line, " \t");
		MUST(strncmp(line, keys[i].pin, PIN_SIZE - 1) == 0);
	}
}

static void
check_token(const char *text)
{
	struct token token;

	if (!token_parse(&token, text))
		return;
	MUST(strlen(text) == TOKEN_LENGTH);
	MUST(strncmp(text, token.proof, strlen(token.proof)) == 0);
	MUST(pin_is_valid(token.pin));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct known_hosts k = { .path = "file" };
	char *text = malloc(size + 1), *rest;

	MUST(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	rest = text;
	check_token(text);
	strsep(&rest, "\n");
	check_token(text);
	/* A name is never empty and has no blanks (known_hosts_name). */
	if (rest != NULL && text[0] != '\0' && strpbrk(text, " \t\r") == NULL) {
		k.text = rest;
		check_find(&k, text);
	}
	free(text);
	return 0;
}
