#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>
#include <time.h>

#include "enrol/enrol.h"
#include "enrol/state.h"
#include "lib/log.h"

static void
list_identities(const struct state *s)
{
	char text[ENROL_TIME_MAX];
	struct identity_line line;
	size_t at = 0;

	while (registry_next(&s->identities, &at, &line)) {
		printf("identity %s %s", line.name, line.pin);
		if (line.expires != 0)
			printf(
			    " until %s", enrol_print_time(line.expires, text));
		putchar('\n');
	}
}

static void
list_tokens(const struct state *s)
{
	char text[ENROL_TIME_MAX];
	const struct token *t;
	int64_t now = time(NULL);

	for (t = s->tokens.list; t < s->tokens.list + s->tokens.n; t++)
		if (token_is_open(t, now))
			printf("token %s %s until %s failures %" PRId64 "\n",
			    t->name, t->id, enrol_print_time(t->until, text),
			    t->failures);
}

int
enrol_list(int argc, char **argv)
{
	struct arguments o;
	struct state *s;

	if (arguments_parse(&o, 0, argc, argv) == -1)
		return EX_USAGE;
	if ((s = state_open(&o, false)) == NULL)
		return EX_NOINPUT;
	list_identities(s);
	list_tokens(s);
	state_free(s);
	return EX_OK;
}

/* --- revoke --- */

/* A state_change: remove the identity with the name ARG. */
static void
remove_identity(const struct state *s, const void *arg, FILE *out)
{
	registry_print_without(&s->identities, arg, out);
}

static int
revoke(struct state *s, const char *name)
{
	bool is_enrolled = registry_has_name(&s->identities, name);
	size_t ntokens = tokens_remove_name(&s->tokens, name);

	if (!is_enrolled && ntokens == 0) {
		log_errx("no identity and no token has the name \"%s\"", name);
		return EX_DATAERR;
	}
	if (state_save(s, is_enrolled ? remove_identity : NULL, name) == -1)
		return EX_CANTCREAT;
	log_info("%s %s revoked", is_enrolled ? "identity" : "token", name);
	if (is_enrolled)
		printf(
		    "%s is revoked.  Its open sessions go on; new ones have "
		    "no identity.\n",
		    name);
	else
		printf("The token for %s is void.\n", name);
	return EX_OK;
}

int
enrol_revoke(int argc, char **argv)
{
	struct arguments o;
	struct state *s;
	int result;

	if (arguments_parse(&o, ARGUMENT_NAME, argc, argv) == -1)
		return EX_USAGE;
	if ((s = state_open(&o, true)) == NULL)
		return EX_NOINPUT;
	result = revoke(s, o.name);
	state_free(s);
	return result;
}
