#include "enrol/arguments.h"

#include <getopt.h>
#include <string.h>

#include "enrol/registry.h"
#include "enrol/token.h"
#include "lib/log.h"
#include "lib/number.h"

#define DIRECTORY ENROL_DIRECTORY
#define CERTIFICATE SYSCONFDIR "/haild/tls/cert.pem"

int64_t
arguments_time(const char *text)
{
	static const struct {
		const char *unit;
		int64_t seconds;
	} units[] = { { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 },
		{ "w", 604800 } };
	uint64_t n;
	size_t i;

	if (!number_read(&text, TOKEN_TIME_MAX, &n) || n == 0)
		return -1;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(text, units[i].unit) == 0)
			return (int64_t)n <= TOKEN_TIME_MAX / units[i].seconds
			    ? (int64_t)n * units[i].seconds
			    : -1;
	return -1;
}

static int
set_name(struct arguments *o, const char *text)
{
	if (registry_make_name(o->name, text))
		return 0;
	log_errx(
	    "\"%s\" cannot be the name of a client: use letters, digits, "
	    "\"-\", \"_\" and \".\"",
	    text);
	return -1;
}

static int
add_also(struct arguments *o, const char *text)
{
	if (text[0] != '/') {
		log_errx("--also: \"%s\" does not begin with \"/\"", text);
		return -1;
	}
	if (o->nalso == ARGUMENTS_ALSO_MAX) {
		log_errx("--also: more than %d files", ARGUMENTS_ALSO_MAX);
		return -1;
	}
	o->also[o->nalso++] = text;
	return 0;
}

static int
set_time(struct arguments *o, const char *text)
{
	if ((o->seconds = arguments_time(text)) != -1)
		return 0;
	log_errx(
	    "--for: \"%s\" is not a time of at most a week, such as "
	    "\"30m\", \"1h\" or \"2d\"",
	    text);
	return -1;
}

static int
set_option(struct arguments *o, int option, const char *text)
{
	switch (option) {
	case OPTION_ALSO:
		return add_also(o, text);
	case OPTION_CERTIFICATE:
		o->certificate = text;
		return 0;
	case OPTION_FOR:
		return set_time(o, text);
	case OPTION_NAME:
		return set_name(o, text);
	default:
		o->directory = text;
		return 0;
	}
}

static int
set_argument(struct arguments *o, unsigned int accepted, const char *command,
    char **rest)
{
	if (accepted & ARGUMENT_NAME) {
		if (rest[0] != NULL && rest[1] == NULL)
			return set_name(o, rest[0]);
		log_errx("%s needs one name", command);
		return -1;
	}
	if (rest[0] == NULL)
		return 0;
	log_errx("%s does not take the argument \"%s\"", command, rest[0]);
	return -1;
}

int
arguments_parse(
    struct arguments *o, unsigned int accepted, int argc, char **argv)
{
	static const struct option names[] = {
		{ "also", required_argument, NULL, OPTION_ALSO },
		{ "certificate", required_argument, NULL, OPTION_CERTIFICATE },
		{ "dir", required_argument, NULL, 0 },
		{ "for", required_argument, NULL, OPTION_FOR },
		{ "name", required_argument, NULL, OPTION_NAME },
		{ NULL, 0, NULL, 0 },
	};
	int option, index;

	*o = (struct arguments) { .directory = DIRECTORY,
		.certificate = CERTIFICATE,
		.seconds = 3600 };
	opterr = 0;
	optind = 1;
	while ((option = getopt_long(argc, argv, "", names, &index)) != -1) {
		if (option == '?') {
			log_errx("%s: wrong option \"%s\"", argv[0],
			    argv[optind - 1]);
			return -1;
		}
		if (option != 0 && !(accepted & (unsigned int)option)) {
			log_errx("%s does not take --%s", argv[0],
			    names[index].name);
			return -1;
		}
		if (set_option(o, option, optarg) == -1)
			return -1;
	}
	return set_argument(o, accepted, argv[0], argv + optind);
}
