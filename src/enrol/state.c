#include "enrol/state.h"

#include <stdlib.h>

#include "lib/log.h"

#define TOKENS_FILE "tokens"
#define IDENTITIES_FILE "identities"

static int
read_registry(const struct directory *d, const char *name, struct registry *r)
{
	r->text = directory_read(d, name, &r->len);
	return r->text != NULL ? 0 : -1;
}

static int
read_tokens(struct state *s)
{
	unsigned int line;
	size_t len;
	char *text;

	if ((text = directory_read(&s->directory, TOKENS_FILE, &len)) == NULL)
		return -1;
	line = tokens_parse(&s->tokens, text, len);
	free(text);
	if (line != 0)
		log_warnx("%s/" TOKENS_FILE ":%u: ignored: not a token",
		    s->directory.path, line);
	return 0;
}

static int
read_files(struct state *s, const struct arguments *o)
{
	if (read_tokens(s) == -1 ||
	    read_registry(&s->directory, IDENTITIES_FILE, &s->identities) == -1)
		return -1;
	for (; s->nalso < o->nalso; s->nalso++)
		if (read_registry(&s->directory, o->also[s->nalso],
			&s->also[s->nalso]) == -1)
			return -1;
	return 0;
}

struct state *
state_open(const struct arguments *o, bool lock)
{
	struct state *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		log_err("cannot allocate memory");
		return NULL;
	}
	if (directory_open(&s->directory, o->directory) == 0 &&
	    (!lock || directory_lock(&s->directory) == 0) &&
	    read_files(s, o) == 0)
		return s;
	state_free(s);
	return NULL;
}

void
state_free(struct state *s)
{
	size_t i;

	directory_close(&s->directory);
	free((char *)(uintptr_t)s->identities.text);
	for (i = 0; i < s->nalso; i++)
		free((char *)(uintptr_t)s->also[i].text);
	free(s);
}

bool
state_has_name(const struct state *s, const char *name)
{
	bool found = registry_has_name(&s->identities, name);
	size_t i;

	for (i = 0; i < s->nalso && !found; i++)
		found = registry_has_name(&s->also[i], name);
	return found;
}

bool
state_find_pin(const struct state *s, const char *pin, char name[IDENTITY_SIZE])
{
	bool found = registry_find_pin(&s->identities, pin, name);
	size_t i;

	for (i = 0; i < s->nalso && !found; i++)
		found = registry_find_pin(&s->also[i], pin, name);
	return found;
}

/* Print the text of DRAFT. */
static int
make_text(const struct state *s, struct draft *draft, state_change *change,
    const void *arg)
{
	FILE *out = open_memstream(&draft->text, &draft->len);

	if (out == NULL) {
		log_err("cannot allocate memory");
		return -1;
	}
	if (change != NULL)
		change(s, arg, out);
	else
		tokens_print(&s->tokens, out);
	if (ferror(out) | (fclose(out) == EOF)) {
		log_errx("cannot allocate memory");
		return -1;
	}
	return 0;
}

int
state_save(const struct state *s, state_change *change, const void *arg)
{
	/*
	 * Tokens first: a crash after that wastes a token, but lets no client
	 * use it twice.
	 */
	struct draft drafts[] = {
		{ .name = TOKENS_FILE, .mode = 0600 },
		{ .name = IDENTITIES_FILE, .mode = 0644 },
	};
	size_t i, n = change != NULL ? 2 : 1;
	int result = make_text(s, &drafts[0], NULL, NULL);

	if (result == 0 && change != NULL)
		result = make_text(s, &drafts[1], change, arg);
	if (result == 0)
		result = directory_replace(&s->directory, drafts, n);
	for (i = 0; i < n; i++)
		free(drafts[i].text);
	return result;
}
