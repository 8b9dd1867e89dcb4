#include "enrol/enrol.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "enrol/server_pin.h"
#include "enrol/state.h"
#include "lib/log.h"

const char *
enrol_print_time(int64_t seconds, char text[ENROL_TIME_MAX])
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(text, ENROL_TIME_MAX, "%Y-%m-%dT%H:%MZ", &tm) == 0)
		strlcpy(text, "?", ENROL_TIME_MAX);
	return text;
}

/* Set TOKEN's name to that of --name, or to "host-" and its id. */
static int
set_name(struct token *token, const struct state *s, const struct arguments *o)
{
	char text[sizeof("host-") + TOKEN_ID_LEN];

	snprintf(text, sizeof(text), "host-%s", token->id);
	if (!registry_make_name(
		token->name, o->name[0] != '\0' ? o->name : text))
		return -1;
	if (!state_has_name(s, token->name))
		return 0;
	log_errx(
	    "\"%s\" is enrolled already: run \"haild-enrol revoke %s\" "
	    "first",
	    token->name, token->name);
	return -1;
}

static int
add_token(struct state *s, const struct arguments *o, uid_t caller,
    struct token_proof *proof)
{
	struct tokens *tokens = &s->tokens;
	int64_t now = time(NULL);
	struct token token;

	token_make(&token, proof);
	token.until = now + o->seconds;
	if (set_name(&token, s, o) == -1)
		return EX_DATAERR;
	tokens_remove_expired(tokens, now);
	tokens_remove_name(tokens, token.name);
	if (tokens->n == TOKENS_MAX) {
		log_errx("%d tokens are open; revoke some", TOKENS_MAX);
		return EX_UNAVAILABLE;
	}
	tokens->list[tokens->n++] = token;
	if (state_save(s, NULL, NULL) == -1)
		return EX_CANTCREAT;
	log_info("token %s for %s, made by uid %u", token.id, token.name,
	    (unsigned int)caller);
	return EX_OK;
}

int
enrol_token(int argc, char **argv)
{
	char pin[TOKEN_PIN_LEN + 1];
	uid_t caller =
	    getuid(); /* before root becomes the owner of the directory */
	struct token_proof proof;
	struct arguments o;
	struct state *s;
	int result;

	if (arguments_parse(&o,
		OPTION_ALSO | OPTION_CERTIFICATE | OPTION_FOR | OPTION_NAME,
		argc, argv) == -1)
		return EX_USAGE;
	/* Read the certificate as the caller: perhaps only root can read it. */
	if (server_pin_get(pin, o.certificate) == -1)
		return EX_NOINPUT;
	if ((s = state_open(&o, true)) == NULL)
		return EX_CANTCREAT;
	result = add_token(s, &o, caller, &proof);
	state_free(s);
	if (result == EX_OK)
		printf("%s.%s.%s\n", proof.id, proof.secret, pin);
	return result;
}
