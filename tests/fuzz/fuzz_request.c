/*
 * fuzz_request.c -- records that a speaker may send the monitor.
 */

#include "fuzz.h"

#include <string.h>

#include "commands/match.h"
#include "config/command.h"

static const char *const run[] = { "/bin/true", "a%1%%1b", "%9", NULL };
static const char *const patterns[] = { "[a-z]+", "[0-9]*", NULL };
static const char *const variables[] = { "LC_*", "NAME=[a-z /]*", NULL };
static const int64_t masked[] = { 1, 0 };

static const struct service commands[] = {
	{ .name = "one",
	    .exec = run,
	    .args = { 0, 8 },
	    .arg_match = patterns,
	    .accept_env = variables,
	    .mask_args = masked },
	{ .name = "any", .exec = run, .args = { 0, COMMAND_ARGS_MAX } },
	{ .name = NULL },
};
static const struct service service = { .name = "s", .commands = commands };

/* A string of the record: within it, and it ends there. */
static void
check_string(const char *s, const char *record, size_t size)
{
	MUST(s >= record && s < record + size);
	MUST(memchr(s, '\0', size - (size_t)(s - record)) != NULL);
}

static void
check_command(const struct service *c, struct request *r)
{
	char **argv = request_argv(c, r);
	size_t i;

	MUST(argv != NULL && strcmp(argv[0], "/bin/true") == 0);
	for (i = 0; argv[i] != NULL; i++)
		MUST(i < r->nargs + 3);
	free(argv);
	MUST(match_variables(c, r));
	MUST(r->env[r->nenv] == NULL);
	for (i = 0; i < r->nenv; i++)
		MUST(strncmp(r->env[i], "LC_", 3) == 0 ||
		    strncmp(r->env[i], "NAME=", 5) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct service *command;
	struct client client = { .cred.uid = 1 };
	char *copy = malloc(size + (size == 0)), why[REQUEST_WHY_MAX];
	char text[64];
	struct outcome outcome = { NOUTCOMES, 0 };
	struct request r;
	size_t i;

	MUST(copy != NULL);
	memcpy(copy, data, size);
	if (request_parse(&r, copy, size) == -1) {
		free(copy);
		return 0;
	}
	MUST(r.nargs <= COMMAND_ARGS_MAX && r.nenv <= COMMAND_ARGS_MAX);
	for (i = 0; i < r.nargs + r.nenv; i++)
		check_string(r.args[i], copy, size);
	check_string(r.name, copy, size);
	memset(why, 'x', sizeof(why));
	if (!request_check(&service, &client, &r, &command, &outcome, why)) {
		MUST(memchr(why, '\0', sizeof(why)) != NULL);
		MUST(outcome_is_valid(&outcome));
	} else if (command != NULL) {
		if (!match_arguments(command, &r, &outcome))
			MUST(outcome_is_valid(&outcome) &&
			    outcome.number <= (int32_t)r.nargs);
		check_command(command, &r);
	}
	MUST(strlen(request_print(command, &r, text, sizeof(text))) <
	    sizeof(text));
	free(r.args);
	free(copy);
	return 0;
}
