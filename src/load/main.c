/*
 * main.c -- haild-load: build a configuration for haild, which executes it.
 *
 * Descriptor 3 is the memfd of the arena to fill, 4 (at a reload or retry) the
 * sealed one of the configuration that is in use.  Errors go to the daemon's
 * log.  Exits with 0, EX_CONFIG after errors in the configuration, EX_TEMPFAIL
 * if the daemon is of another build.
 */

#include <sys/prctl.h>

#include <err.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/fds.h"
#include "lib/log.h"
#include "load/build.h"
#include "load/print.h"

#define NAME "haild-load"

/* Its descriptors. */
enum { NEW_ARENA = 3, OLD_ARENA = 4 };

enum task { START, RELOAD, RETRY, TEST, DUMP, NTASKS };

static const char *const task_names[NTASKS] = { "start", "reload", "retry",
	"test", "dump" };

struct options {
	enum task task;
	const char *stamp, *log;
	unsigned int slot;
	struct config_source source;
};

static void __attribute__((noreturn)) usage(void)
{
	errx(EX_USAGE,
	    "haild runs this program by itself; to check a configuration, run "
	    "\"haild -t\"");
}

static enum task
find_task(const char *name)
{
	int task;

	for (task = 0; task < NTASKS; task++)
		if (strcmp(task_names[task], name) == 0)
			return (enum task)task;
	usage();
}

static void
parse_options(struct options *o, int argc, char **argv)
{
	int c, to, facility, level;

	o->task = NTASKS;
	while ((c = getopt(argc, argv, "+a:c:d:I:k:L:l:m:S:u:")) != -1)
		switch (c) {
		case 'a':
			o->slot = optarg[0] == '1';
			break;
		case 'c':
			o->source.file = optarg;
			break;
		case 'd':
			o->source.dir = optarg;
			break;
		case 'I':
			o->source.inetd = optarg;
			break;
		case 'k':
			o->task = find_task(optarg);
			break;
		case 'L':
			o->log = optarg;
			break;
		case 'l':
			o->source.listen = optarg;
			break;
		case 'm':
			o->source.message = optarg;
			break;
		case 'S':
			o->stamp = optarg;
			break;
		case 'u':
			o->source.user = optarg;
			break;
		default:
			usage();
		}
	if (argc > optind)
		o->source.exec = argv + optind;
	if (o->task == NTASKS || o->stamp == NULL || o->log == NULL ||
	    sscanf(o->log, "%d:%d:%d", &to, &facility, &level) != 3)
		usage();
	log_init("haild", to, facility, level);
}

static void
log_problem(void *arg, bool error, const char *text)
{
	const enum task *task = arg;

	/* What a retry finds was logged at the start. */
	log_at(*task == RETRY ? LOG_DEBUG
		: error	      ? LOG_ERR
			      : LOG_WARNING,
	    "%s", text);
}

/* The configuration that is in use, which haild keeps sealed. */
static const struct config *
map_previous(unsigned int slot)
{
	static struct arena arena;
	const struct config *config;

	arena = (struct arena) { .fd = OLD_ARENA, .slot = slot };
	if (arena_map(&arena) == NULL)
		fatal(EX_OSERR, "cannot map the present configuration");
	if ((config = config_check(&arena)) == NULL)
		fatalx(EX_TEMPFAIL,
		    "the present configuration is of another build");
	return config;
}

static void
confine(bool previous)
{
	int keep[] = { NEW_ARENA, OLD_ARENA };

	fds_close_others(keep, previous ? 2 : 1);
	/* It holds secrets of the configuration. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	signal(SIGXFSZ, SIG_IGN); /* errno says it better */
}

static void
build(struct options *o)
{
	struct arena arena = { .fd = NEW_ARENA, .slot = o->slot };
	bool previous = o->task == RELOAD || o->task == RETRY;
	const struct config *config;

	confine(previous);
	o->source.root = geteuid() == 0;
	o->source.tolerant = o->task == START || o->task == RETRY;
	if (previous)
		o->source.previous = map_previous(1 - o->slot);
	if (o->task == RETRY)
		o->source.again = o->source.previous;
	if (arena_open(&arena) == -1)
		fatal(EX_OSERR, "cannot map memory for the configuration");
	config = config_build(&o->source, &arena, log_problem, &o->task);
	if (config == NULL)
		exit(EX_CONFIG);
	if (o->task == DUMP)
		config_print(config, stdout);
	if (ferror(stdout) || fflush(stdout) == EOF)
		fatal(EX_IOERR, "cannot write to standard output");
	if (arena_finish(&arena) == -1)
		fatal(EX_OSERR, "cannot finish the configuration");
}

int
main(int argc, char **argv)
{
	struct options o = { 0 };
	const char *error;

	/* Executed by descriptor, it is called by the number of that. */
	prctl(PR_SET_NAME, NAME, 0, 0, 0);
	if (argc == 3 && strcmp(argv[1], "check") == 0) {
		error = config_stamp_error(NAME, argv[2]);
		fprintf(stderr, "%s\n", error == NULL ? NAME : error);
		return error == NULL ? EXIT_SUCCESS : EX_TEMPFAIL;
	}
	parse_options(&o, argc, argv);
	if ((error = config_stamp_error(NAME, o.stamp)) != NULL)
		fatalx(EX_TEMPFAIL, "%s", error);
	build(&o);
	return EXIT_SUCCESS;
}
