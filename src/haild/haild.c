/*
 * haild.c -- the daemon's main: options, start, end.
 */

#include <sys/stat.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/arena.h"
#include "config/config.h"
#include "lib/fds.h"
#include "haild/inherit.h"
#include "lib/io.h"
#include "haild/listen/listener.h"
#include "haild/load.h"
#include "haild/lockfile.h"
#include "lib/log.h"
#include "contain/privileges.h"
#include "haild/reload.h"
#include "haild/report.h"
#include "haild/server.h"
#include "haild/server_upgrade.h"
#include "haild/status.h"
#include "lib/signals.h"
#include "session/spawn.h"
#include "haild/takeover/upgrade.h"

#define PIDFILE RUNSTATEDIR "/haild.pid"

/* haild(8), EXIT STATUS */
enum { STATUS_OK, STATUS_RUNTIME, STATUS_USAGE, STATUS_CONFIG };

struct options {
	bool foreground, debug, test, dump, verbose;
	const char *pidfile;
	struct config_source source;
};

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "debug", no_argument, NULL, 'd' },
	{ "dump", no_argument, NULL, 'T' },
	{ "foreground", no_argument, NULL, 'f' },
	{ "help", no_argument, NULL, 'h' },
	{ "inetd", required_argument, NULL, 'I' },
	{ "listen", required_argument, NULL, 'l' },
	{ "message", required_argument, NULL, 'm' },
	{ "pid-file", required_argument, NULL, 'p' },
	{ "test", no_argument, NULL, 't' },
	{ "user", required_argument, NULL, 'u' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static const char option_help[] =
    "\n"
    "-c, --config file       instead of " CONFIG_FILE
    "\n"
    "-d, --debug             as -f, and log more\n"
    "-f, --foreground        do not become a daemon; log on standard error\n"
    "-h, --help              show this\n"
    "-I, --inetd file        serve what this inetd.conf says\n"
    "-l, --listen address    serve there what the command line says\n"
    "-m, --message text      with -l: send it\n"
    "-p, --pid-file file     instead of " PIDFILE
    "\n"
    "-T, --dump              print the configuration as it is understood\n"
    "-t, --test              check the configuration\n"
    "-u, --user user         with -l: who the program runs as\n"
    "-v, --verbose           log more\n"
    "-V, --version           show the version\n";

static void __attribute__((noreturn)) usage(int status)
{
	fputs(
	    "usage: haild [-dfTtv] [-c file] [-I inetd.conf] [-p pidfile]\n"
	    "       haild -f -l address:port [-dTtv] [-p pidfile] [-u user]\n"
	    "           [-m text | -- program [argument ...]]\n"
	    "       haild -h | -V\n",
	    status == STATUS_OK ? stdout : stderr);
	if (status == STATUS_OK)
		fputs(option_help, stdout);
	exit(status);
}

static void __attribute__((noreturn, format(printf, 1, 2)))
bad_usage(const char *fmt, ...)
{
	va_list ap;

	fputs("haild: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	usage(STATUS_USAGE);
}

/* The message of -m ends with a newline, as echo(1)'s does. */
static const char *
message_line(const char *text)
{
	char *line;

	if (asprintf(&line, "%s\n", text) == -1)
		err(STATUS_RUNTIME, NULL);
	return line;
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
		bad_usage("-l and -c exclude each other");
	if (source->inetd != NULL)
		bad_usage("-l and -I exclude each other");
	if (!o->foreground && !o->test && !o->dump)
		bad_usage("-l needs -f or -d");
	if (argc > 0)
		source->exec = argv;
	if (source->exec != NULL && source->message != NULL)
		bad_usage("-m and a program exclude each other");
	if (source->exec == NULL && source->message == NULL)
		bad_usage("-l needs -m or a program");
}

static void
parse_options(struct options *o, int argc, char **argv)
{
	int c;

	while ((c = getopt_long(argc, argv, "+c:dfhI:l:m:p:Ttu:vV",
		    long_options, NULL)) != -1)
		switch (c) {
		case 'c':
			o->source.file = optarg;
			break;
		case 'd':
			o->debug = true;
			o->foreground = true;
			break;
		case 'f':
			o->foreground = true;
			break;
		case 'h':
			usage(STATUS_OK);
		case 'I':
			o->source.inetd = optarg;
			break;
		case 'l':
			o->source.listen = optarg;
			break;
		case 'm':
			o->source.message = message_line(optarg);
			break;
		case 'p':
			o->pidfile = optarg;
			break;
		case 'T':
			o->dump = true;
			break;
		case 't':
			o->test = true;
			break;
		case 'u':
			o->source.user = optarg;
			break;
		case 'v':
			o->verbose = true;
			break;
		case 'V':
			printf("haild %s\n", PACKAGE_VERSION);
			exit(STATUS_OK);
		default:
			usage(STATUS_USAGE);
		}
	check_options(o, argc - optind, argv + optind);
}

/* PATH from the root, since a daemon leaves the current directory. */
static const char *
absolute(const char *path, const char *cwd)
{
	char *full;

	if (path[0] == '/')
		return path;
	if (asprintf(&full, "%s/%s", cwd, path) == -1)
		err(STATUS_RUNTIME, "%s", path);
	return full;
}

static void
find_files(struct options *o, const char *cwd)
{
	struct config_source *source = &o->source;

	source->root = geteuid() == 0;
	if (source->inetd != NULL)
		source->inetd = absolute(source->inetd, cwd);
	if (source->listen == NULL && source->file == NULL &&
	    source->inetd == NULL) {
		source->file = CONFIG_FILE;
		source->dir = CONFIG_DIR;
	} else if (source->file != NULL) {
		if (strcmp(source->file, CONFIG_FILE) == 0)
			source->dir = CONFIG_DIR;
		source->file = absolute(source->file, cwd);
	}
	if (o->pidfile != NULL)
		o->pidfile = absolute(o->pidfile, cwd);
	else if (!o->foreground)
		o->pidfile = PIDFILE;
}

/* -t and -T: say whether it is good, or all of it. */
static int
check_configuration(const struct options *o)
{
	const struct config *config;
	struct arena arena;

	if ((config = load_now(&o->source, &arena)) == NULL)
		return STATUS_CONFIG;
	if (o->dump)
		config_print(config, stdout);
	if (ferror(stdout) || fflush(stdout) == EOF) {
		log_err("standard output");
		return STATUS_RUNTIME;
	}
	return STATUS_OK;
}

/* --- becoming a daemon --- */

/*
 * Go on in a child.  The parent waits for a byte from it, which says that it
 * serves, or for its end, and exits as it did: so whoever started it learns how
 * that went.  Returns the pipe.
 */
static int
detach(void)
{
	unsigned char served;
	int fds[2], status;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) == -1)
		fatal(STATUS_RUNTIME, "pipe");
	switch (pid = fork()) {
	case -1:
		fatal(STATUS_RUNTIME, "fork");
	case 0:
		close(fds[0]);
		setsid();
		return fds[1];
	default:
		close(fds[1]);
		if (io_read(fds[0], &served, 1) == 1)
			_exit(STATUS_OK);
		while (waitpid(pid, &status, 0) == -1)
			if (errno != EINTR)
				_exit(STATUS_RUNTIME);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_RUNTIME);
	}
}

/* It serves: let the parent go, and leave the terminal and the directory. */
static void
report_success(int fd)
{
	int devnull;

	log_set_destination(LOG_TO_SYSLOG);
	if (chdir("/") == -1)
		log_warn("chdir");
	if ((devnull = open("/dev/null", O_RDWR | O_CLOEXEC)) != -1) {
		dup2(devnull, STDIN_FILENO);
		dup2(devnull, STDOUT_FILENO);
		dup2(devnull, STDERR_FILENO);
		close(devnull);
	}
	if (write(fd, "", 1) == -1)
		log_warn("pipe");
	close(fd);
}

/* Take the lock, which says who the daemon is, if there is to be one. */
static void
lock_pidfile(struct lockfile *l, const char *path, bool resumed)
{
	pid_t other;

	if (path == NULL || lockfile_take(l, path, &other) == 0)
		return;
	if (resumed)
		log_warn("%s", path); /* too late to stop for that */
	else if (errno == EEXIST)
		fatalx(STATUS_RUNTIME, "%s: not a regular file", path);
	else if (errno != EWOULDBLOCK)
		fatal(STATUS_RUNTIME, "%s: cannot open (name another with -p)",
		    path);
	else if (other == 0)
		fatalx(STATUS_RUNTIME, "%s: haild is running already", path);
	else
		fatalx(STATUS_RUNTIME, "%s: haild is running already, pid %ld",
		    path, (long)other);
}

static int
log_destination(const struct options *o, bool resumed)
{
	if (o->foreground)
		return LOG_TO_STDERR;
	/* Until it serves, its user sees what is wrong. */
	return resumed ? LOG_TO_SYSLOG : LOG_TO_STDERR | LOG_TO_SYSLOG;
}

/* Everything but serving.  Returns 0, or an exit status. */
static int
prepare(struct server *s, const struct options *o, bool resumed,
    struct lockfile *lockfile)
{
	struct config_source start = s->source;
	const struct config *config;
	struct arena arena;

	start.tolerant = true;
	if ((config = load_now(&start, &arena)) == NULL)
		return STATUS_CONFIG;
	log_set_facility((int)config->log_facility);
	if (s->upgrade.proving)
		return server_init(s) == -1 || server_upgrade_resume(s) == -1 ||
			reload_prove(s, config) == -1
		    ? STATUS_RUNTIME
		    : STATUS_OK;
	/* From here on a signal leaves nothing behind. */
	signals_catch();
	lock_pidfile(lockfile, o->pidfile, resumed);
	if (server_init(s) == -1 || server_upgrade_resume(s) == -1 ||
	    reload_first(s, config, &arena, resumed) == -1) {
		listeners_close(&s->listeners);
		return STATUS_RUNTIME;
	}
	return STATUS_OK;
}

static int
serve(const struct options *o, const struct upgrade *upgrade,
    const struct listeners *inherited)
{
	/* On one page: after a fork each that is written to is copied. */
	static struct server server __attribute__((aligned(4096)));
	bool resumed = upgrade->fd != -1;
	struct lockfile lockfile = { 0 };
	int parent = -1, status;

	if (!o->foreground && !resumed)
		parent = detach();
	log_init("haild", log_destination(o, resumed), LOG_DAEMON, log_level());
	server.source = o->source;
	server.upgrade = *upgrade;
	server.listeners = *inherited;
	if (supervise_open(&server.supervise) == -1)
		return STATUS_RUNTIME;
	/* Its own keys, too, are nothing to a daemon and its children. */
	if (privileges_new_keyring(true) == -1) {
		log_err("keyring");
		return STATUS_RUNTIME;
	}
	status = prepare(&server, o, resumed, &lockfile);
	if (upgrade->proving)
		return status == STATUS_OK ? UPGRADE_PROVED : status;
	if (status != STATUS_OK) {
		lockfile_remove(&lockfile);
		return status;
	}
	if (lockfile_write(&lockfile) == -1)
		log_warn("%s", o->pidfile);
	if (parent != -1)
		report_success(parent);
	else if (o->foreground)
		log_set_destination(LOG_TO_STDERR | LOG_NO_WAIT);
	if (resumed)
		server_resume(&server);
	report_serving(&server);
	status_ready(&server);
	status = server_run(&server) == -1 ? STATUS_RUNTIME : STATUS_OK;
	lockfile_remove(&lockfile);
	return status;
}

/* Close whatever else the parent left open. */
static void
close_strangers(int state, const struct listeners *inherited)
{
	int keep[inherited->n + 1];
	size_t i;

	keep[0] = state;
	for (i = 0; i < inherited->n; i++)
		keep[i + 1] = inherited->list[i].fd;
	fds_close_others(keep, inherited->n + 1);
}

int
main(int argc, char **argv)
{
	struct options o = { 0 };
	struct upgrade upgrade = { 0 };
	struct listeners inherited = { NULL, 0 };
	bool taking;

	if (io_fill_stdio() == -1 || inherit_listeners(&inherited) == -1 ||
	    upgrade_init(&upgrade, argc, argv) == -1)
		return STATUS_RUNTIME;
	taking = upgrade.fd != -1 && !upgrade.proving;
	signals_reset(taking);
	if (!taking)
		close_strangers(upgrade.fd, &inherited);
	umask(UMASK);
	setproctitle_init(argc, argv, environ);
	parse_options(&o, argc, argv);
	find_files(&o, upgrade.cwd);
	log_init("haild", LOG_TO_STDERR | LOG_PLAIN, LOG_DAEMON,
	    o.debug || o.verbose ? LOG_DEBUG : LOG_INFO);
	/* Not return: what these two point to is in use to the end. */
	if (o.test || o.dump)
		exit(check_configuration(&o));
	exit(serve(&o, &upgrade, &inherited));
}
