/*
 * options.c -- hail's command line.
 */

#include "hail/options.h"

#include <ctype.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/io.h"

#define DEFAULT_CONNECT_TIMEOUT (10 * SECOND)

/* No letters; above all letters. */
#define IDLE_TIMEOUT 256
#define FAIL_STATUS 257

/*
 * Every option, for getopt_long and for -h.  The letters c, C, i, k and T are
 * kept for TLS.
 */
static const struct {
	int letter;
	const char *name;
	const char *argument; /* NULL when it takes none */
	const char *help;
} table[] = {
	{ '4', "ipv4", NULL, "use IPv4 only" },
	{ '6', "ipv6", NULL, "use IPv6 only" },
	{ 'p', "port", "port",
	    "connect to this port (" OPTIONS_PORT ", " OPTIONS_COMMAND_PORT
	    " for a command)" },
	{ 's', "source", "address", "connect from this address" },
	{ 'w', "connect-timeout", "seconds", "give up connecting then (10)" },
	{ 'm', "max-time", "seconds", "give up altogether then" },
	{ IDLE_TIMEOUT, "idle-timeout", "seconds",
	    "give up after so long without a byte" },
	{ 'e', "variable", "name[=value]", "send a variable to the command" },
	{ FAIL_STATUS, "fail-status", "status",
	    "for failures, with the message on standard output" },
	{ 'n', "no-input", NULL, "send nothing: read /dev/null" },
	{ 'q', "quit-after", "seconds", "quit so long after the input ended" },
	{ 'N', "half-close", NULL, "does nothing: it is always done" },
	{ 'v', "verbose", NULL, "say on standard error what is done" },
	{ 'V', "version", NULL, "print the version" },
	{ 'h', "help", NULL, "print this" },
};

#define N_OPTIONS (sizeof(table) / sizeof(table[0]))

static enum options_result __attribute__((format(printf, 3, 4)))
wrong(char *err, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err, size, fmt, ap);
	va_end(ap);
	return OPTIONS_WRONG;
}

int64_t
options_seconds(const char *text)
{
	int64_t whole = 0, fraction = 0, unit = SECOND;
	const char *p = text;
	int digits = 0;

	for (; isdigit((unsigned char)*p); p++, digits++) {
		whole = whole * 10 + (*p - '0');
		if (whole >= 1000000000)
			return -1;
	}
	if (*p == '.')
		for (p++; isdigit((unsigned char)*p); p++, digits++) {
			unit /= 10; /* in the end 0: less than a ns */
			fraction += (*p - '0') * unit;
		}
	if (*p != '\0' || digits == 0)
		return -1;
	return whole * SECOND + fraction;
}

void
options_help(FILE *out)
{
	char name[64], letter[8];
	size_t i;

	fputs(OPTIONS_USAGE "\n", out);
	for (i = 0; i < N_OPTIONS; i++) {
		snprintf(name, sizeof(name), "--%s%s%s", table[i].name,
		    table[i].argument != NULL ? " " : "",
		    table[i].argument != NULL ? table[i].argument : "");
		if (table[i].letter < IDLE_TIMEOUT)
			snprintf(
			    letter, sizeof(letter), "-%c,", table[i].letter);
		else
			letter[0] = '\0';
		fprintf(out, "  %3s %-26s %s\n", letter, name, table[i].help);
	}
}

/* Fill in what getopt_long wants. */
static void
make_getopt(char *letters, struct option *names)
{
	size_t i;

	*letters++ = '+'; /* options end at the host */
	*letters++ = ':'; /* we say ourselves what is wrong */
	for (i = 0; i < N_OPTIONS; i++) {
		names[i] = (struct option) { .name = table[i].name,
			.has_arg = table[i].argument != NULL,
			.val = table[i].letter };
		if (table[i].letter >= IDLE_TIMEOUT)
			continue;
		*letters++ = (char)table[i].letter;
		if (table[i].argument != NULL)
			*letters++ = ':';
	}
	*letters = '\0';
	names[N_OPTIONS] = (struct option) { 0 };
}

/* The place of an option in the table, or N_OPTIONS. */
static size_t
find_option(int letter)
{
	size_t i;

	for (i = 0; i < N_OPTIONS; i++)
		if (table[i].letter == letter)
			break;
	return i;
}

/*
 * Say what getopt_long stumbled over: it leaves 0 in optopt for a long option
 * that it does not know, and the letter of one that it does.
 */
static enum options_result
stumbled(char *argv[], bool missing, char *err, size_t size)
{
	size_t i = find_option(optopt);

	if (missing)
		return wrong(
		    err, size, "%s needs an argument", argv[optind - 1]);
	if (optopt == 0)
		return wrong(err, size, "unknown or ambiguous option %s",
		    argv[optind - 1]);
	if (i < N_OPTIONS)
		return wrong(
		    err, size, "--%s takes no argument", table[i].name);
	return wrong(err, size, "unknown option -%c", optopt);
}

/* 0 seconds is no limit, but for -q. */
static enum options_result
set_seconds(
    int64_t *ns, bool zero_counts, const char *name, char *err, size_t size)
{
	int64_t n = options_seconds(optarg);

	if (n == -1)
		return wrong(err, size, "%s: \"%s\" is not a number of seconds",
		    name, optarg);
	*ns = n == 0 && !zero_counts ? -1 : n;
	return OPTIONS_RUN;
}

static enum options_result
set_family(struct options *o, int family, char *err, size_t size)
{
	if (o->family != AF_UNSPEC && o->family != family)
		return wrong(err, size, "-4 and -6 exclude each other");
	o->family = family;
	return OPTIONS_RUN;
}

static enum options_result
set_port(struct options *o, char *err, size_t size)
{
	if (optarg[0] == '\0' ||
	    strlcpy(o->port, optarg, sizeof(o->port)) >= sizeof(o->port))
		return wrong(err, size, "-p: \"%s\" is not a port", optarg);
	return OPTIONS_RUN;
}

static enum options_result
set_source(struct options *o, char *err, size_t size)
{
	if (addr_from_numeric(&o->source, optarg, 0) == -1)
		return wrong(err, size,
		    "-s: \"%s\" is not an IPv4 or IPv6 address", optarg);
	return OPTIONS_RUN;
}

static enum options_result
set_variable(struct options *o, char *err, size_t size)
{
	if (optarg[0] == '\0' || optarg[0] == '=')
		return wrong(err, size, "-e: \"%s\" has no name", optarg);
	if (o->n_variables == OPTIONS_VARIABLES_MAX)
		return wrong(err, size, "-e: at most %d variables can be sent",
		    OPTIONS_VARIABLES_MAX);
	o->variables[o->n_variables++] = optarg;
	return OPTIONS_RUN;
}

/* 0 would make a success of every failure. */
static enum options_result
set_fail_status(struct options *o, char *err, size_t size)
{
	const char *wrong_number;
	int n = (int)strtonum(optarg, 1, 255, &wrong_number);

	if (wrong_number != NULL)
		return wrong(err, size,
		    "--fail-status: \"%s\" is not a number from 1 to 255",
		    optarg);
	o->fail_status = n;
	return OPTIONS_RUN;
}

static enum options_result
set_option(struct options *o, int letter, char *err, size_t size)
{
	switch (letter) {
	case '4':
		return set_family(o, AF_INET, err, size);
	case '6':
		return set_family(o, AF_INET6, err, size);
	case 'p':
		return set_port(o, err, size);
	case 's':
		return set_source(o, err, size);
	case 'w':
		return set_seconds(&o->connect_timeout, false, "-w", err, size);
	case 'm':
		return set_seconds(&o->max_time, false, "-m", err, size);
	case IDLE_TIMEOUT:
		return set_seconds(
		    &o->idle_timeout, false, "--idle-timeout", err, size);
	case 'q':
		return set_seconds(&o->quit_after, true, "-q", err, size);
	case 'e':
		return set_variable(o, err, size);
	case FAIL_STATUS:
		return set_fail_status(o, err, size);
	case 'n':
		o->no_input = true;
		return OPTIONS_RUN;
	case 'v':
		o->verbose = true;
		return OPTIONS_RUN;
	case 'V':
		return OPTIONS_VERSION;
	case 'h':
		return OPTIONS_HELP;
	}
	return OPTIONS_RUN; /* -N */
}

/* All but digits may be a name from services(5). */
static bool
port_is_wrong(const char *port)
{
	return port[strspn(port, "0123456789")] == '\0' &&
	    addr_port_number(port) <= 0;
}

static enum options_result
set_path(struct options *o, char *err, size_t size)
{
	if (o->port[0] != '\0' || o->family != AF_UNSPEC || o->source.len != 0)
		return wrong(err, size,
		    "%s: -4, -6, -p and -s do not go with a Unix socket",
		    o->host);
	o->family = AF_UNIX;
	strlcpy(o->target, o->host, sizeof(o->target));
	return OPTIONS_RUN;
}

static enum options_result
set_host(struct options *o, const char *text, char *err, size_t size)
{
	char port[ADDR_PORT_MAX];

	switch (addr_split(text, o->host, port)) {
	case ADDR_INVALID:
		return wrong(err, size, "\"%s\" is not a host[:port]", text);
	case ADDR_PATH:
		return set_path(o, err, size);
	case ADDR_HOST_PORT:
		if (o->port[0] != '\0')
			return wrong(
			    err, size, "%s: -p gives another port", text);
		strlcpy(o->port, port, sizeof(o->port));
		break;
	case ADDR_HOST:
		if (o->port[0] == '\0')
			strlcpy(o->port,
			    o->command != NULL ? OPTIONS_COMMAND_PORT
					       : OPTIONS_PORT,
			    sizeof(o->port));
	}
	if (port_is_wrong(o->port))
		return wrong(
		    err, size, "%s: \"%s\" is not a port", text, o->port);
	if (o->source.len != 0 && o->family != AF_UNSPEC &&
	    o->family != o->source.sa.sa_family)
		return wrong(
		    err, size, "-s gives an address that -4 or -6 excludes");
	snprintf(o->target, sizeof(o->target),
	    strchr(o->host, ':') != NULL ? "[%s]:%s" : "%s:%s", o->host,
	    o->port);
	return OPTIONS_RUN;
}

/* COMMAND stands behind the host; ALONE, without a "--" between them. */
static enum options_result
check_command(
    const char *host, char *const *command, bool alone, char *err, size_t size)
{
	const char *name = command[0];

	if (name == NULL)
		return wrong(err, size, "%s: no command behind --", host);
	if (name[0] == '\0')
		return wrong(err, size, "%s: the command is empty", host);
	if (isalpha((unsigned char)name[0]))
		return OPTIONS_RUN;
	if (alone && strpbrk(host, ":/") == NULL && command[1] == NULL &&
	    addr_port_number(name) != -1)
		return wrong(err, size,
		    "\"%s\" is not a command; for a port write %s:%s", name,
		    host, name);
	return wrong(err, size,
	    "\"%s\" is not a command, whose name starts with a letter; "
	    "options go in front of the host",
	    name);
}

static enum options_result
check_no_command(const struct options *o, char *err, size_t size)
{
	if (o->n_variables != 0)
		return wrong(err, size, "-e needs a command");
	if (o->fail_status != 0)
		return wrong(err, size, "--fail-status needs a command");
	return OPTIONS_RUN;
}

static enum options_result
set_target(struct options *o, char *argv[], char *err, size_t size)
{
	const char *host = argv[0];
	enum options_result result;
	bool dashes;

	if (host == NULL)
		return wrong(err, size, "no host was given");
	if (o->command == NULL) {
		result = check_no_command(o, err, size);
	} else {
		dashes = strcmp(o->command[0], "--") == 0;
		o->command += dashes;
		result = check_command(host, o->command, !dashes, err, size);
	}
	return result == OPTIONS_RUN ? set_host(o, host, err, size) : result;
}

static enum options_result
read_option(struct options *o, int letter, char *argv[], char *err, size_t size)
{
	if (letter == '?' || letter == ':')
		return stumbled(argv, letter == ':', err, size);
	return set_option(o, letter, err, size);
}

enum options_result
options_parse(struct options *o, int argc, char *argv[], char *err, size_t size)
{
	struct option names[N_OPTIONS + 1];
	char letters[2 * N_OPTIONS + 3];
	enum options_result result = OPTIONS_RUN;
	int letter;

	*o = (struct options) { .family = AF_UNSPEC,
		.connect_timeout = DEFAULT_CONNECT_TIMEOUT,
		.max_time = -1,
		.idle_timeout = -1,
		.quit_after = -1 };
	make_getopt(letters, names);
	optind = 0; /* from the beginning, as glibc has it */
	while ((letter = getopt_long(argc, argv, letters, names, NULL)) != -1) {
		if (result == OPTIONS_RUN)
			result = read_option(o, letter, argv, err, size);
		else if (letter == FAIL_STATUS) /* how to fail */
			set_fail_status(o, NULL, 0);
		if (result == OPTIONS_HELP || result == OPTIONS_VERSION)
			return result;
	}
	if (optind + 1 < argc)
		o->command = &argv[optind + 1];
	return result == OPTIONS_RUN ? set_target(o, &argv[optind], err, size)
				     : result;
}
