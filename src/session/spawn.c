/*
 * spawn.c -- from a forked child to the service's program.
 */

#include "session/spawn.h"

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

#include "lib/fds.h"
#include "session/preamble.h"
#include "lib/log.h"
#include "contain/privileges.h"
#include "lib/signals.h"

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
			log_err("%s: %s", service->name, config_limit_name(i));
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

/* All of them fit, as long as they are. */
static void
tell(struct connection *c, const char *name, const char *value)
{
	char *at = c->text + c->used, *end = c->text + sizeof(c->text);
	size_t len = strlen(name), size = len + strlen(value) + 1;

	if (size > (size_t)(end - at) || c->n == CONNECTION_MAX)
		return;
	strlcpy(at, name, size);
	strlcpy(at + len, value, size - len);
	c->variables[c->n++] = at;
	c->used += size;
}

static void
tell_number(struct connection *c, const char *name, unsigned int n)
{
	char digits[16];

	snprintf(digits, sizeof(digits), "%u", n);
	tell(c, name, digits);
}

/*
 * https://cr.yp.to/proto/ucspi.txt and the names that s6-networking gives for
 * Unix sockets; REMOTE_ADDR and REMOTE_PORT are systemd.exec(5)'s.
 */
void
spawn_connection(
    struct connection *c, const struct client *client, const struct addr *local)
{
	char host[ADDR_TEXT_MAX];

	c->n = c->used = 0;
	if (client->addr.sa.sa_family == AF_UNSPEC)
		return; /* "wait": no connection yet */
	addr_print_host(local, host, sizeof(host));
	if (client->addr.sa.sa_family == AF_UNIX) {
		tell(c, "PROTO=", "IPC");
		tell(c, "IPCLOCALPATH=", host);
		tell_number(c, "IPCREMOTEEUID=", client->cred.uid);
		tell_number(c, "IPCREMOTEEGID=", client->cred.gid);
		return;
	}
	tell(c, "PROTO=", "TCP");
	tell(c, "TCPLOCALIP=", host);
	tell_number(c, "TCPLOCALPORT=", addr_port(local));
	addr_print_host(&client->addr, host, sizeof(host));
	tell(c, "TCPREMOTEIP=", host);
	tell_number(c, "TCPREMOTEPORT=", addr_port(&client->addr));
	tell(c, "REMOTE_ADDR=", host);
	tell_number(c, "REMOTE_PORT=", addr_port(&client->addr));
}

static size_t
count(const char *const *variables)
{
	size_t n = 0;

	while (variables != NULL && variables[n] != NULL)
		n++;
	return n;
}

size_t
spawn_environment_room(
    const struct service *service, const char *const *accepted)
{
	return 1 + IDENTITY_VARIABLES + CONNECTION_MAX + count(accepted) +
	    count(service->environment) + 1;
}

/* By hand: each function of libc is on pages that a child has to map anew. */
static bool
has_same_name(const char *a, const char *b)
{
	while (*a == *b && *a != '=' && *a != '\0')
		a++, b++;
	return *a == '=' && *b == '=';
}

/* Add VARIABLE; in the place of one of that name, if there is one. */
static size_t
put(const char **list, size_t n, const char *variable)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (has_same_name(list[i], variable))
			break;
	list[i] = variable;
	return i == n ? n + 1 : n;
}

/* As many as there are before a NULL. */
static size_t
put_all(const char **list, size_t n, const char *const *variables)
{
	for (; variables != NULL && *variables != NULL; variables++)
		n = put(list, n, *variables);
	return n;
}

char *const *
spawn_environment(const char **list, const struct service *service,
    const struct connection *connection, const char *const *accepted)
{
	const struct identity *id = service->identity;
	size_t i, n;

	n = put(list, 0, "PATH=" PATH_DEFAULT);
	for (i = 0; id != NULL && i < IDENTITY_VARIABLES; i++)
		n = put(list, n, id->variables[i]);
	for (i = 0; i < connection->n; i++)
		n = put(list, n, connection->variables[i]);
	n = put_all(list, n, accepted);
	n = put_all(list, n, service->environment);
	list[n] = NULL;
	/* execve(2) takes pointers to what it does not change. */
	return (char *const *)(uintptr_t)list;
}

/* --- and off --- */

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
		_exit(EX_OSERR);
	memcpy(argv, service->exec, n * sizeof(*argv));
	argv[0] = service->argv0;
	return (char *const *)argv;
}

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

void
spawn_local(int fd, struct addr *local, const char *who)
{
	memset(local, 0, sizeof(*local));
	local->len = sizeof(*local) - offsetof(struct addr, sa);
	if (getsockname(fd, &local->sa, &local->len) == -1)
		log_warn("%s: getsockname", who);
	addr_unmap(local);
}

int
spawn_settle(const struct service *service)
{
	/* Who runs no program has the daemon's, which is as empty. */
	if (privileges_new_keyring(false) == -1) {
		log_err("%s: keyring", service->name);
		return -1;
	}
	if (spawn_confine(service) == -1 || enter_directory(service) == -1 ||
	    limit_privileges(service) == -1)
		return -1;
	/* It is the daemon's own but where somebody says otherwise. */
	if (service->umask != UMASK)
		umask((mode_t)service->umask);
	return 0;
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

/* Who the client is, and says so only now. */
static void
learn(const struct session *s, struct connection *known)
{
	struct client client = *s->client;
	struct addr local;

	spawn_local(STDIN_FILENO, &local, s->service->name);
	preamble_pass(s, &client, &local);
	spawn_connection(known, &client, &local);
}

void
spawn_program(const struct session *s)
{
	const struct service *service = s->service;
	const char *list[spawn_environment_room(service, NULL)];
	struct connection known;

	if (spawn_settle(service) == -1 || seclude(s) == -1)
		_exit(EX_OSERR);
	signals_in_child();
	if (s->channel != 0)
		learn(s, &known);
	/* Not closed yet: the log is wanted if execve fails. */
	if (close_range(3, UINT_MAX, CLOSE_RANGE_CLOEXEC) == -1) {
		log_err("%s: close_range", service->name);
		_exit(EX_OSERR);
	}
	execve(service->exec[0], arguments(service),
	    spawn_environment(
		list, service, s->channel != 0 ? &known : s->connection, NULL));
	log_err("%s: cannot execute %s", service->name, service->exec[0]);
	_exit(EX_UNAVAILABLE);
}
