/*
 * fuzz_enrol.c -- what a client sends haild-enrol, its file of tokens, and the
 * file of identities that it edits: what is written is read as the same, and
 * other lines stay as they are.
 */

#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "enrol/registry.h"
#include "enrol/token.h"

#define PIN "sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define NAME "added.example"

static char *
printed_tokens(const struct tokens *t, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	MUST(out != NULL);
	tokens_print(t, out);
	MUST(fclose(out) == 0);
	return text;
}

static void
check_tokens(const char *text, size_t len)
{
	static struct tokens once, twice;
	size_t size, again_size, i;
	char *printed, *again;
	struct token_proof proof;

	tokens_parse(&once, text, len);
	MUST(once.n <= TOKENS_MAX);
	printed = printed_tokens(&once, &size);
	MUST(tokens_parse(&twice, printed, size) == 0 && twice.n == once.n);
	again = printed_tokens(&twice, &again_size);
	MUST(size == again_size && memcmp(printed, again, size) == 0);
	free(printed);
	free(again);
	for (i = 0; i < once.n; i++) {
		MUST(identity_is_valid(once.list[i].name));
		MUST(strlen(once.list[i].id) == TOKEN_ID_LEN);
		MUST(tokens_find(&once, once.list[i].id) != NULL);
		token_is_open(&once.list[i], 1000);
	}
	if (!token_parse_proof(&proof, text, len))
		return;
	MUST(len == TOKEN_ID_LEN + 1 + TOKEN_SECRET_LEN);
	MUST(memcmp(text, proof.id, TOKEN_ID_LEN) == 0);
	for (i = 0; i < once.n; i++)
		MUST(!token_is_proved(&once.list[i], &proof));
}

/* After the lines of a name are removed, the name is not found. */
static void
check_without(const struct registry *r, const char *name, size_t lines)
{
	struct registry less;
	char *text = NULL;
	FILE *out = open_memstream(&text, &less.len);

	MUST(out != NULL);
	MUST(registry_print_without(r, name, out) > 0);
	MUST(fclose(out) == 0);
	less.text = text;
	MUST(less.len < r->len && lines > 0);
	MUST(!registry_has_name(&less, name));
	free(text);
}

static void
check_with(const struct registry *r, size_t lines)
{
	struct identity_line line;
	struct registry more;
	char *text = NULL, name[IDENTITY_SIZE];
	size_t at = 0, n = 0;
	FILE *out = open_memstream(&text, &more.len);

	MUST(out != NULL);
	registry_print_with(r, NAME, PIN, out);
	MUST(fclose(out) == 0);
	more.text = text;
	MUST(more.len > r->len && memcmp(text, r->text, r->len) == 0);
	MUST(registry_has_name(&more, NAME));
	MUST(registry_find_pin(&more, PIN, name));
	while (registry_next(&more, &at, &line))
		n++;
	MUST(n == lines + 1);
	free(text);
}

static void
check_registry(const char *text, size_t len)
{
	const struct registry r = { text, len };
	struct identity_line line;
	char name[IDENTITY_SIZE];
	size_t at = 0, before = 0, n = 0;

	while (registry_next(&r, &at, &line)) {
		MUST(at > before && at <= len);
		before = at;
		n++;
		MUST(identity_is_valid(line.name));
		MUST(registry_is_pin(line.pin));
		MUST(registry_has_name(&r, line.name));
		MUST(registry_find_pin(&r, line.pin, name));
		if (n <= 3)
			check_without(&r, line.name, n);
	}
	check_with(&r, n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + (size == 0)), name[IDENTITY_SIZE];
	char *text = malloc(size + 1), pin[TOKEN_PIN_LEN + 1];

	MUST(copy != NULL && text != NULL);
	memcpy(copy, data, size);
	memcpy(text, data, size);
	text[size] = '\0';
	check_tokens(copy, size);
	check_registry(copy, size);
	if (registry_make_name(name, text))
		MUST(identity_is_valid(name));
	MUST(token_print_pin(pin, text) == registry_is_pin(text));
	free(copy);
	free(text);
	return 0;
}
