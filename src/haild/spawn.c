/*
 * spawn.c -- from a forked child to the service's program.
 */

#include "spawn.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "fds.h"
#include "layers.h"
#include "log.h"
#include "privileges.h"
#include "settings.h"
#include "signals.h"

#define PATH_DEFAULT \
	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

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
		if (setrlimit((__rlimit_resource_t)i, &rl) == -1) {
			log_err("%s: %s", service->name, setting_limit_name(i));
			return -1;
		}
	}
	return 0;
}

static int
set_nice(const struct service *service)
{
	/* -1 is a priority as well as an error: errno tells. */
	if (service->nice == 0)
		return 0;
	errno = 0;
	if (nice((int)service->nice) == -1 && errno != 0) {
		log_err("%s: nice", service->name);
		return -1;
	}
	return 0;
}

int
spawn_confine(const struct service *service)
{
	if (set_nice(service) == -1 || set_limits(service) == -1)
		return -1;
	if (service->chroot != NULL &&
	    (chroot(service->chroot) == -1 || chdir("/") == -1)) {
		log_err("%s: chroot %s", service->name, service->chroot);
		return -1;
	}
	return privileges_become(service->identity, service->name);
}

/* --- the environment --- */

struct environment {
	char **list;
	size_t n;
};

/* Add NAME=value; a name that is there already is replaced. */
static void
add_variable(struct environment *e, char *variable)
{
	size_t i, name;

	if (variable == NULL)
		_exit(EX_OSERR); /* abort could leave a core of the daemon */
	name = strcspn(variable, "=") + 1;
	for (i = 0; i < e->n; i++)
		if (strncmp(e->list[i], variable, name) == 0) {
			free(e->list[i]);
			e->list[i] = variable;
			return;
		}
	e->list = reallocarray(e->list, e->n + 2, sizeof(*e->list));
	if (e->list == NULL)
		_exit(EX_OSERR);
	e->list[e->n++] = variable;
	e->list[e->n] = NULL;
}

static void __attribute__((format(printf, 2, 3)))
add(struct environment *e, const char *fmt, ...)
{
	char *variable;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&variable, fmt, ap) == -1)
		variable = NULL;
	va_end(ap);
	add_variable(e, variable);
}

/*
 * https://cr.yp.to/proto/ucspi.txt and the names that s6-networking gives for
 * Unix sockets; REMOTE_ADDR and REMOTE_PORT are systemd.exec(5)'s.
 */
static void
add_connection(struct environment *e, const struct client *client,
    const struct addr *local)
{
	char host[ADDR_TEXT_MAX];

	if (client->addr.sa.sa_family == AF_UNIX) {
		add(e, "PROTO=IPC");
		add(e, "IPCLOCALPATH=%s",
		    addr_print_host(local, host, sizeof(host)));
		add(e, "IPCREMOTEEUID=%u", (unsigned int)client->cred.uid);
		add(e, "IPCREMOTEEGID=%u", (unsigned int)client->cred.gid);
		return;
	}
	add(e, "PROTO=TCP");
	add(e, "TCPLOCALIP=%s", addr_print_host(local, host, sizeof(host)));
	add(e, "TCPLOCALPORT=%u", addr_port(local));
	addr_print_host(&client->addr, host, sizeof(host));
	add(e, "TCPREMOTEIP=%s", host);
	add(e, "TCPREMOTEPORT=%u", addr_port(&client->addr));
	add(e, "REMOTE_ADDR=%s", host);
	add(e, "REMOTE_PORT=%u", addr_port(&client->addr));
}

char **
spawn_environment(const struct service *service, const struct client *client,
    const struct addr *local)
{
	struct environment e = { NULL, 0 };
	const struct identity *id = service->identity;
	size_t i;

	add(&e, "PATH=%s", PATH_DEFAULT);
	if (id != NULL) {
		add(&e, "HOME=%s", id->home);
		add(&e, "USER=%s", id->name);
		add(&e, "LOGNAME=%s", id->name);
		add(&e, "SHELL=%s", id->shell);
	}
	add_connection(&e, client, local);
	for (i = 0;
	     service->environment != NULL && service->environment[i] != NULL;
	     i++)
		add(&e, "%s", service->environment[i]);
	return e.list;
}

/* --- and off --- */

static int
enter_directory(const struct service *service)
{
	if (chdir(service->directory) == 0)
		return 0;
	log_err("%s: directory %s", service->name, service->directory);
	return -1;
}

static int
limit_privileges(const struct service *service)
{
	if (!service->no_new_privileges ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		return 0;
	log_err("%s: no-new-privileges", service->name);
	return -1;
}

/*
 * A process that has a copy of the daemon's memory and reads what a client
 * sends: without the daemon's other descriptors, and out of reach for others of
 * its new user.  execve(2) makes it dumpable again.
 */
static int
seclude(const struct session *s)
{
	int keep = s->channel;

	if (s->channel == 0)
		return 0;
	fds_close_others(&keep, 1);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0)
		return 0;
	log_err("%s: prctl", s->service->name);
	return -1;
}

void
spawn_program(const struct session *s)
{
	const struct service *service = s->service;
	struct client client = *s->client;
	struct addr local;
	char **env;

	memset(&local, 0, sizeof(local));
	local.len = sizeof(local) - offsetof(struct addr, sa);
	if (getsockname(STDIN_FILENO, &local.sa, &local.len) == -1)
		log_warn("%s: getsockname", service->name);
	addr_unmap(&local);
	if (spawn_confine(service) == -1 || enter_directory(service) == -1 ||
	    limit_privileges(service) == -1 || seclude(s) == -1)
		_exit(EX_OSERR);
	umask((mode_t)service->umask);
	signals_in_child();
	layers_pass(s, &client, &local);
	env = spawn_environment(service, &client, &local);
	/* Not closed yet: the log is wanted if execve fails. */
	if (close_range(3, UINT_MAX, CLOSE_RANGE_CLOEXEC) == -1) {
		log_err("%s: close_range", service->name);
		_exit(EX_OSERR);
	}
	/* execve(2) takes pointers to what it does not change. */
	execve(service->exec[0], (char *const *)(uintptr_t)service->exec, env);
	log_err("%s: cannot execute %s", service->name, service->exec[0]);
	_exit(EX_UNAVAILABLE);
}
