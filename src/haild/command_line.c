#include "haild/command_line.h"

#include <err.h>
#include <getopt.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIDFILE RUNSTATEDIR "/haild.pid"

/* Each option, in the order of --help. */
static const struct {
	char letter;
	const char *name, *argument, *help;
	size_t field; /* of struct options: const char * or bool */
} table[] = {
	{ 'c', "config", "file", "read this instead of " CONFIG_FILE,
	    offsetof(struct options, source.file) },
	{ 'd', "debug", NULL, "like -f, and log debugging messages",
	    offsetof(struct options, debug) },
	{ 'E', "explain", "request",
	    "answer a request of \"haildctl explain -c\"",
	    offsetof(struct options, explain) },
	{ 'f', "foreground", NULL,
	    "do not become a daemon; log to standard error",
	    offsetof(struct options, foreground) },
	{ 'h', "help", NULL, "print this list", 0 },
	{ 'I', "inetd", "file", "serve the services of this inetd.conf",
	    offsetof(struct options, source.inetd) },
	{ 'l', "listen", "address", "serve one service on this address",
	    offsetof(struct options, source.listen) },
	{ 'm', "message", "text", "with -l: send this text",
	    offsetof(struct options, source.message) },
	{ 'p', "pid-file", "file", "write this instead of " PIDFILE,
	    offsetof(struct options, pidfile) },
	{ 'T', "dump", NULL, "print the configuration with all defaults",
	    offsetof(struct options, dump) },
	{ 't', "test", NULL, "check the configuration",
	    offsetof(struct options, test) },
	{ 'u', "user", "user", "with -l: serve as this user",
	    offsetof(struct options, source.user) },
	{ 'v', "verbose", NULL, "log debugging messages",
	    offsetof(struct options, verbose) },
	{ 'V', "version", NULL, "print the version", 0 },
};
#define NOPTIONS (sizeof(table) / sizeof(table[0]))

static void
print_help(void)
{
	size_t i;

	putchar('\n');
	for (i = 0; i < NOPTIONS; i++)
		printf("-%c, --%s %-*s%s\n", table[i].letter, table[i].name,
		    17 - (int)strlen(table[i].name),
		    table[i].argument != NULL ? table[i].argument : "",
		    table[i].help);
}

static void __attribute__((noreturn)) usage(int status)
{
	fputs(
	    "usage: haild [-dfTtv] [-c file] [-I inetd.conf] [-p pidfile]\n"
	    "       haild -f -l address:port [-dTtv] [-p pidfile] [-u user]\n"
	    "           [-m text | -- program [argument ...]]\n"
	    "       haild -E request [-c file] [-I inetd.conf]\n"
	    "       haild -h | -V\n",
	    status == STATUS_OK ? stdout : stderr);
	if (status == STATUS_OK)
		print_help();
	exit(status);
}

static void __attribute__((noreturn, format(printf, 1, 2)))
bad_usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vwarnx(fmt, ap);
	va_end(ap);
	usage(STATUS_USAGE);
}

static void
check_options(struct options *o, int argc, char **argv)
{
	struct config_source *source = &o->source;

	if (source->listen == NULL) {
		if (argc > 0)
			bad_usage("\"%s\" is not an option; a program needs -l",
			    argv[0]);
		if (source->user != NULL || source->message != NULL)
			bad_usage("-u and -m need -l");
		return;
	}
	if (source->file != NULL)
		bad_usage("-l and -c are mutually exclusive");
	if (source->inetd != NULL)
		bad_usage("-l and -I are mutually exclusive");
	if (!o->foreground && !o->test && !o->dump)
		bad_usage("-l needs -f or -d");
	if (argc > 0)
		source->exec = argv;
	if (source->exec != NULL && source->message != NULL)
		bad_usage("-m and a program are mutually exclusive");
	if (source->exec == NULL && source->message == NULL)
		bad_usage("-l needs -m or a program");
}

/* As asprintf(3). */
static const char *
join(const char *a, const char *between, const char *b)
{
	char *text;

	if (asprintf(&text, "%s%s%s", a, between, b) == -1)
		err(STATUS_RUNTIME, NULL);
	return text;
}

/* PATH from the root, since a daemon leaves the current directory. */
static const char *
absolute(const char *path, const char *cwd)
{
	return path == NULL || path[0] == '/' ? path : join(cwd, "/", path);
}

static void
find_files(struct options *o, const char *cwd)
{
	struct config_source *source = &o->source;

	if (source->listen == NULL && source->file == NULL &&
	    source->inetd == NULL)
		source->file = CONFIG_FILE;
	if (source->file != NULL && strcmp(source->file, CONFIG_FILE) == 0)
		source->dir = CONFIG_DIR;
	source->file = absolute(source->file, cwd);
	source->inetd = absolute(source->inetd, cwd);
	if (o->pidfile == NULL && !o->foreground)
		o->pidfile = PIDFILE;
	o->pidfile = absolute(o->pidfile, cwd);
}

/* Store what table[I] says. */
static void
take_option(struct options *o, size_t i)
{
	char *field = (char *)o + table[i].field;

	if (table[i].letter == 'V') {
		printf("haild %s\n", PACKAGE_VERSION);
		exit(STATUS_OK);
	}
	if (table[i].letter == 'h')
		usage(STATUS_OK);
	if (table[i].argument != NULL)
		*(const char **)(void *)field = optarg;
	else
		*(bool *)field = true;
}

void
command_line_parse(struct options *o, int argc, char **argv, const char *cwd)
{
	struct option names[NOPTIONS + 1] = { { NULL, 0, NULL, 0 } };
	char letters[2 * NOPTIONS + 2] = "+";
	size_t i;
	int c;

	for (i = 0; i < NOPTIONS; i++) {
		names[i] = (struct option) { table[i].name,
			table[i].argument != NULL, NULL, table[i].letter };
		snprintf(letters + strlen(letters), 3, "%c%s", table[i].letter,
		    table[i].argument != NULL ? ":" : "");
	}
	while ((c = getopt_long(argc, argv, letters, names, NULL)) != -1) {
		for (i = 0; i < NOPTIONS && table[i].letter != c; i++)
			continue;
		if (i == NOPTIONS)
			usage(STATUS_USAGE);
		take_option(o, i);
	}
	o->foreground = o->foreground || o->debug;
	/* The message ends with a newline, as echo(1)'s does. */
	if (o->source.message != NULL)
		o->source.message = join(o->source.message, "\n", "");
	check_options(o, argc - optind, argv + optind);
	find_files(o, cwd);
}
