#include "commands/request.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <vis.h>

#include "config/client.h"
#include "config/command.h"
#include "lib/escape.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* --- the record --- */

int
request_parse(struct request *r, char *record, size_t len)
{
	struct request_header header;
	char *p = record + sizeof(header), *end = record + len, *nul;
	size_t i, n;

	if (len < sizeof(header))
		return -1;
	memcpy(&header, record, sizeof(header));
	if (header.nargs > COMMAND_ARGS_MAX || header.nenv > COMMAND_ARGS_MAX)
		return -1;
	n = (size_t)header.nargs + header.nenv;
	/* One more: request_accept ends the variables with NULL. */
	if ((r->args = calloc(n + 1, sizeof(*r->args))) == NULL)
		return -1;
	for (i = 0; i <= n; i++) {
		if ((nul = memchr(p, '\0', (size_t)(end - p))) == NULL)
			goto fail;
		if (i < n)
			r->args[i] = p;
		else
			r->name = p;
		p = nul + 1;
	}
	if (p != end)
		goto fail;
	r->nargs = header.nargs;
	r->env = r->args + r->nargs;
	r->nenv = header.nenv;
	return 0;
fail:
	free(r->args);
	r->args = NULL;
	return -1;
}

/* --- whether it is allowed --- */

/* Print the reason into WHY.  Returns STATUS. */
static int __attribute__((format(printf, 3, 4)))
refuse(char *why, int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, REQUEST_WHY_MAX, fmt, ap);
	va_end(ap);
	return status;
}

static int
unknown(const char *name, char *why)
{
	char cut[SERVICE_NAME_MAX + 1], text[4 * sizeof(cut)];

	/* Never too long for TEXT: libbsd would write beyond it. */
	strlcpy(cut, name, sizeof(cut));
	strnvis(text, cut, sizeof(text), ESCAPE_FLAGS);
	return refuse(why, STATUS_UNKNOWN,
	    "no command \"%s\"; \"help\" lists the commands", text);
}

/* Returns 0, or the status. */
static int
match(const struct service *c, const char *pattern, const char *argument,
    size_t position, char *why)
{
	regex_t re;
	int error;

	if (strlen(argument) > REQUEST_MATCH_MAX)
		return refuse(why, STATUS_REFUSED,
		    "%s: argument %zu is longer than %d bytes", c->name,
		    position, REQUEST_MATCH_MAX);
	if (command_compile(&re, pattern) != 0)
		return refuse(why, STATUS_FAILED, "%s: out of memory", c->name);
	error = regexec(&re, argument, 0, NULL, 0);
	regfree(&re);
	return error == 0 ? 0
			  : refuse(why, STATUS_REFUSED,
				"%s: argument %zu does not match ^(%s)$",
				c->name, position, pattern);
}

static int
check_count(const struct service *c, const struct request *r, char *why)
{
	const struct arg_count *n = &c->args;
	char wanted[64];

	if ((int64_t)r->nargs >= n->min && (int64_t)r->nargs <= n->max)
		return 0;
	if (n->min == n->max)
		snprintf(wanted, sizeof(wanted), "%d", (int)n->min);
	else if (n->max == COMMAND_ARGS_MAX)
		snprintf(wanted, sizeof(wanted), "at least %d", (int)n->min);
	else
		snprintf(wanted, sizeof(wanted), "%d to %d", (int)n->min,
		    (int)n->max);
	return refuse(why, STATUS_REFUSED, "%s: takes %s argument%s, got %zu",
	    c->name, wanted, n->max == 1 ? "" : "s", r->nargs);
}

static int
check_arguments(const struct service *c, const struct request *r, char *why)
{
	const char *const *pattern = c->arg_match;
	size_t i;
	int status = check_count(c, r, why);

	for (i = 0; i < r->nargs && status == 0; i++) {
		if (r->args[i][0] == '-' && !c->arg_dash)
			return refuse(why, STATUS_REFUSED,
			    "%s: argument %zu begins with a dash", c->name,
			    i + 1);
		if (pattern == NULL)
			continue;
		status = match(c, *pattern, r->args[i], i + 1, why);
		if (pattern[1] != NULL)
			pattern++; /* the last one is for all the rest */
	}
	return status;
}

/* "help" alone, or with the name of a command. */
static int
check_help(const struct service *service, const struct client *client,
    const struct request *r, char *why)
{
	if (r->nargs > 1)
		return refuse(why, STATUS_REFUSED,
		    "help: takes 0 to 1 arguments, got %zu", r->nargs);
	return r->nargs == 0 || strcmp(r->args[0], "help") == 0 ||
		command_find(service, client, r->args[0]) != NULL
	    ? 0
	    : unknown(r->args[0], why);
}

int
request_check(const struct service *service, const struct client *client,
    const struct request *r, const struct service **command, char *why)
{
	*command = NULL;
	if (strcmp(r->name, "help") == 0)
		return check_help(service, client, r, why);
	*command = command_find(service, client, r->name);
	if (*command == NULL)
		return unknown(r->name, why);
	if ((*command)->missing != NULL) /* it cannot be executed */
		return refuse(
		    why, STATUS_REFUSED, "%s: out of service", r->name);
	return check_arguments(*command, r, why);
}

/* --- what is run --- */

char **
request_argv(const struct service *command, const struct request *r)
{
	bool placed[10] = { false };
	size_t n, i;
	char **argv;
	int at;

	for (n = 0; command->exec[n] != NULL; n++)
		continue;
	if ((argv = calloc(n + r->nargs + 1, sizeof(*argv))) == NULL)
		return NULL;
	for (i = 0; i < n; i++) {
		at = i > 0 ? command_placeholder(command->exec[i]) : 0;
		if (at > 0 && (size_t)at <= r->nargs) {
			argv[i] = r->args[at - 1];
			placed[at] = true;
		} else /* execve(2) changes none of them */
			argv[i] = (char *)(uintptr_t)command->exec[i];
	}
	for (i = 0; i < r->nargs; i++)
		if (i + 1 >= COUNT(placed) || !placed[i + 1])
			argv[n++] = r->args[i];
	return argv;
}

static bool
is_accepted(const struct service *command, const char *variable)
{
	const char *equals = strchr(variable, '=');
	size_t i, len;

	if (equals == NULL || equals == variable)
		return false;
	len = (size_t)(equals - variable);
	/* What old versions of bash(1) take for a function. */
	if (strncmp(equals + 1, "() {", 4) == 0 ||
	    strspn(variable, COMMAND_VARIABLE) < len ||
	    command_is_reserved(variable, len))
		return false;
	for (i = 0; command->accept_env[i] != NULL; i++)
		if (command_is_like(variable, len, command->accept_env[i]))
			return true;
	return false;
}

void
request_accept(const struct service *command, struct request *r)
{
	size_t i, kept = 0;

	for (i = 0; command->accept_env != NULL && i < r->nenv; i++)
		if (is_accepted(command, r->env[i]))
			r->env[kept++] = r->env[i];
	r->nenv = kept;
	r->env[kept] = NULL;
}

/* --- the command "help" --- */

void
request_help(const struct service *service, const struct client *client,
    const struct request *r, FILE *out)
{
	static const char own[] = "list the commands, or explain one";
	const struct service *c;

	if (r->nargs > 0 &&
	    (c = command_find(service, client, r->args[0])) != NULL) {
		fprintf(out, "%s\t%s\n", c->name,
		    c->summary != NULL ? c->summary : "");
		if (c->help != NULL)
			fprintf(out, "%s%s", c->help,
			    c->help[0] != '\0' &&
				    c->help[strlen(c->help) - 1] == '\n'
				? ""
				: "\n");
		return;
	}
	fprintf(out, "%s\t%s\n", "help", own);
	if (r->nargs > 0)
		return;
	for (c = service->commands; c->name != NULL; c++)
		if (command_may_run(c, client))
			fprintf(out, "%s\t%s\n", c->name,
			    c->summary != NULL ? c->summary : "");
}

/* --- for the log --- */

/* Add C, if there is room for it and the NUL. */
static void
put(char *buf, size_t size, size_t *at, char c)
{
	if (*at + 1 < size)
		buf[(*at)++] = c;
	buf[*at] = '\0';
}

static void
put_word(char *buf, size_t size, size_t *at, const char *word)
{
	bool quoted = word[0] == '\0' || strpbrk(word, " \t\n\"") != NULL;

	if (*at > 0)
		put(buf, size, at, ' ');
	if (quoted)
		put(buf, size, at, '"');
	for (; *word != '\0' && *at + 1 < size; word++) {
		if (*word == '"')
			put(buf, size, at, '"');
		put(buf, size, at, *word);
	}
	if (quoted)
		put(buf, size, at, '"');
}

static bool
is_masked(const struct service *command, size_t position)
{
	const int64_t *at;

	if (command == NULL || command->mask_args == NULL)
		return false;
	for (at = command->mask_args; *at != 0; at++)
		if ((size_t)*at == position)
			return true;
	return false;
}

const char *
request_print(const struct service *command, const struct request *r, char *buf,
    size_t size)
{
	size_t i, at = 0;

	put_word(buf, size, &at, r->name);
	for (i = 0; i < r->nargs && at + 1 < size; i++)
		put_word(buf, size, &at,
		    is_masked(command, i + 1) ? "***" : r->args[i]);
	return buf;
}
