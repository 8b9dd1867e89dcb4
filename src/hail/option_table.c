#include "hail/option_table.h"

#include <getopt.h>
#include <string.h>

/* The options without a letter. */
enum {
	IDLE_TIMEOUT = OPTION_LONG,
	FAIL_STATUS = OPTION_FAIL_STATUS,
	NO_SHUTDOWN,
	ALLOW_EMPTY,
	CA,
	PIN,
	SERVER_NAME,
	SHOW_KEY,
	ENROL,
};

#define FIELD(name) offsetof(struct options, name)

static const struct option_row table[] = {
	{ '4', "ipv4", NULL, "use IPv4 only", option_set_family, AF_INET },
	{ '6', "ipv6", NULL, "use IPv6 only", option_set_family, AF_INET6 },
	{ 'p', "port", "port",
	    "connect to this port (" OPTIONS_PORT ", " OPTIONS_COMMAND_PORT
	    " for a command)",
	    option_set_port, 0 },
	{ 's', "source", "address", "connect from this address",
	    option_set_source, 0 },
	{ 'w', "connect-timeout", "seconds", "limit the time to connect (10)",
	    option_set_seconds, FIELD(connect_timeout) },
	{ 'm', "max-time", "seconds", "limit the total time",
	    option_set_seconds, FIELD(max_time) },
	{ IDLE_TIMEOUT, "idle-timeout", "seconds",
	    "limit the time without traffic", option_set_seconds,
	    FIELD(idle_timeout) },
	{ 'e', "variable", "name[=value]", "send a variable to the command",
	    option_set_variable, 0 },
	{ FAIL_STATUS, "fail-status", "status",
	    "exit with this on failure; errors to stdout",
	    option_set_fail_status, 0 },
	{ 'n', "no-input", NULL, "read /dev/null, not standard input",
	    option_set_flag, FIELD(no_input) },
	{ 'q', "quit-after", "seconds",
	    "quit this long after the end of the input", option_set_seconds,
	    FIELD(quit_after) },
	{ 'N', "half-close", NULL, "no effect: hail does it by default", NULL,
	    OPTIONS_RUN },
	{ NO_SHUTDOWN, "no-shutdown", NULL,
	    "do not half-close at the end of the input", option_set_flag,
	    FIELD(no_shutdown) },
	{ ALLOW_EMPTY, "allow-empty", NULL,
	    "exit with 0 even if the server sends nothing", option_set_flag,
	    FIELD(allow_empty) },
	{ 'T', "tls", NULL, "use TLS; the key is stored at the first call",
	    option_set_flag, FIELD(tls) },
	{ CA, "ca", "file", "verify the server by these CAs, or \"system\"",
	    option_set_text, FIELD(ca) },
	{ PIN, "pin", "sha256:base64", "verify the server by its key",
	    option_set_pin, 0 },
	{ SERVER_NAME, "server-name", "name",
	    "the name of the server's certificate", option_set_text,
	    FIELD(server_name) },
	{ 'i', "identity", "file", "authenticate with this key and certificate",
	    option_set_text, FIELD(identity) },
	{ 'k', "insecure", NULL, "do not verify the server", option_set_flag,
	    FIELD(insecure) },
	{ SHOW_KEY, "show-key", NULL, "print the server's pin and certificate",
	    option_set_flag, FIELD(show_key) },
	{ ENROL, "enrol", NULL, "host[:port] token: enrol this client",
	    option_set_flag, FIELD(enrol) },
	{ 'v', "verbose", NULL, "report connecting on standard error",
	    option_set_flag, FIELD(verbose) },
	{ 'V', "version", NULL, "print the version", NULL, OPTIONS_VERSION },
	{ 'h', "help", NULL, "print this list", NULL, OPTIONS_HELP },
};

#define N_OPTIONS (sizeof(table) / sizeof(table[0]))

void
options_help(FILE *out)
{
	char name[64], letter[8];
	const struct option_row *row;

	fputs(
	    "usage: hail [options] host[:port] [[--] command [argument ...]]"
	    "\n",
	    out);
	for (row = table; row < table + N_OPTIONS; row++) {
		snprintf(name, sizeof(name), "--%s%s%s", row->name,
		    row->argument != NULL ? " " : "",
		    row->argument != NULL ? row->argument : "");
		letter[0] = '\0';
		if (row->letter < OPTION_LONG)
			snprintf(letter, sizeof(letter), "-%c,", row->letter);
		fprintf(out, "  %3s %-26s %s\n", letter, name, row->help);
	}
}

/*
 * Fill in the arguments of getopt_long(3).  LETTERS has room for 2 * N_OPTIONS
 * + 3, NAMES for N_OPTIONS + 1.
 */
static void
make_getopt(char *letters, struct option *names)
{
	const struct option_row *row;

	*letters++ = '+'; /* options end at the host */
	*letters++ = ':'; /* no messages from getopt_long */
	for (row = table; row < table + N_OPTIONS; row++) {
		*names++ = (struct option) { .name = row->name,
			.has_arg = row->argument != NULL,
			.val = row->letter };
		if (row->letter >= OPTION_LONG)
			continue;
		*letters++ = (char)row->letter;
		if (row->argument != NULL)
			*letters++ = ':';
	}
	*letters = '\0';
	*names = (struct option) { 0 };
}

static const struct option_row *
find_option(int letter)
{
	const struct option_row *row;

	for (row = table; row < table + N_OPTIONS; row++)
		if (row->letter == letter)
			return row;
	return NULL;
}

int
option_next(int argc, char *argv[])
{
	char letters[2 * N_OPTIONS + 3];
	struct option names[N_OPTIONS + 1];

	make_getopt(letters, names);
	return getopt_long(argc, argv, letters, names, NULL);
}

/*
 * After an error getopt_long leaves in optopt 0 for an unknown long option, and
 * the letter of a known one.
 */
enum options_result
option_take(const struct option_parser *p, int letter, char *argv[])
{
	const struct option_row *row = find_option(letter);

	if (row != NULL)
		return row->set != NULL ? row->set(p, row)
					: (enum options_result)row->value;
	if (letter == ':')
		return option_wrong(
		    p, "%s needs an argument", argv[optind - 1]);
	if (optopt == 0)
		return option_wrong(
		    p, "unknown or ambiguous option %s", argv[optind - 1]);
	if ((row = find_option(optopt)) != NULL)
		return option_wrong(p, "--%s takes no argument", row->name);
	return option_wrong(p, "unknown option -%c", optopt);
}
