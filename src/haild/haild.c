/*
 * haild.c -- the daemon's main: options, start, end.
 */

#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "contain/privileges.h"
#include "haild/command_line.h"
#include "haild/control_server.h"
#include "haild/control/explain_file.h"
#include "haild/helpers/load.h"
#include "haild/inherit.h"
#include "haild/lockfile.h"
#include "haild/reload.h"
#include "haild/report.h"
#include "haild/server.h"
#include "lib/fds.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/signals.h"
#include "session/spawn.h"

/* Have haild-load read the configuration for KIND; returns as load_test. */
static int
load_configuration(
    const struct options *o, enum load_kind kind, struct arena *arena)
{
	struct config_source source = o->source;
	struct helpers helpers;
	struct leaves leaves;
	int status = helpers_open(&helpers, false);

	if (status != 0)
		return status;
	leaves_init(&leaves, LEAVES_TEST);
	source.cgroup = leaves.has;
	return load_test(&helpers, kind, &source, arena);
}

/* -E: answer as a daemon that has just started. */
static int
explain(const struct options *o)
{
	static struct control_request request;
	const struct config *config;
	struct arena arena;
	int status;

	if (explain_file_read(&request, o->explain) == -1)
		return STATUS_USAGE;
	if ((status = load_configuration(o, LOAD_EXPLAIN, &arena)) != 0)
		return status;
	if (arena_seal(&arena) == NULL ||
	    (config = config_check(&arena)) == NULL) {
		log_errx("cannot use the configuration");
		return STATUS_RUNTIME;
	}
	return explain_file_answer(config, &request) == 0 ? STATUS_OK
							  : STATUS_RUNTIME;
}

/* --- becoming a daemon --- */

/*
 * Go on in a child.  The parent waits for a byte, which says that the child
 * serves, or for the child's end, and exits with the same status: so the caller
 * learns whether the start succeeded.  Returns the pipe.
 */
static int
detach(void)
{
	unsigned char served;
	int fds[2], status;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) == -1)
		fatal(STATUS_RUNTIME, "cannot create a pipe");
	switch (pid = fork()) {
	case -1:
		fatal(STATUS_RUNTIME, "cannot fork");
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

/* haild serves: end the parent, and leave the terminal and the directory. */
static void
report_success(int fd, int devnull)
{
	log_set_destination(LOG_TO_SYSLOG);
	if (chdir("/") == -1)
		log_warn("cannot enter /");
	fds_set_stdio(devnull, devnull, devnull);
	if (write(fd, "", 1) == -1)
		log_warn("cannot report the start");
	close(fd);
}

/* Take the lock, and open the pid file, if there is to be one. */
static void
lock_pidfile(struct lockfile *l, const char *path, bool resumed)
{
	const char *failed;
	pid_t other;

	if (path == NULL || lockfile_take(l, path, &other) == 0)
		return;
	failed = l->path;
	l->path = NULL;
	if (resumed)
		log_warn(
		    "%s: cannot lock", failed); /* too late to stop for that */
	else if (errno == EEXIST)
		fatalx(STATUS_RUNTIME, "%s: is not a regular file", failed);
	else if (errno == EPERM)
		fatalx(STATUS_RUNTIME,
		    "%s: belongs to another user; remove it, or use another "
		    "with -p",
		    failed);
	else if (errno != EWOULDBLOCK)
		fatalx(STATUS_RUNTIME,
		    "%s: cannot open: %s (use another with -p)", failed,
		    strerror(errno));
	else if (other == 0)
		fatalx(STATUS_RUNTIME, "%s: haild is already running", path);
	else
		fatalx(STATUS_RUNTIME, "%s: haild is already running, pid %ld",
		    path, (long)other);
}

/* All that comes before serving.  Returns 0, or an exit status. */
static int
prepare(struct server *s, const struct options *o, bool resumed,
    struct lockfile *lockfile)
{
	const struct config *config;
	struct arena arena;
	int status = helpers_open(&s->helpers, true);

	if (status != 0)
		return status;
	/* haild-load tells which services cannot have their limits. */
	if (leaves_init(&s->containment.leaves,
		s->upgrade.proving ? LEAVES_PROVE
		    : resumed	   ? LEAVES_RESUME
				   : LEAVES_START) == -1) {
		log_err("cannot create the table of cgroups");
		return STATUS_RUNTIME;
	}
	s->source.cgroup = s->containment.leaves.has;
	config =
	    load_now(&s->helpers, &s->source, &arena, &s->load.trees, &status);
	if (config == NULL)
		return status;
	log_set_facility((int)config->log_facility);
	log_set_json(config->log_format == LOG_FORMAT_JSON);
	if (!resumed && !s->upgrade.proving)
		leaves_log_missing(&s->containment.leaves);
	if (s->upgrade.proving)
		return server_init(s) == -1 || reload_prove(s, config) == -1
		    ? STATUS_RUNTIME
		    : STATUS_OK;
	/* From here on a signal ends haild in order. */
	signals_catch();
	lock_pidfile(lockfile, o->pidfile, resumed);
	if (server_init(s) == -1 ||
	    reload_first(s, config, &arena, resumed) == -1) {
		listeners_close(&s->listeners);
		control_close(&s->control);
		return STATUS_RUNTIME;
	}
	return STATUS_OK;
}

static int
serve(const struct options *o, const struct upgrade *upgrade,
    const struct listeners *inherited)
{
	static struct server server;
	bool resumed = upgrade->fd != -1;
	struct lockfile lockfile = { 0 };
	int parent = -1, status;

	if (!o->foreground && !resumed)
		parent = detach();
	/*
	 * Until haild serves, the administrator sees what is wrong.  The daemon
	 * logs what a proof writes (upgrade.h).
	 */
	if (upgrade->proving)
		log_init("haild", LOG_TO_STDERR | LOG_PLAIN, LOG_DAEMON,
		    LOG_WARNING);
	else
		log_init("haild",
		    (resumed && !o->foreground ? 0 : LOG_TO_STDERR) |
			(o->foreground ? 0 : LOG_TO_SYSLOG),
		    LOG_DAEMON, log_level());
	server.source = o->source;
	server.upgrade = *upgrade;
	server.listeners = *inherited;
	if (notify_open(&server.notify) == -1)
		return STATUS_RUNTIME;
	/* The keys of the caller are not for a daemon and its children. */
	if (privileges_new_keyring(true) == -1) {
		log_err("cannot create a session keyring");
		return STATUS_RUNTIME;
	}
	status = prepare(&server, o, resumed, &lockfile);
	if (upgrade->proving)
		return status == STATUS_OK ? UPGRADE_PROVED : status;
	if (status != STATUS_OK) {
		lockfile_remove(&lockfile);
		return status;
	}
	if (lockfile_write(&lockfile) == -1) {
		log_err("%s: cannot write", o->pidfile);
		/* After an upgrade it is too late to stop for that. */
		if (!resumed) {
			listeners_close(&server.listeners);
			control_close(&server.control);
			lockfile_remove(&lockfile);
			return STATUS_RUNTIME;
		}
	}
	if (parent != -1)
		report_success(parent, server.devnull);
	else if (o->foreground)
		log_set_destination(LOG_TO_STDERR | LOG_NO_WAIT);
	if (resumed)
		server_resume(&server);
	report_serving(&server);
	status_ready(&server);
	status = server_run(&server) == -1 ? STATUS_RUNTIME : STATUS_OK;
	control_close(&server.control);
	/* A client that waited for the end can start another haild at once. */
	lockfile_remove(&lockfile);
	control_server_stopped(&server);
	return status;
}

/* Close all other descriptors that the caller left open. */
static void
close_others(int state, const struct listeners *inherited)
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
	struct listeners inherited = { 0 };
	bool taking;

	if (io_fill_stdio() == -1 || inherit_listeners(&inherited) == -1 ||
	    upgrade_init(&upgrade, argc, argv) == -1)
		return STATUS_RUNTIME;
	taking = upgrade.fd != -1 && !upgrade.proving;
	signals_reset(taking);
	if (!taking)
		signals_end_init();
	if (!taking)
		close_others(upgrade.fd, &inherited);
	umask(UMASK);
	setproctitle_init(argc, argv, environ);
	command_line_parse(&o, argc, argv, upgrade.cwd);
	log_init("haild", LOG_TO_STDERR | LOG_PLAIN, LOG_DAEMON,
	    o.debug || o.verbose    ? LOG_DEBUG
		: o.explain != NULL ? LOG_ERR
				    : LOG_INFO);
	/* Not return: the locals are in use to the end. */
	if (o.test || o.dump)
		exit(load_configuration(
		    &o, o.dump ? LOAD_DUMP : LOAD_TEST, NULL));
	if (o.explain != NULL)
		exit(explain(&o));
	exit(serve(&o, &upgrade, &inherited));
}
