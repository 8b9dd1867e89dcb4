#include "ctl/arguments.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "ctl/commands.h"
#include "ctl/explain.h"
#include "ctl/format.h"
#include "lib/io.h"
#include "lib/number.h"
#include "load/text/suggest.h"

#define DELAY (2 * SECOND) /* of top */
#define COUNT_MAX 1000000000

/* What getopt_long returns: letters, and these for options without one. */
enum {
	LONG_HTTP = 256,
	LONG_IDENTITY,
	LONG_SERVICE,
	LONG_SOURCE,
	LONG_UID,
	LONG_WAIT,
};

/* Each option, in the order of --help. */
static const struct {
	int value;
	const char *name, *argument;
	int has_argument;
	unsigned int bit; /* enum command_option; 0: of all commands */
	const char *help;
} table[] = {
	{ 's', "socket", "file", required_argument, 0,
	    "the control socket (" CONTROL_SOCKET ")" },
	{ 'j', "json", NULL, no_argument, 0, "print JSON" },
	{ 't', "timeout", "time", required_argument, 0,
	    "how long to wait for the answer" },
	{ 'h', "help", NULL, no_argument, 0, "print this list" },
	{ 'V', "version", NULL, no_argument, 0, "print the version" },
	{ LONG_SERVICE, "service", "name", required_argument, COMMAND_SERVICE,
	    "kill: the sessions of this service" },
	{ LONG_SOURCE, "source", "address", required_argument, COMMAND_SOURCE,
	    "kill: the sessions of this source" },
	{ LONG_IDENTITY, "identity", "name", required_argument,
	    COMMAND_IDENTITY, "kill, explain: clients with this identity" },
	{ LONG_UID, "uid", "user", required_argument, COMMAND_UID,
	    "explain: a client with this user ID or name" },
	{ 'c', "config", "file", required_argument, COMMAND_CONFIG,
	    "explain: read this file instead of asking haild" },
	{ LONG_WAIT, "wait", "time", optional_argument, COMMAND_WAIT,
	    "drain: return when all sessions have ended" },
	{ LONG_HTTP, "http", NULL, no_argument, COMMAND_HTTP,
	    "metrics, health: answer an HTTP request" },
	{ 'd', "delay", "time", required_argument, COMMAND_DELAY,
	    "top: time between two screens" },
	{ 'n', "count", "number", required_argument, COMMAND_COUNT,
	    "top: exit after this number of screens" },
	{ 'o', "sort", "column", required_argument, COMMAND_SORT,
	    "top: sort by this column" },
};
#define NOPTIONS (sizeof(table) / sizeof(table[0]))

struct parsing {
	struct invocation *v;
	unsigned int seen; /* enum command_option */
	bool has_timeout;
	char *error;
};

static bool __attribute__((format(printf, 2, 3)))
refuse(const struct parsing *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->error, ARGUMENTS_ERROR_MAX, fmt, ap);
	va_end(ap);
	return false;
}

static bool
set_time(const struct parsing *p, const char *name, int64_t *ns)
{
	return format_read_time(optarg, ns) ||
	    refuse(p,
		"--%s: \"%s\" is not a time, such as \"10\" (seconds), \"2m\" "
		"or \"1h\"",
		name, optarg);
}

static bool
set_number(const struct parsing *p, const char *name, int64_t min, int64_t max,
    int64_t *n)
{
	return number_parse(optarg, min, max, n) ||
	    refuse(p,
		"--%s: \"%s\" is not a number from %" PRId64 " to %" PRId64,
		name, optarg, min, max);
}

static bool
set_wait(struct parsing *p)
{
	p->v->request.wait = true;
	p->v->timeout = -1;
	p->has_timeout = true;
	return optarg == NULL || set_time(p, "wait", &p->v->timeout);
}

/* Store the option VALUE and its argument, optarg. */
static bool
set_option(struct parsing *p, int value)
{
	struct invocation *v = p->v;

	switch (value) {
	case 's':
		v->socket = optarg;
		return true;
	case 'j':
		v->json = true;
		return true;
	case 't':
		p->has_timeout = true;
		return set_time(p, "timeout", &v->timeout);
	case 'd':
		return set_time(p, "delay", &v->delay);
	case 'n':
		return set_number(p, "count", 1, COUNT_MAX, &v->count);
	case 'o':
		v->sort = optarg;
		return true;
	case LONG_HTTP:
		v->http = true;
		return true;
	case LONG_IDENTITY:
		v->request.identity = optarg;
		return true;
	case LONG_SERVICE:
		v->request.service = optarg;
		return true;
	case LONG_SOURCE:
		v->request.source = optarg;
		return true;
	case LONG_UID:
		return explain_set_user(
		    &v->request, optarg, p->error, ARGUMENTS_ERROR_MAX);
	case 'c':
		v->file = optarg;
		return true;
	default:
		return set_wait(p);
	}
}

static bool
find_command(struct parsing *p, const char *name)
{
	char hint[SUGGEST_TEXT_MAX];
	struct suggestion s;
	size_t i;

	if ((p->v->command = commands_find(name)) != NULL)
		return true;
	suggest_begin(&s, name);
	for (i = 0; i < ncommands; i++)
		suggest_name(&s, commands[i].name);
	return refuse(p, "unknown command \"%s\"%s", name,
	    suggest_print(&s, hint, sizeof(hint)));
}

static bool
take_argument(struct parsing *p, const char *text)
{
	struct invocation *v = p->v;
	const struct command *c = v->command;

	if (c == NULL)
		return find_command(p, text);
	if (v->narguments == c->max)
		return refuse(p,
		    c->max == 0 ? "\"%s\" takes no argument \"%s\""
				: "\"%s\" has too many arguments: \"%s\"",
		    c->name, text);
	if (!c->argument(v, v->narguments, text))
		return refuse(p, "%s: invalid argument \"%s\" (%s)", c->name,
		    text, c->arguments);
	v->narguments++;
	return true;
}

/* The ways in which sessions to kill are named; exactly one is needed. */
static bool
check_kill(const struct parsing *p)
{
	const struct control_request *r = &p->v->request;

	if ((r->nids > 0) + (r->service != NULL) + (r->source != NULL) +
		(r->identity != NULL) ==
	    1)
		return true;
	return refuse(p,
	    "kill needs IDs of sessions, or one of --service, "
	    "--source and --identity");
}

static bool
check(const struct parsing *p)
{
	const struct command *c = p->v->command;
	size_t i;

	if (c == NULL)
		return refuse(p, "no command");
	for (i = 0; i < NOPTIONS; i++)
		if (p->seen & table[i].bit & ~c->options)
			return refuse(p, "\"%s\" does not take --%s", c->name,
			    table[i].name);
	if (p->v->narguments < c->min)
		return refuse(p, "\"%s\" needs: %s", c->name, c->arguments);
	if (p->v->json && c->kinds == 0 && c->run != NULL)
		return refuse(p, "\"%s\" does not take --json", c->name);
	if (p->v->request.has_uid && p->v->request.identity != NULL)
		return refuse(p, "--uid and --identity are mutually exclusive");
	return c->request != CONTROL_KILL || check_kill(p);
}

/* The table as getopt_long(3) needs it. */
static void
make_names(struct option names[NOPTIONS + 1], char *letters, size_t size)
{
	char letter[3] = "";
	size_t i;

	strlcpy(letters, "+:", size);
	for (i = 0; i < NOPTIONS; i++) {
		names[i] = (struct option) { table[i].name,
			table[i].has_argument, NULL, table[i].value };
		if (table[i].value >= LONG_HTTP)
			continue;
		letter[0] = (char)table[i].value;
		letter[1] =
		    table[i].has_argument == required_argument ? ':' : '\0';
		strlcat(letters, letter, size);
	}
	names[NOPTIONS] = (struct option) { NULL, 0, NULL, 0 };
}

static bool
take_option(struct parsing *p, int value, char **argv)
{
	size_t i;

	if (value == ':')
		return refuse(
		    p, "option \"%s\" needs an argument", argv[optind - 1]);
	for (i = 0; i < NOPTIONS && table[i].value != value; i++)
		continue;
	if (i == NOPTIONS)
		return refuse(p, "invalid option \"%s\"", argv[optind - 1]);
	p->seen |= table[i].bit;
	return set_option(p, value);
}

/* Whether all further words are arguments: those of a command to explain. */
static bool
is_past_options(const struct invocation *v)
{
	return v->command->options_end > 0 &&
	    v->narguments >= v->command->options_end;
}

enum arguments_result
arguments_read(struct invocation *v, int argc, char **argv,
    char error[ARGUMENTS_ERROR_MAX])
{
	struct parsing p = { .v = v, .error = error };
	struct option names[NOPTIONS + 1];
	char letters[2 * NOPTIONS + 3];
	bool past = false;
	int value;

	memset(v, 0, sizeof(*v));
	v->socket = CONTROL_SOCKET;
	v->delay = DELAY;
	make_names(names, letters, sizeof(letters));
	opterr = 0;
	optind = 0;
	for (;;) {
		value =
		    past ? -1 : getopt_long(argc, argv, letters, names, NULL);
		if (value == 'h')
			return ARGUMENTS_HELP;
		if (value == 'V')
			return ARGUMENTS_VERSION;
		if (value != -1) {
			if (!take_option(&p, value, argv))
				return ARGUMENTS_WRONG;
			continue;
		}
		if (optind >= argc)
			break;
		past = past || strcmp(argv[optind - 1], "--") == 0;
		if (!take_argument(&p, argv[optind++]))
			return ARGUMENTS_WRONG;
		past = past || is_past_options(v);
	}
	if (!check(&p))
		return ARGUMENTS_WRONG;
	if (!p.has_timeout)
		v->timeout = v->command->timeout;
	v->request.command = v->command->request;
	return ARGUMENTS_COMMAND;
}

static void
print_option(size_t i, FILE *out)
{
	char text[64];

	snprintf(text, sizeof(text), "--%s%s%s%s", table[i].name,
	    table[i].has_argument == optional_argument ? "[=" : " ",
	    table[i].argument != NULL ? table[i].argument : "",
	    table[i].has_argument == optional_argument ? "]" : "");
	if (table[i].value < LONG_HTTP)
		fprintf(
		    out, "-%c, %-19s%s\n", table[i].value, text, table[i].help);
	else
		fprintf(out, "    %-19s%s\n", text, table[i].help);
}

void
arguments_usage(bool help, FILE *out)
{
	size_t i;

	fputs(
	    "usage: haildctl [-s socket] [-j] [-t timeout] command "
	    "[argument ...]\n"
	    "       haildctl -h | -V\n",
	    out);
	if (!help)
		return;
	fputs("\nCommands:\n", out);
	for (i = 0; i < ncommands; i++) {
		fprintf(out, "  %s%s%s\n", commands[i].name,
		    commands[i].arguments != NULL ? " " : "",
		    commands[i].arguments != NULL ? commands[i].arguments : "");
		fprintf(out, "          %s\n", commands[i].help);
	}
	fputs("\nOptions:\n", out);
	for (i = 0; i < NOPTIONS; i++)
		print_option(i, out);
}
