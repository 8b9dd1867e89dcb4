/*
 * main.c -- haild-load: build a configuration for haild, which executes it.
 *
 * Descriptor 3 is the memfd of the arena to fill, 4 (at a reload or retry) the
 * sealed one of the configuration that is in use, 5 (at a reload) a file for a
 * copy of the errors, which go to the daemon's log, or (at a retry, or to
 * resolve names) one with the targets that could not be resolved before, 6 the
 * program haild-tls, 7 a socket for the namespaces that sessions enter
 * (contain/tree.h).
 * What does not apply is /dev/null.  Exits with 0, EX_CONFIG
 * after errors in the text of the configuration, EX_UNAVAILABLE if only
 * something around it is missing, EX_TEMPFAIL if the daemon is of another
 * build, LOAD_UNCHANGED if names were resolved and no target has changed.
 */

#include <sys/prctl.h>

#include <err.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/fds.h"
#include "lib/log.h"
#include "lib/number.h"
#include "load/service.h"

#define NAME "haild-load"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Its descriptors. */
enum { NEW_ARENA = 3, OLD_ARENA, ERRORS, TLS_PROGRAM, TREES, STALE = ERRORS };

struct options {
	enum load_kind kind;
	const char *stamp, *log, *cgroup;
	unsigned int slot;
	struct config_source source;
};

static void __attribute__((noreturn)) usage(void)
{
	errx(EX_USAGE,
	    "haild runs this program by itself; to check a configuration, run "
	    "\"haild -t\"");
}

/* "DESTINATION:FACILITY:LEVEL:JSON", as src/haild/helpers.c writes it. */
static bool
open_log(char *text)
{
	int64_t n[4];
	char *word;
	int i;

	for (i = 0; i < 4; i++)
		if ((word = strsep(&text, ":")) == NULL ||
		    !number_parse(word, 0, INT_MAX, &n[i]))
			return false;
	log_init("haild", (int)n[0], (int)n[1], (int)n[2]);
	log_set_json(n[3] != 0);
	return text == NULL;
}

/* CGROUP_* bits as a number. */
static unsigned int
parse_cgroup(const char *text)
{
	int64_t bits;

	if (!number_parse(text, 0, INT_MAX, &bits))
		usage();
	return (unsigned int)bits;
}

static void
parse_options(struct options *o, int argc, char **argv)
{
	const struct {
		char letter;
		const char **value;
	} texts[] = {
		{ 'c', &o->source.file },
		{ 'd', &o->source.dir },
		{ 'g', &o->cgroup },
		{ 'I', &o->source.inetd },
		{ 'L', &o->log },
		{ 'l', &o->source.listen },
		{ 'm', &o->source.message },
		{ 'S', &o->stamp },
		{ 'u', &o->source.user },
	};
	size_t i;
	int c;

	while ((c = getopt(argc, argv, "+a:c:d:g:I:k:L:l:m:S:u:")) != -1) {
		for (i = 0; i < COUNT(texts) && texts[i].letter != c; i++)
			continue;
		if (i < COUNT(texts))
			*texts[i].value = optarg;
		else if (c == 'a')
			o->slot = optarg[0] == '1';
		else if (c == 'k')
			o->kind = (enum load_kind)config_find_word(
			    config_load_kinds, optarg);
		else
			usage();
	}
	if (argc > optind)
		o->source.exec = argv + optind;
	if (o->kind == LOAD_NONE || o->kind == LOAD_NKINDS ||
	    o->stamp == NULL || o->log == NULL || o->cgroup == NULL ||
	    !open_log(strdupa(o->log)))
		usage();
	o->source.cgroup = parse_cgroup(o->cgroup);
}

static void
log_problem(void *arg, bool error, const char *text)
{
	const enum load_kind *kind = arg;
	bool again = *kind == LOAD_RETRY || *kind == LOAD_RESOLVE;

	/* The start has logged the same. */
	log_at(again ? LOG_DEBUG : error ? LOG_ERR : LOG_WARNING, "%s", text);
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
confine(enum load_kind kind)
{
	int keep[] = { NEW_ARENA, OLD_ARENA, ERRORS, TLS_PROGRAM, TREES };

	fds_close_others(keep, COUNT(keep));
	close_range(NEW_ARENA, TREES, CLOSE_RANGE_CLOEXEC);
	if (kind == LOAD_RELOAD)
		log_copy(ERRORS);
	/* It holds secrets of the configuration. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	signal(SIGXFSZ, SIG_IGN); /* errno says it better */
}

static void
build(struct options *o)
{
	struct arena arena = { .fd = NEW_ARENA, .slot = o->slot };
	bool again = o->kind == LOAD_RETRY || o->kind == LOAD_RESOLVE;
	const struct config *config;
	bool wrong;

	confine(o->kind);
	o->source.root = geteuid() == 0;
	o->source.tls_program = TLS_PROGRAM;
	o->source.tolerant = true;
	o->source.trial = o->kind == LOAD_DUMP || o->kind == LOAD_EXPLAIN
	    ? TRIAL_NONE
	    : o->kind == LOAD_TEST ? TRIAL_WARN
				   : TRIAL_MUST;
	o->source.patient = o->kind != LOAD_START && o->kind != LOAD_RELOAD;
	/* At a reload, the daemon's form stays until it has succeeded. */
	o->source.start = o->kind == LOAD_START;
	/* At a start, the administrator knows what the configuration says. */
	o->source.advise = o->kind == LOAD_TEST;
	/* Run by hand, haild -t has another cgroup than the daemon will have.
	 */
	if (o->kind == LOAD_TEST || o->kind == LOAD_EXPLAIN)
		o->source.cgroup |= needs_host_controllers();
	else if (o->kind == LOAD_DUMP)
		o->source.cgroup = ~0U;
	if (again || o->kind == LOAD_RELOAD)
		o->source.previous = map_previous(1 - o->slot);
	if (again)
		o->source.again = o->source.previous;
	o->source.resolve = o->kind == LOAD_RESOLVE;
	if (arena_open(&arena) == -1)
		fatal(EX_OSERR, "cannot map memory for the configuration");
	config =
	    config_build(&o->source, &arena, log_problem, &o->kind, &wrong);
	if (config == NULL)
		exit(wrong ? EX_CONFIG : EX_UNAVAILABLE);
	if (again)
		forward_log_stale(config, STALE);
	if (o->source.resolve &&
	    !forward_has_changed(o->source.previous, config))
		exit(LOAD_UNCHANGED);
	if (o->kind == LOAD_DUMP)
		config_print(config, stdout);
	if (ferror(stdout) || fflush(stdout) == EOF)
		fatal(EX_IOERR, "cannot write to standard output");
	if (arena_finish(&arena) == -1)
		fatal(EX_OSERR, "cannot finish the configuration");
	if (o->kind != LOAD_TEST && o->kind != LOAD_DUMP &&
	    o->kind != LOAD_EXPLAIN && trees_send(TREES) == -1)
		fatal(EX_OSERR, "cannot send the mounts of sessions");
}

int
main(int argc, char **argv)
{
	struct options o = { .kind = LOAD_NONE };
	const char *error;

	/* Executed by descriptor, it is called by the number of that. */
	prctl(PR_SET_NAME, NAME, 0, 0, 0);
	if (argc == 3 && strcmp(argv[1], "check") == 0)
		return config_answer_check(NAME, argv[2]);
	parse_options(&o, argc, argv);
	if ((error = config_stamp_error(NAME, o.stamp)) != NULL)
		fatalx(EX_TEMPFAIL, "%s", error);
	build(&o);
	return EXIT_SUCCESS;
}
