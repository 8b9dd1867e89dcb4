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

/* What is to be found out, and where the answer goes. */
struct check {
	const struct service *service;
	const struct client *client;
	const struct request *r;
	struct outcome *outcome;
	char *why;
};

/* Fill in the outcome, and print the reason.  Returns false. */
static bool __attribute__((format(printf, 4, 5))) refuse(const struct check *k,
    enum outcome_kind kind, size_t number, const char *fmt, ...)
{
	va_list ap;

	*k->outcome = (struct outcome) { kind, (int32_t)number };
	va_start(ap, fmt);
	vsnprintf(k->why, REQUEST_WHY_MAX, fmt, ap);
	va_end(ap);
	return false;
}

/* The client is told the same, whether there is such a command or not. */
static bool
unknown(const struct check *k, const char *name)
{
	char cut[SERVICE_NAME_MAX + 1], text[4 * sizeof(cut)];
	enum outcome_kind kind = config_command(k->service, name) != NULL
	    ? OUTCOME_NOT_ALLOWED
	    : OUTCOME_UNKNOWN;

	/* Never too long for TEXT: libbsd would write beyond it. */
	strlcpy(cut, name, sizeof(cut));
	strnvis(text, cut, sizeof(text), ESCAPE_FLAGS);
	return refuse(
	    k, kind, 0, "no command \"%s\"; \"help\" lists the commands", text);
}

static bool
check_count(const struct check *k, const struct service *c)
{
	const struct arg_count *n = &c->args;
	size_t got = k->r->nargs;
	char wanted[64];

	if ((int64_t)got >= n->min && (int64_t)got <= n->max)
		return true;
	if (n->min == n->max)
		snprintf(wanted, sizeof(wanted), "%d", (int)n->min);
	else if (n->max == COMMAND_ARGS_MAX)
		snprintf(wanted, sizeof(wanted), "at least %d", (int)n->min);
	else
		snprintf(wanted, sizeof(wanted), "%d to %d", (int)n->min,
		    (int)n->max);
	return refuse(k, OUTCOME_COUNT, got, "%s: takes %s argument%s, got %zu",
	    c->name, wanted, n->max == 1 ? "" : "s", got);
}

static bool
check_arguments(const struct check *k, const struct service *c)
{
	char *const *args = k->r->args;
	size_t i;

	if (!check_count(k, c))
		return false;
	for (i = 0; i < k->r->nargs; i++) {
		if (args[i][0] == '-' && !c->arg_dash)
			return refuse(k, OUTCOME_ARGUMENT, i + 1,
			    "%s: argument %zu begins with a dash", c->name,
			    i + 1);
		if (c->arg_match != NULL && strlen(args[i]) > REQUEST_MATCH_MAX)
			return refuse(k, OUTCOME_ARGUMENT, i + 1,
			    "%s: argument %zu is longer than %d bytes", c->name,
			    i + 1, REQUEST_MATCH_MAX);
	}
	return true;
}

/* "help" alone, or with the name of a command. */
static bool
check_help(const struct check *k)
{
	const struct request *r = k->r;

	if (r->nargs > 1)
		return refuse(k, OUTCOME_COUNT, r->nargs,
		    "help: takes 0 to 1 arguments, got %zu", r->nargs);
	return r->nargs == 0 || strcmp(r->args[0], "help") == 0 ||
	    command_find(k->service, k->client, r->args[0]) != NULL ||
	    unknown(k, r->args[0]);
}

bool
request_check(const struct service *service, const struct client *client,
    const struct request *r, const struct service **command,
    struct outcome *outcome, char *why)
{
	const struct check k = { service, client, r, outcome, why };

	*command = NULL;
	if (strcmp(r->name, "help") == 0)
		return check_help(&k);
	*command = command_find(service, client, r->name);
	if (*command == NULL)
		return unknown(&k, r->name);
	if ((*command)->missing != NULL) /* it cannot be executed */
		return refuse(
		    &k, OUTCOME_OUT, 0, "%s: out of service", r->name);
	return check_arguments(&k, *command);
}

/* --- what is run --- */

/* Which arguments have a place in exec, and need not be appended. */
struct places {
	bool taken[10];
};

/*
 * Write ELEMENT of exec to TO, or if that is NULL only count.  Returns the
 * bytes, with the NUL.
 */
static size_t
expand(const char *element, const struct request *r, struct places *places,
    char *to)
{
	const char *place, *put;
	size_t size = 0, len;
	int n;

	while ((place = command_placeholder(element, &n)) != NULL) {
		len = (size_t)(place - element);
		if (n == 0)
			len++; /* of "%%1" the first byte, and skip one */
		if (to != NULL)
			memcpy(to + size, element, len);
		size += len;
		element = place + 2;
		if (n == 0 || (size_t)n > r->nargs)
			continue;
		places->taken[n] = true;
		put = r->args[n - 1];
		len = strlen(put);
		if (to != NULL)
			memcpy(to + size, put, len);
		size += len;
	}
	len = strlen(element) + 1;
	if (to != NULL)
		memcpy(to + size, element, len);
	return size + len;
}

char **
request_argv(const struct service *command, const struct request *r)
{
	struct places places = { { false } };
	const char *const *exec = command->exec;
	size_t n, i, size = 0;
	char **argv, *to;

	for (n = 1; exec[n] != NULL; n++)
		size += expand(exec[n], r, &places, NULL);
	size += (n + r->nargs + 1) * sizeof(*argv);
	if ((argv = calloc(1, size)) == NULL)
		return NULL;
	to = (char *)&argv[n + r->nargs + 1];
	argv[0] = (char *)(uintptr_t)exec[0]; /* execve(2) changes none */
	for (i = 1; i < n; i++) {
		argv[i] = to;
		to += expand(exec[i], r, &places, to);
	}
	for (i = 0; i < r->nargs; i++)
		if (i + 1 >= COUNT(places.taken) || !places.taken[i + 1])
			argv[n++] = r->args[i];
	return argv;
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
