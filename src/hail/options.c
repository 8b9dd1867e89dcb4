#include "hail/options.h"

#include <ctype.h>
#include <getopt.h>
#include <string.h>

#include "hail/option_table.h"
#include "lib/io.h"

#define DEFAULT_CONNECT_TIMEOUT (10 * SECOND)

/* --- the host and the command --- */

static enum options_result
set_path(const struct option_parser *p)
{
	struct options *o = p->o;

	if (o->port[0] != '\0' || o->family != AF_UNSPEC || o->source.len != 0)
		return option_wrong(p,
		    "%s: -4, -6, -p and -s do not apply to Unix sockets",
		    o->host);
	o->family = AF_UNIX;
	strlcpy(o->target, o->host, sizeof(o->target));
	return OPTIONS_RUN;
}

static enum options_result
set_host(const struct option_parser *p, const char *text)
{
	char port[ADDR_PORT_MAX];
	struct options *o = p->o;

	switch (addr_split(text, o->host, port)) {
	case ADDR_INVALID:
		return option_wrong(p, "\"%s\" is not a host[:port]", text);
	case ADDR_PATH:
		return set_path(p);
	case ADDR_HOST_PORT:
		if (o->port[0] != '\0')
			return option_wrong(
			    p, "%s: the port is given twice", text);
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
		return option_wrong(
		    p, "%s: \"%s\" is not a port", text, o->port);
	if (o->source.len != 0 && o->family != AF_UNSPEC &&
	    o->family != o->source.sa.sa_family)
		return option_wrong(p, "-s: the address does not match -%d",
		    o->family == AF_INET ? 4 : 6);
	snprintf(o->target, sizeof(o->target),
	    strchr(o->host, ':') != NULL ? "[%s]:%s" : "%s:%s", o->host,
	    o->port);
	return OPTIONS_RUN;
}

/* DASHES: "--" separates the command from HOST. */
static enum options_result
check_command(const struct option_parser *p, const char *host, bool dashes)
{
	const char *name = p->o->command[0];

	if (name == NULL)
		return option_wrong(p, "%s: no command after \"--\"", host);
	if (name[0] == '\0')
		return option_wrong(p, "%s: the command is empty", host);
	if (isalpha((unsigned char)name[0]))
		return OPTIONS_RUN;
	if (!dashes && strpbrk(host, ":/") == NULL &&
	    p->o->command[1] == NULL && addr_port_number(name) != -1)
		return option_wrong(p,
		    "\"%s\" is not a command; for a port write %s:%s", name,
		    host, name);
	return option_wrong(p,
	    "\"%s\" is not a command: names start with a letter, and options "
	    "precede the host",
	    name);
}

static enum options_result
set_target(const struct option_parser *p, char *argv[])
{
	enum options_result result = OPTIONS_RUN;
	struct options *o = p->o;
	const char *host = argv[0];
	bool dashes;

	if (host == NULL)
		return option_wrong(p, "no host given");
	if (o->enrol)
		return set_host(p, host);
	if (o->command != NULL) {
		dashes = strcmp(o->command[0], "--") == 0;
		o->command += dashes;
		result = check_command(p, host, dashes);
		if (result == OPTIONS_RUN && o->allow_empty)
			return option_wrong(
			    p, "--allow-empty does not apply to a command");
	} else if (o->n_variables != 0 || o->fail_status != 0)
		return option_wrong(p, "%s needs a command",
		    o->n_variables != 0 ? "-e" : "--fail-status");
	return result == OPTIONS_RUN ? set_host(p, host) : result;
}

/* --- enrolment and TLS --- */

/* The command that --enrol runs on the server. */
static char *const enrol_command[] = { (char[]) { "enrol" }, NULL };

static enum options_result
take_token(const struct option_parser *p, char *argv[])
{
	struct options *o = p->o;

	if (argv[0] == NULL || argv[1] == NULL || argv[2] != NULL)
		return option_wrong(
		    p, "--enrol needs a host and a token, and no more");
	if (o->n_variables != 0 || o->allow_empty || o->n_pins != 0 ||
	    o->ca != NULL || o->insecure || o->show_key)
		return option_wrong(p,
		    "--enrol excludes -e, -k, --allow-empty, --ca, --pin and "
		    "--show-key");
	o->token = argv[1];
	return OPTIONS_RUN;
}

/* A Unix socket is not in the known hosts, and has no name. */
static enum options_result
check_tls_path(const struct option_parser *p)
{
	const struct options *o = p->o;

	if (o->enrol)
		return option_wrong(
		    p, "%s: --enrol does not apply to Unix sockets", o->host);
	if (o->ca != NULL && o->server_name == NULL)
		return option_wrong(p,
		    "%s: on a Unix socket, --ca needs --server-name", o->host);
	if (o->ca == NULL && o->n_pins == 0 && !o->insecure && !o->show_key)
		return option_wrong(p,
		    "%s: on a Unix socket, --tls needs --pin, --ca or -k",
		    o->host);
	return OPTIONS_RUN;
}

static enum options_result
check_tls(const struct option_parser *p)
{
	struct options *o = p->o;

	if ((o->ca != NULL) + (o->n_pins != 0) + o->insecure + o->show_key > 1)
		return option_wrong(p,
		    "--ca, --pin, --insecure and --show-key exclude each "
		    "other");
	if (o->show_key && o->command != NULL)
		return option_wrong(
		    p, "--show-key does not apply to a command");
	if (o->ca != NULL || o->n_pins != 0 || o->insecure || o->show_key ||
	    o->enrol || o->identity != NULL || o->server_name != NULL)
		o->tls = true;
	return o->tls && o->family == AF_UNIX ? check_tls_path(p) : OPTIONS_RUN;
}

enum options_result
options_parse(struct options *o, int argc, char *argv[], char *err, size_t size)
{
	/* cppcheck-suppress ctuuninitvar ; o is filled below */
	struct option_parser p = { o, err, size }, silent = { o, NULL, 0 };
	enum options_result result = OPTIONS_RUN;
	int letter;

	*o = (struct options) { .family = AF_UNSPEC,
		.connect_timeout = DEFAULT_CONNECT_TIMEOUT,
		.max_time = -1,
		.idle_timeout = -1,
		.quit_after = -1 };
	optind = 0; /* makes glibc start again */
	while ((letter = option_next(argc, argv)) != -1) {
		if (result == OPTIONS_RUN)
			result = option_take(&p, letter, argv);
		else if (letter == OPTION_FAIL_STATUS)
			option_take(&silent, letter, argv);
		if (result == OPTIONS_HELP || result == OPTIONS_VERSION)
			return result;
	}
	if (o->enrol)
		o->command = enrol_command;
	else if (optind + 1 < argc)
		o->command = &argv[optind + 1];
	if (result == OPTIONS_RUN && o->enrol)
		result = take_token(&p, &argv[optind]);
	if (result == OPTIONS_RUN)
		result = set_target(&p, &argv[optind]);
	return result == OPTIONS_RUN ? check_tls(&p) : result;
}
