#include "commands/match.h"

#include <errno.h>
#include <string.h>

#include "config/command.h"
#include "config/variable.h"

/*
 * The pattern that was compiled last, kept while the next one is the same.
 * regexec(3) stores its states in it, up to 16 KB for each byte that it
 * matches, so the pattern is compiled again after as many bytes as an argument
 * may have.
 */
struct compiled {
	const char *pattern; /* NULL: none */
	size_t matched;	     /* bytes */
	regex_t re;
};

static void
forget(struct compiled *c)
{
	if (c->pattern != NULL)
		regfree(&c->re);
	c->pattern = NULL;
}

/* Returns 1 if TEXT matches, 0 if not, -1 without memory. */
static int
match(struct compiled *c, const char *pattern, const char *text)
{
	size_t len = strlen(text);
	int error;

	if (len > REQUEST_MATCH_MAX)
		return 0;
	if (c->pattern != pattern || c->matched + len > REQUEST_MATCH_MAX)
		forget(c);
	if (c->pattern == NULL) {
		if (command_compile(&c->re, pattern) != 0)
			return -1;
		c->pattern = pattern;
		c->matched = 0;
	}
	c->matched += len;
	error = regexec(&c->re, text, 0, NULL, 0);
	return error == 0 ? 1 : error == REG_NOMATCH ? 0 : -1;
}

const char *
match_pattern(const struct service *command, size_t position)
{
	size_t i = 0;

	while (i + 1 < position && command->arg_match[i + 1] != NULL)
		i++; /* the last one is for all the rest */
	return command->arg_match[i];
}

bool
match_arguments(const struct service *command, const struct request *r,
    struct outcome *outcome)
{
	const char *const *pattern = command->arg_match;
	struct compiled c = { .pattern = NULL };
	int found = 1;
	size_t i;

	if (pattern == NULL)
		return true;
	for (i = 0; i < r->nargs; i++) {
		if ((found = match(&c, *pattern, r->args[i])) != 1)
			break;
		if (pattern[1] != NULL)
			pattern++;
	}
	forget(&c);
	*outcome = found == -1
	    ? (struct outcome) { OUTCOME_START, ENOMEM }
	    : (struct outcome) { OUTCOME_ARGUMENT, (int32_t)i + 1 };
	return found == 1;
}

/* Returns as match does. */
static int
is_accepted(
    const struct service *command, const char *variable, struct compiled *c)
{
	const char *value = strchr(variable, '=');
	const char *const *element, *pattern;
	int found = 0;
	size_t len, n;

	if (value == NULL || value == variable)
		return 0;
	len = (size_t)(value++ - variable);
	/* "() {" is what old versions of bash(1) take for a function. */
	if (strncmp(value, "() {", 4) == 0 ||
	    strspn(variable, VARIABLE_NAME) < len ||
	    variable_reserved(variable, len) != NULL)
		return 0;
	for (element = command->accept_env; *element != NULL && found == 0;
	     element++) {
		if (!variable_is_named(variable, len, *element))
			continue;
		pattern = variable_pattern(*element, &n);
		found = pattern != NULL ? match(c, pattern, value)
					: variable_is_plain(value);
	}
	return found;
}

bool
match_variables(const struct service *command, struct request *r)
{
	struct compiled c = { .pattern = NULL };
	size_t i, kept = 0;
	int found = 0;

	for (i = 0; command->accept_env != NULL && i < r->nenv; i++) {
		if ((found = is_accepted(command, r->env[i], &c)) == -1)
			break;
		if (found == 1)
			r->env[kept++] = r->env[i];
	}
	forget(&c);
	r->nenv = kept;
	r->env[kept] = NULL;
	return found != -1;
}
