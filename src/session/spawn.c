#include "session/spawn.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <linux/filter.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "contain/confine.h"
#include "contain/privileges.h"
#include "lib/fds.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/signals.h"
#include "session/interpreter.h"
#include "session/preamble.h"

/* Log errno.  Returns -1. */
static int
fail(const struct service *service, const char *what)
{
	log_err("%s: cannot set %s", service->name, what);
	return -1;
}

static int
set_limits(const struct service *service)
{
	struct rlimit rl;
	int i;

	for (i = 0; i < (int)RLIM_NLIMITS; i++) {
		if (!service->limits[i].set)
			continue;
		rl.rlim_cur = service->limits[i].soft;
		rl.rlim_max = service->limits[i].hard;
		if (setrlimit((__rlimit_resource_t)i, &rl) == -1)
			return fail(service, config_limit_name(i));
	}
	return 0;
}

/* Priority, limits and root directory. */
static int
apply_limits(const struct service *service)
{
	if (service->nice != 0) {
		/* -1 is a priority as well as an error. */
		errno = 0;
		if (nice((int)service->nice) == -1 && errno != 0)
			return fail(service, "nice");
	}
	if (set_limits(service) == -1)
		return -1;
	if (service->chroot != NULL &&
	    (chroot(service->chroot) == -1 || chdir("/") == -1)) {
		log_err(
		    "%s: cannot chroot to %s", service->name, service->chroot);
		return -1;
	}
	return 0;
}

/* The empty root, unless the service has its own or reads no client byte. */
static int
root_of(const struct service *service, bool proxied, int empty)
{
	if (service->chroot != NULL ||
	    (service->handler == HANDLER_MESSAGE && !proxied))
		return CONFINE_SAME_ROOT;
	return empty != -1 ? empty : CONFINE_NO_FILES;
}

int
spawn_confine(const struct service *service, bool proxied, int empty)
{
	const struct confinement confinement = { .name = service->name,
		.identity = service->identity,
		.root = root_of(service, proxied, empty),
		.connects = service->handler == HANDLER_FORWARD };

	return apply_limits(service) == -1 ? -1 : confine(&confinement);
}

/* execve(2) takes pointers to what it does not change. */
static char *const *
arguments(const struct service *service)
{
	const char **argv;
	size_t n = 0;

	if (service->argv0 == NULL)
		return (char *const *)(uintptr_t)service->exec;
	while (service->exec[n++] != NULL)
		continue;
	if ((argv = reallocarray(NULL, n, sizeof(*argv))) == NULL)
		fatal(EX_OSERR, "%s: cannot copy the arguments", service->name);
	memcpy(argv, service->exec, n * sizeof(*argv));
	argv[0] = service->argv0;
	return (char *const *)argv;
}

int
spawn_settle(const struct service *service, const struct grant *grant)
{
	/* "help" is no program of a command, and is not contained. */
	bool help = service->handler == HANDLER_COMMANDS;

	/* Processes without a program keep the daemon's, which is empty. */
	if (privileges_new_keyring(false) == -1)
		return fail(service, "a keyring");
	if ((!help && contain_enter(service, grant) == -1) ||
	    apply_limits(service) == -1 || contain_drop(service) == -1 ||
	    privileges_become(service->identity, service->name) == -1 ||
	    contain_keep(service) == -1)
		return -1;
	if (chdir(service->directory) == -1) {
		log_err(
		    "%s: cannot enter %s", service->name, service->directory);
		return -1;
	}
	if (service->umask != UMASK)
		umask((mode_t)service->umask);
	return 0;
}

/* --- without the configuration --- */

static const char *
copy(const char *text)
{
	char *new = NULL;

	if (text != NULL && (new = strdup(text)) == NULL)
		fatal(EX_OSERR, "cannot copy the service");
	return new;
}

static const char *const *
copy_list(const char *const *list)
{
	const char **new;
	size_t n = 0, i;

	if (list == NULL)
		return NULL;
	while (list[n] != NULL)
		n++;
	if ((new = calloc(n + 1, sizeof(*new))) == NULL)
		fatal(EX_OSERR, "cannot copy the service");
	for (i = 0; i < n; i++)
		new[i] = copy(list[i]);
	return new;
}

static const void *
copy_bytes(const void *from, size_t size)
{
	void *new = NULL;

	if (size > 0 && (new = malloc(size)) == NULL)
		fatal(EX_OSERR, "cannot copy the service");
	return size > 0 ? memcpy(new, from, size) : NULL;
}

void
spawn_forget_config(
    const struct session *s, struct service *own, struct identity *id)
{
	const struct service *from = s->service;
	size_t i;

	*own = *from;
	own->name = copy(from->name);
	own->exec = copy_list(from->exec);
	own->argv0 = copy(from->argv0);
	own->environment = copy_list(from->environment);
	own->message = copy(from->message);
	own->busy = copy(from->busy); /* text: they are not commands */
	own->contained.filter = copy_bytes(from->contained.filter,
	    from->contained.filter_len * sizeof(*from->contained.filter));
	own->contained.cpus = NULL; /* set already */
	own->identity = NULL;
	if (from->identity != NULL && from->exec != NULL) {
		for (i = 0; i < IDENTITY_VARIABLES; i++)
			id->variables[i] = copy(from->identity->variables[i]);
		own->identity = id;
	}
	munmap(s->arena->base, ARENA_SIZE);
}

/*
 * Read the preamble in this process, which has a copy of the daemon's memory:
 * without its other descriptors and the configuration, and out of reach for
 * other processes of its new user; execve(2) makes it dumpable again.
 */
static void
read_preamble(const struct session *s, const struct service *own,
    struct connection *connection)
{
	struct client client = *s->client;
	struct addr local;
	int keep = s->channel;

	fds_close_others(&keep, 1);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		fatal(EX_OSERR, "%s: cannot forbid tracing", own->name);
	environment_local(STDIN_FILENO, &local, own->name);
	preamble_pass(s->channel, own, s->accepted, &client, &local);
	environment_connection(connection, &client, &local);
}

/* Do the last steps before exec; exit if one fails. */
static void
seal(const struct service *service)
{
	/*
	 * Others would leave no descriptor for Landlock below a small
	 * limit-nofile.  The log is needed if execve fails.
	 */
	fds_close_others(NULL, 0);
	if (close_range(3, UINT_MAX, CLOSE_RANGE_CLOEXEC) == -1) {
		log_err("%s: cannot close other descriptors", service->name);
		_exit(EX_OSERR);
	}
	if (contain_seal(service) == -1)
		_exit(EX_OSERR);
}

/* Execute the program; returns only if that fails. */
static void
execute(const struct service *service, char *const *environment)
{
	char buf[INTERPRETER_MAX + 128];
	const char *why;

	/* NOLINTNEXTLINE(clang-analyzer-*): haild-load wants a program */
	execve(service->exec[0], arguments(service), environment);
	why = interpreter_explain(service->exec[0], errno, buf, sizeof(buf));
	log_errx(
	    "%s: cannot execute %s: %s", service->name, service->exec[0], why);
}

/*
 * Execute the program if the daemon has not made its environment: behind a
 * proxy, or with a user ID of a pool.  Large variables are static, since each
 * further page of the stack costs a page fault.
 */
static void
execute_described(const struct session *s)
{
	static struct connection announced;
	static struct identity identity;
	static struct service own;
	const char *list[environment_room(s->service, NULL)];
	const struct connection *connection = s->connection;
	const struct service *service = s->service;

	if (s->client->proxied) {
		spawn_forget_config(s, &own, &identity);
		read_preamble(s, &own, &announced);
		service = &own;
		connection = &announced;
	}
	seal(service);
	execute(service, environment_build(list, service, connection, NULL));
}

void
spawn_program(const struct session *s)
{
	if (spawn_settle(s->service, &s->grant) == -1)
		_exit(EX_OSERR);
	signals_in_child();
	if (s->environment == NULL)
		execute_described(s);
	else {
		seal(s->service);
		execute(s->service, s->environment);
	}
	_exit(EX_UNAVAILABLE);
}
