#include "hail/options.h"

#include <ctype.h>
#include <getopt.h>
#include <stdarg.h>
#include <string.h>

#include "lib/io.h"
#include "lib/number.h"

#define DEFAULT_CONNECT_TIMEOUT (10 * SECOND)

/* Options without a letter have a number above all letters. */
#define IDLE_TIMEOUT 256
#define FAIL_STATUS 257
#define NO_SHUTDOWN 258
#define ALLOW_EMPTY 259

/* Where the options go, and the message if one is wrong. */
struct parser {
	struct options *o;
	char *err;
	size_t size;
};

struct row {
	int letter;
	const char *name;
	const char *argument; /* its name in the help text; NULL: none */
	const char *help;
	/* Takes the option; NULL: VALUE is the result. */
	enum options_result (*set)(const struct parser *, const struct row *);
	size_t value; /* a field of struct options, a family, or the result */
};

/* --- the kinds of options; optarg is the argument --- */

static enum options_result __attribute__((format(printf, 2, 3)))
wrong(const struct parser *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->err, p->size, fmt, ap);
	va_end(ap);
	return OPTIONS_WRONG;
}

static enum options_result
wrong_argument(
    const struct parser *p, const struct row *row, const char *problem)
{
	if (row->letter >= IDLE_TIMEOUT)
		return wrong(p, "--%s: \"%s\" %s", row->name, optarg, problem);
	return wrong(p, "-%c: \"%s\" %s", row->letter, optarg, problem);
}

int64_t
options_seconds(const char *text)
{
	int64_t fraction = 0, unit = SECOND;
	uint64_t whole = 0;
	const char *p = text;

	if (*p != '.' && !number_read(&p, 999999999, &whole))
		return -1;
	if (*p == '.')
		for (p++; isdigit((unsigned char)*p); p++) {
			unit /= 10; /* 0 after 9 digits: less than a ns */
			fraction += (*p - '0') * unit;
		}
	if (*p != '\0' || strcmp(text, ".") == 0)
		return -1;
	return (int64_t)whole * SECOND + fraction;
}

/* 0 is no limit, except for -q: it is "at once". */
static enum options_result
set_seconds(const struct parser *p, const struct row *row)
{
	int64_t n = options_seconds(optarg);

	if (n == -1)
		return wrong_argument(p, row, "is not a number of seconds");
	if (n == 0 && row->letter != 'q')
		n = -1;
	memcpy((char *)p->o + row->value, &n, sizeof(n));
	return OPTIONS_RUN;
}

static enum options_result
set_flag(const struct parser *p, const struct row *row)
{
	const bool on = true;

	memcpy((char *)p->o + row->value, &on, sizeof(on));
	return OPTIONS_RUN;
}

static enum options_result
set_family(const struct parser *p, const struct row *row)
{
	if (p->o->family != AF_UNSPEC && p->o->family != (int)row->value)
		return wrong(p, "-4 and -6 are mutually exclusive");
	p->o->family = (int)row->value;
	return OPTIONS_RUN;
}

static enum options_result
set_port(const struct parser *p, const struct row *row)
{
	if (optarg[0] == '\0' ||
	    strlcpy(p->o->port, optarg, ADDR_PORT_MAX) >= ADDR_PORT_MAX)
		return wrong_argument(p, row, "is not a port");
	return OPTIONS_RUN;
}

static enum options_result
set_source(const struct parser *p, const struct row *row)
{
	if (addr_from_numeric(&p->o->source, optarg, 0) == -1)
		return wrong_argument(p, row, "is not an IPv4 or IPv6 address");
	return OPTIONS_RUN;
}

static enum options_result
set_variable(const struct parser *p, const struct row *row)
{
	if (optarg[0] == '\0' || optarg[0] == '=')
		return wrong_argument(p, row, "has no name");
	if (p->o->n_variables == OPTIONS_VARIABLES_MAX)
		return wrong(p, "-e: at most %d variables can be sent",
		    OPTIONS_VARIABLES_MAX);
	p->o->variables[p->o->n_variables++] = optarg;
	return OPTIONS_RUN;
}

/* 0 would turn every failure into a success. */
static enum options_result
set_fail_status(const struct parser *p, const struct row *row)
{
	int64_t n;

	if (!number_parse(optarg, 1, 255, &n))
		return wrong_argument(p, row, "is not a number from 1 to 255");
	p->o->fail_status = (int)n;
	return OPTIONS_RUN;
}

/* --- the table, and getopt_long(3) --- */

#define FIELD(name) offsetof(struct options, name)

/*
 * Every option, for getopt_long and for -h.  The letters c, C, i, k and T are
 * reserved for TLS.
 */
static const struct row table[] = {
	{ '4', "ipv4", NULL, "use IPv4 only", set_family, AF_INET },
	{ '6', "ipv6", NULL, "use IPv6 only", set_family, AF_INET6 },
	{ 'p', "port", "port",
	    "connect to this port (" OPTIONS_PORT ", " OPTIONS_COMMAND_PORT
	    " for a command)",
	    set_port, 0 },
	{ 's', "source", "address", "connect from this address", set_source,
	    0 },
	{ 'w', "connect-timeout", "seconds", "limit the time to connect (10)",
	    set_seconds, FIELD(connect_timeout) },
	{ 'm', "max-time", "seconds", "limit the total time", set_seconds,
	    FIELD(max_time) },
	{ IDLE_TIMEOUT, "idle-timeout", "seconds",
	    "limit the time without traffic", set_seconds,
	    FIELD(idle_timeout) },
	{ 'e', "variable", "name[=value]", "send a variable to the command",
	    set_variable, 0 },
	{ FAIL_STATUS, "fail-status", "status",
	    "exit with this on failure; errors to stdout", set_fail_status, 0 },
	{ 'n', "no-input", NULL, "read /dev/null, not standard input", set_flag,
	    FIELD(no_input) },
	{ 'q', "quit-after", "seconds",
	    "quit this long after the end of the input", set_seconds,
	    FIELD(quit_after) },
	{ 'N', "half-close", NULL, "no effect: hail does it by default", NULL,
	    OPTIONS_RUN },
	{ NO_SHUTDOWN, "no-shutdown", NULL,
	    "do not half-close at the end of the input", set_flag,
	    FIELD(no_shutdown) },
	{ ALLOW_EMPTY, "allow-empty", NULL,
	    "exit with 0 even if the server sends nothing", set_flag,
	    FIELD(allow_empty) },
	{ 'v', "verbose", NULL, "report connecting on standard error", set_flag,
	    FIELD(verbose) },
	{ 'V', "version", NULL, "print the version", NULL, OPTIONS_VERSION },
	{ 'h', "help", NULL, "print this list", NULL, OPTIONS_HELP },
};

#define N_OPTIONS (sizeof(table) / sizeof(table[0]))

void
options_help(FILE *out)
{
	char name[64], letter[8];
	const struct row *row;

	fputs(
	    "usage: hail [options] host[:port] [[--] command [argument ...]]"
	    "\n",
	    out);
	for (row = table; row < table + N_OPTIONS; row++) {
		snprintf(name, sizeof(name), "--%s%s%s", row->name,
		    row->argument != NULL ? " " : "",
		    row->argument != NULL ? row->argument : "");
		letter[0] = '\0';
		if (row->letter < IDLE_TIMEOUT)
			snprintf(letter, sizeof(letter), "-%c,", row->letter);
		fprintf(out, "  %3s %-26s %s\n", letter, name, row->help);
	}
}

static void
make_getopt(char *letters, struct option *names)
{
	const struct row *row;

	*letters++ = '+'; /* options end at the host */
	*letters++ = ':'; /* no messages from getopt_long */
	for (row = table; row < table + N_OPTIONS; row++) {
		*names++ = (struct option) { .name = row->name,
			.has_arg = row->argument != NULL,
			.val = row->letter };
		if (row->letter >= IDLE_TIMEOUT)
			continue;
		*letters++ = (char)row->letter;
		if (row->argument != NULL)
			*letters++ = ':';
	}
	*letters = '\0';
	*names = (struct option) { 0 };
}

static const struct row *
find_option(int letter)
{
	const struct row *row;

	for (row = table; row < table + N_OPTIONS; row++)
		if (row->letter == letter)
			return row;
	return NULL;
}

/*
 * Take the option that getopt_long returned.  After an error it leaves in
 * optopt 0 for an unknown long option, and the letter of a known one.
 */
static enum options_result
take_option(const struct parser *p, int letter, char *argv[])
{
	const struct row *row = find_option(letter);

	if (row != NULL)
		return row->set != NULL ? row->set(p, row)
					: (enum options_result)row->value;
	if (letter == ':')
		return wrong(p, "%s needs an argument", argv[optind - 1]);
	if (optopt == 0)
		return wrong(
		    p, "unknown or ambiguous option %s", argv[optind - 1]);
	if ((row = find_option(optopt)) != NULL)
		return wrong(p, "--%s takes no argument", row->name);
	return wrong(p, "unknown option -%c", optopt);
}

/* --- the host and the command --- */

static enum options_result
set_path(const struct parser *p)
{
	struct options *o = p->o;

	if (o->port[0] != '\0' || o->family != AF_UNSPEC || o->source.len != 0)
		return wrong(p,
		    "%s: -4, -6, -p and -s do not apply to Unix sockets",
		    o->host);
	o->family = AF_UNIX;
	strlcpy(o->target, o->host, sizeof(o->target));
	return OPTIONS_RUN;
}

static enum options_result
set_host(const struct parser *p, const char *text)
{
	char port[ADDR_PORT_MAX];
	struct options *o = p->o;

	switch (addr_split(text, o->host, port)) {
	case ADDR_INVALID:
		return wrong(p, "\"%s\" is not a host[:port]", text);
	case ADDR_PATH:
		return set_path(p);
	case ADDR_HOST_PORT:
		if (o->port[0] != '\0')
			return wrong(p, "%s: the port is given twice", text);
		strlcpy(o->port, port, sizeof(o->port));
		break;
	case ADDR_HOST:
		if (o->port[0] == '\0')
			strlcpy(o->port,
			    o->command != NULL ? OPTIONS_COMMAND_PORT
					       : OPTIONS_PORT,
			    sizeof(o->port));
	}
	if (!addr_port_is_possible(o->port))
		return wrong(p, "%s: \"%s\" is not a port", text, o->port);
	if (o->source.len != 0 && o->family != AF_UNSPEC &&
	    o->family != o->source.sa.sa_family)
		return wrong(p, "-s: the address does not match -%d",
		    o->family == AF_INET ? 4 : 6);
	snprintf(o->target, sizeof(o->target),
	    strchr(o->host, ':') != NULL ? "[%s]:%s" : "%s:%s", o->host,
	    o->port);
	return OPTIONS_RUN;
}

/* DASHES: "--" separates the command from HOST. */
static enum options_result
check_command(const struct parser *p, const char *host, bool dashes)
{
	const char *name = p->o->command[0];

	if (name == NULL)
		return wrong(p, "%s: no command after \"--\"", host);
	if (name[0] == '\0')
		return wrong(p, "%s: the command is empty", host);
	if (isalpha((unsigned char)name[0]))
		return OPTIONS_RUN;
	if (!dashes && strpbrk(host, ":/") == NULL &&
	    p->o->command[1] == NULL && addr_port_number(name) != -1)
		return wrong(p,
		    "\"%s\" is not a command; for a port write %s:%s", name,
		    host, name);
	return wrong(p,
	    "\"%s\" is not a command: names start with a letter, and options "
	    "precede the host",
	    name);
}

static enum options_result
set_target(const struct parser *p, char *argv[])
{
	enum options_result result = OPTIONS_RUN;
	struct options *o = p->o;
	const char *host = argv[0];
	bool dashes;

	if (host == NULL)
		return wrong(p, "no host given");
	if (o->command != NULL) {
		dashes = strcmp(o->command[0], "--") == 0;
		o->command += dashes;
		result = check_command(p, host, dashes);
		if (result == OPTIONS_RUN && o->allow_empty)
			return wrong(
			    p, "--allow-empty does not apply to a command");
	} else if (o->n_variables != 0 || o->fail_status != 0)
		return wrong(p, "%s needs a command",
		    o->n_variables != 0 ? "-e" : "--fail-status");
	return result == OPTIONS_RUN ? set_host(p, host) : result;
}

enum options_result
options_parse(struct options *o, int argc, char *argv[], char *err, size_t size)
{
	/* cppcheck-suppress ctuuninitvar ; o is filled below */
	struct parser p = { o, err, size }, silent = { o, NULL, 0 };
	enum options_result result = OPTIONS_RUN;
	struct option names[N_OPTIONS + 1];
	char letters[2 * N_OPTIONS + 3];
	int letter;

	*o = (struct options) { .family = AF_UNSPEC,
		.connect_timeout = DEFAULT_CONNECT_TIMEOUT,
		.max_time = -1,
		.idle_timeout = -1,
		.quit_after = -1 };
	make_getopt(letters, names);
	optind = 0; /* makes glibc start again */
	while ((letter = getopt_long(argc, argv, letters, names, NULL)) != -1) {
		if (result == OPTIONS_RUN)
			result = take_option(&p, letter, argv);
		else if (letter == FAIL_STATUS) /* decides how to fail */
			take_option(&silent, letter, argv);
		if (result == OPTIONS_HELP || result == OPTIONS_VERSION)
			return result;
	}
	if (optind + 1 < argc)
		o->command = &argv[optind + 1];
	return result == OPTIONS_RUN ? set_target(&p, &argv[optind]) : result;
}
