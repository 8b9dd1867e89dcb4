/*
 * main.c -- haild-enrol: give clients an identity by a one-time token.
 */

#include <sys/stat.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "enrol/enrol.h"
#include "lib/io.h"
#include "lib/log.h"

static const struct {
	const char *name, *arguments;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "token",
	    " [--name NAME] [--for TIME] [--certificate FILE] [--also FILE]",
	    enrol_token },
	{ "list", "", enrol_list },
	{ "revoke", " NAME", enrol_revoke },
	{ "accept", " [--also FILE]", enrol_accept },
};
#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static void
print_usage(FILE *out)
{
	size_t i;

	for (i = 0; i < NCOMMANDS; i++)
		fprintf(out, "%s haild-enrol %s%s [--dir DIRECTORY]\n",
		    i == 0 ? "usage:" : "      ", commands[i].name,
		    commands[i].arguments);
}

static int
run(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < NCOMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	log_errx("\"%s\" is not a command; see haild-enrol(8)", argv[1]);
	return EX_USAGE;
}

int
main(int argc, char **argv)
{
	int result;

	if (io_fill_stdio() == -1)
		return EX_OSERR;
	umask(077);
	signal(
	    SIGXFSZ, SIG_IGN); /* so that write(2) fails with EFBIG instead */
	log_init("haild-enrol", LOG_TO_SYSLOG | LOG_TO_STDERR | LOG_PLAIN,
	    LOG_DAEMON, LOG_INFO);
	if (argc < 2) {
		print_usage(stderr);
		return EX_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		print_usage(stdout);
	else if (strcmp(argv[1], "--version") == 0 ||
	    strcmp(argv[1], "-V") == 0)
		puts("haild-enrol " PACKAGE_VERSION);
	else if ((result = run(argc, argv)) != EX_OK)
		return result;
	if (fflush(stdout) == EOF) {
		log_err("cannot write to standard output");
		return EX_IOERR;
	}
	return EX_OK;
}
