/*
 * accept.c -- the command "accept": enrol a client.
 *
 * haild executes this as a command of a service with TLS: the client on
 * standard input has proved the key of SSL_CLIENT_PIN.  The client gets only
 * general answers; the log has the reasons.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "enrol/enrol.h"
#include "enrol/state.h"
#include "lib/io.h"
#include "lib/log.h"

#define INPUT_TIME (30 * SECOND)
#define PROOF_LEN (TOKEN_ID_LEN + 1 + TOKEN_SECRET_LEN)

static const char not_valid[] =
    "this token is unknown, used, expired or revoked: make a new one on the "
    "server with \"haild-enrol token\"";
static const char no_storage[] =
    "the server cannot enrol now; its log says why";

/* A client that wants to be enrolled. */
struct applicant {
	const char *address, *pin;
	struct token_proof proof;
};

/* Log a refusal, tell the client ANSWER.  Returns EX_NOPERM. */
static int __attribute__((format(printf, 3, 4)))
refuse(const struct applicant *a, const char *answer, const char *fmt, ...)
{
	char why[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	log_at(LOG_NOTICE, "%s refused: %s", a->address, why);
	fprintf(stderr, "haild-enrol: %s\n", answer);
	return EX_NOPERM;
}

/* Tell the client that the server failed; the reason was logged. */
static int
fail(void)
{
	fprintf(stderr, "haild-enrol: %s\n", no_storage);
	return EX_TEMPFAIL;
}

/* --- the client's token and key --- */

/*
 * Read a line from standard input into TEXT, without its newline.  Returns its
 * length.
 */
static size_t
read_line(char *text, size_t size)
{
	int64_t deadline = clock_now() + INPUT_TIME;
	size_t used = 0;
	ssize_t n;

	while (used < size && memchr(text, '\n', used) == NULL &&
	    io_wait(STDIN_FILENO, POLLIN, deadline) > 0 &&
	    (n = io_read(STDIN_FILENO, text + used, size - used)) > 0)
		used += (size_t)n;
	if (used > 0 && text[used - 1] == '\n')
		used--;
	return used;
}

static const char *
get_address(void)
{
	const char *address = getenv("REMOTE_ADDR");

	return address != NULL && *address != '\0' ? address : "a local client";
}

/* Fill in A.  Returns EX_OK, or a status after a refusal. */
static int
receive(struct applicant *a)
{
	char line[PROOF_LEN + 2] = "";
	size_t len;

	a->address = get_address();
	a->pin = getenv("SSL_CLIENT_PIN");
	if (a->pin == NULL || !registry_is_pin(a->pin))
		return refuse(a,
		    "enrolling needs TLS and a key of the client: use \"hail "
		    "--enrol\"",
		    "no TLS, or no key of the client");
	len = read_line(line, sizeof(line));
	if (!token_parse_proof(&a->proof, line, len))
		return refuse(a, not_valid, "sent no token");
	return EX_OK;
}

/* --- the decision --- */

/* Count a wrong secret for TOKEN. */
static int
count_failure(struct state *s, const struct applicant *a, struct token *token)
{
	struct token copy = *token;

	copy.failures = ++token->failures;
	if (copy.failures >= TOKEN_FAILURES_MAX)
		tokens_remove(&s->tokens, token);
	if (state_save(s, NULL, NULL) == -1)
		return fail();
	return refuse(a, not_valid,
	    "token %s for %s: wrong secret, failure %d "
	    "of %d%s",
	    copy.id, copy.name, (int)copy.failures, TOKEN_FAILURES_MAX,
	    copy.failures >= TOKEN_FAILURES_MAX ? ": the token is void" : "");
}

/* Check that the name of TOKEN is free, or already the name of the key. */
static int
check_names(const struct state *s, const struct applicant *a,
    const struct token *token, bool *known)
{
	char name[IDENTITY_SIZE], answer[IDENTITY_SIZE + 128];
	const char *other = getenv("REMOTE_USER");

	*known = registry_find_pin(&s->identities, a->pin, name) &&
	    strcmp(name, token->name) == 0;
	if (*known)
		return EX_OK;
	if (state_find_pin(s, a->pin, name) ||
	    (other != NULL && *other != '\0' &&
		strlcpy(name, other, sizeof(name)) > 0)) {
		snprintf(answer, sizeof(answer),
		    "this key has the identity \"%s\" already", name);
		return refuse(a, answer,
		    "token %s for %s: its key has the "
		    "identity %s",
		    token->id, token->name, name);
	}
	if (!state_has_name(s, token->name))
		return EX_OK;
	snprintf(answer, sizeof(answer),
	    "the name \"%s\" is taken by another key", token->name);
	return refuse(a, answer, "token %s: the name %s is taken", token->id,
	    token->name);
}

/* A state_change: add the identity ARG. */
static void
add_identity(const struct state *s, const void *arg, FILE *out)
{
	const struct identity_line *line = arg;

	registry_print_with(&s->identities, line->name, line->pin, out);
}

/* Use TOKEN up and add the key of A. */
static int
enrol(
    struct state *s, const struct applicant *a, struct token *token, bool known)
{
	char id[TOKEN_ID_LEN + 1];
	struct identity_line line;

	memcpy(id, token->id, sizeof(id));
	strlcpy(line.name, token->name, sizeof(line.name));
	strlcpy(line.pin, a->pin, sizeof(line.pin));
	tokens_remove(&s->tokens, token);
	if (state_save(s, known ? NULL : add_identity, &line) == -1)
		return fail();
	log_at(LOG_NOTICE, "%s enrolled as %s with token %s: key %s",
	    a->address, line.name, id, line.pin);
	printf("enrolled as %s\n", line.name);
	return EX_OK;
}

/*
 * The token may be unknown because this client has used it, and the answer was
 * lost: its key is enrolled then, so a repetition succeeds.
 */
static int
answer_unknown(const struct state *s, const struct applicant *a)
{
	char name[IDENTITY_SIZE];

	if (!registry_find_pin(&s->identities, a->pin, name))
		return refuse(
		    a, not_valid, "token %s is unknown or used", a->proof.id);
	log_at(LOG_NOTICE,
	    "%s is enrolled as %s already; token %s is unknown or used",
	    a->address, name, a->proof.id);
	printf("this key is enrolled already, as %s\n", name);
	return EX_OK;
}

static int
decide(struct state *s, const struct applicant *a)
{
	struct token *token = tokens_find(&s->tokens, a->proof.id);
	bool known;
	int result;

	if (token == NULL)
		return answer_unknown(s, a);
	if (!token_is_proved(token, &a->proof))
		return count_failure(s, a, token);
	if (!token_is_open(token, time(NULL)))
		return refuse(a, not_valid, "token %s for %s has expired",
		    token->id, token->name);
	if ((result = check_names(s, a, token, &known)) != EX_OK)
		return result;
	return enrol(s, a, token, known);
}

int
enrol_accept(int argc, char **argv)
{
	struct applicant a;
	struct arguments o;
	struct state *s;
	int result;

	if (arguments_parse(&o, OPTION_ALSO, argc, argv) == -1)
		return EX_USAGE;
	log_set_destination(LOG_TO_SYSLOG);
	if ((result = receive(&a)) != EX_OK)
		return result;
	if ((s = state_open(&o, true)) == NULL)
		return fail();
	result = decide(s, &a);
	state_free(s);
	return result;
}
