/*
 * resolve.c -- the part of the configuration's builder that asks the system:
 * users, groups, names, ports, files.
 */

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load/getent.h"
#include "load/loader.h"

#define ORIGIN(name) (&origins[setting_index(name)])

/* --- users and groups --- */

/* "NAME=value" in the arena. */
static const char *
variable(struct loader *l, const char *name, const char *value)
{
	size_t size = strlen(name) + 1 + strlen(value) + 1;
	char *text = arena_alloc(l->arena, size);

	snprintf(text, size, "%s=%s", name, value);
	return text;
}

static void
fill_identity(struct loader *l, struct identity *id, const struct user *user)
{
	id->name = arena_strdup(l->arena, user->name);
	id->home = arena_strdup(l->arena, user->home);
	id->shell = arena_strdup(
	    l->arena, user->shell[0] != '\0' ? user->shell : "/bin/sh");
	id->uid = user->uid;
	id->gid = user->gid;
	id->groups = NULL;
	id->ngroups = 0;
	id->variables[0] = variable(l, "HOME", id->home);
	id->variables[1] = variable(l, "USER", id->name);
	id->variables[2] = variable(l, "LOGNAME", id->name);
	id->variables[3] = variable(l, "SHELL", id->shell);
}

static int
compare_gids(const void *a, const void *b)
{
	gid_t x = *(const gid_t *)a, y = *(const gid_t *)b;

	return x < y ? -1 : x > y;
}

/* As privileges.c wants them: sorted, and none twice. */
static void
set_groups(struct identity *id, gid_t *list, size_t n)
{
	size_t i, kept = 0;

	qsort(list, n, sizeof(*list), compare_gids);
	for (i = 0; i < n; i++)
		if (kept == 0 || list[kept - 1] != list[i])
			list[kept++] = list[i];
	id->groups = list;
	id->ngroups = kept;
}

/* Nobody can be asked for WHAT, for errno. */
static void
cannot_ask(struct loader *l, struct service *service,
    const struct origin *origin, const char *what)
{
	const char *error = strerror(errno);

	if (service == NULL)
		loader_error_at(l, origin, "cannot look up \"%s\": %s: %s",
		    what, GETENT, error);
	else
		loader_missing(l, service, origin,
		    "cannot look up \"%s\": %s: %s", what, GETENT, error);
}

/* The groups that initgroups(3) would give. */
static void
fill_groups(struct loader *l, struct service *service,
    const struct origin *origin, struct identity *id)
{
	gid_t *groups, *list;
	size_t n;

	if (lookup_groups(&l->lookup, id->name, &groups, &n) == -1) {
		cannot_ask(l, service, origin, id->name);
		return;
	}
	list = arena_alloc(l->arena, (n + 1) * sizeof(*list));
	if (n > 0)
		memcpy(list, groups, n * sizeof(*list));
	list[n] = id->gid;
	free(groups);
	set_groups(id, list, n + 1);
}

/* NAME, a user of haild's own, or nobody in its place. */
static void
resolve_own(struct loader *l, const char *name, struct identity *id)
{
	struct user user;
	int found = lookup_user(&l->lookup, name, &user);

	if (found == 0) {
		loader_warn_at(
		    l, NULL, "there is no user \"%s\": nobody stands in", name);
		found = lookup_user(&l->lookup, "nobody", &user);
	}
	if (found == -1)
		cannot_ask(l, NULL, NULL, name);
	else if (found == 0)
		loader_error_at(
		    l, NULL, "there is no user \"%s\", nor \"nobody\"", name);
	if (found != 1)
		return;
	fill_identity(l, id, &user);
	fill_groups(l, NULL, NULL, id);
}

void
resolve_haild(struct loader *l, struct config *config)
{
	resolve_own(l, "haild", &config->haild);
}

void
resolve_speaker(struct loader *l, struct config *config)
{
	if (l->source->root)
		resolve_own(l, "haild-speaker", &config->speaker);
	else
		loader_warn_at(l, NULL,
		    "commands: without root who reads what clients send has "
		    "no user and no root directory of its own, only a filter "
		    "of system calls");
}

/* Returns 0, or -1: there is none, and that has been said. */
static int
find_user(struct loader *l, struct service *service,
    const struct origin *origin, const char *name, struct user *user)
{
	int found = lookup_user(&l->lookup, name, user);

	if (found == 0)
		loader_missing(l, service, origin, "unknown user \"%s\"", name);
	else if (found == -1)
		cannot_ask(l, service, origin, name);
	return found == 1 ? 0 : -1;
}

static int
find_group(struct loader *l, struct service *service,
    const struct origin *origin, const char *name, gid_t *gid)
{
	int found = lookup_group(&l->lookup, name, gid);

	if (found == 0)
		loader_missing(
		    l, service, origin, "unknown group \"%s\"", name);
	else if (found == -1)
		cannot_ask(l, service, origin, name);
	return found == 1 ? 0 : -1;
}

/* Nor can it raise a limit. */
static void
check_limits(
    struct loader *l, struct service *service, const struct origin *origins)
{
	const struct limit *limit;
	struct rlimit own;
	int i;

	for (i = 0; i < (int)RLIM_NLIMITS; i++) {
		limit = &service->limits[i];
		if (!limit->set ||
		    getrlimit((__rlimit_resource_t)i, &own) == -1 ||
		    limit->hard <= own.rlim_max)
			continue;
		loader_error_at(l, ORIGIN(config_limit_name(i)),
		    "\"%s\": haild itself has a lower one, and does not run "
		    "as root",
		    config_limit_name(i));
	}
}

/* Without root a process stays who it is: only that may be asked for. */
static void
check_unprivileged(
    struct loader *l, struct service *service, const struct origin *origins)
{
	static const char *const names[] = { "group", "groups", "chroot" };
	struct identity *id;
	struct user user;
	int found = lookup_uid(&l->lookup, geteuid(), &user);
	size_t i;

	/* Who is nobody's name, or cannot be asked for, serves all the same. */
	if (service->user != NULL && found == -1)
		cannot_ask(l, service, ORIGIN("user"), service->user);
	else if (service->user != NULL &&
	    (found != 1 || strcmp(user.name, service->user) != 0))
		loader_error_at(l, ORIGIN("user"),
		    "\"user\": cannot become \"%s\": haild does not run as "
		    "root",
		    service->user);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (ORIGIN(names[i])->file != NULL)
			loader_error_at(l, ORIGIN(names[i]),
			    "\"%s\": haild does not run as root", names[i]);
	if (service->nice < 0)
		loader_error_at(
		    l, ORIGIN("nice"), "\"nice\": below 0 is for root alone");
	check_limits(l, service, origins);
	if (found != 1)
		return;
	id = arena_alloc(l->arena, sizeof(*id));
	fill_identity(l, id, &user);
	service->identity = id;
}

static void
resolve_socket_owner(
    struct loader *l, struct service *service, const struct origin *origins)
{
	struct user user;
	gid_t gid;

	service->socket_uid = service->socket_gid = -1;
	if (service->socket_user != NULL &&
	    find_user(l, service, ORIGIN("socket-user"), service->socket_user,
		&user) == 0)
		service->socket_uid = (int)user.uid;
	if (service->socket_group != NULL &&
	    find_group(l, service, ORIGIN("socket-group"),
		service->socket_group, &gid) == 0)
		service->socket_gid = (int)gid;
}

static size_t
count_names(const char *const *names)
{
	size_t n = 0;

	while (names != NULL && names[n] != NULL)
		n++;
	return n;
}

/*
 * Who may use its Unix sockets.  A name that is missing puts the service out of
 * service, so nobody is let in by a list that is too short.
 */
static void
resolve_allowed(
    struct loader *l, struct service *service, const struct origin *origins)
{
	size_t nuids = count_names(service->allow_user), i;
	size_t ngids = count_names(service->allow_group);
	uid_t *uids = arena_alloc(l->arena, (nuids + 1) * sizeof(*uids));
	gid_t *gids = arena_alloc(l->arena, (ngids + 1) * sizeof(*gids));
	struct user user;

	for (i = 0; i < nuids; i++)
		if (find_user(l, service, ORIGIN("allow-user"),
			service->allow_user[i], &user) == 0)
			uids[i] = user.uid;
	for (i = 0; i < ngids; i++)
		find_group(l, service, ORIGIN("allow-group"),
		    service->allow_group[i], &gids[i]);
	service->allow_uids = uids;
	service->nallow_uids = nuids;
	service->allow_gids = gids;
	service->nallow_gids = ngids;
}

static void
resolve_groups(struct loader *l, struct service *service, struct identity *id,
    const struct origin *origins)
{
	gid_t *list;
	size_t n;

	if (service->group != NULL &&
	    find_group(l, service, ORIGIN("group"), service->group, &id->gid) ==
		-1)
		return;
	if (service->groups == NULL) {
		fill_groups(l, service, ORIGIN("user"), id);
		return;
	}
	n = count_names(service->groups);
	list = arena_alloc(l->arena, (n + 1) * sizeof(*list));
	for (n = 0; service->groups[n] != NULL; n++)
		if (find_group(l, service, ORIGIN("groups"), service->groups[n],
			&list[n]) == -1)
			return;
	set_groups(id, list, n);
}

void
resolve_identity(struct loader *l, const struct config *config,
    struct service *service, const struct origin *origins)
{
	const struct origin here = { service->file, service->line };
	struct identity *id;
	struct user user;

	resolve_socket_owner(l, service, origins);
	resolve_allowed(l, service, origins);
	if (!l->source->root) {
		check_unprivileged(l, service, origins);
		return;
	}
	id = arena_alloc(l->arena, sizeof(*id));
	if (service->user == NULL) {
		if (service->handler == HANDLER_EXEC)
			loader_error_at(l, &here,
			    "service \"%s\": \"exec\" under root needs "
			    "\"user\" (\"root\" must be written too)",
			    service->name);
		*id = config->haild;
		if (service->group == NULL && service->groups == NULL) {
			service->identity = id;
			return;
		}
	} else if (find_user(
		       l, service, ORIGIN("user"), service->user, &user) == 0) {
		fill_identity(l, id, &user);
	} else
		return;
	resolve_groups(l, service, id, origins);
	service->identity = id;
	/* Who reads what a client sends has no privileges. */
	if (id->uid == 0 && service->proxy_from.n > 0)
		loader_error_at(l, ORIGIN("proxy-from"),
		    "\"proxy-from\": service \"%s\" runs as root, who must "
		    "not read what a proxy sends: give it another user",
		    service->name);
}

/* --- where to listen --- */

struct endpoints {
	struct endpoint *list;
	size_t n;
};

static struct endpoint *
add_endpoint(struct endpoints *all)
{
	struct endpoint *e;

	e = reallocarray(all->list, all->n + 1, sizeof(*all->list));
	if (e == NULL)
		abort();
	all->list = e;
	e = &all->list[all->n++];
	memset(e, 0, sizeof(*e));
	return e;
}

/* As lookup_port does. */
static int
find_port(struct loader *l, const char *text, bool dgram, unsigned int *port)
{
	int n = addr_port_number(text);

	if (n == -1)
		return lookup_port(&l->lookup, text, dgram, port);
	*port = (unsigned int)n;
	return 1;
}

static void
add_wildcard(struct loader *l, struct endpoints *all, unsigned int port)
{
	struct endpoint *e;
	char text[32];

	snprintf(text, sizeof(text), "*:%u", port);
	e = add_endpoint(all);
	e->text = arena_strdup(l->arena, text);
	addr_from_numeric(&e->addr, "0.0.0.0", port);
	e = add_endpoint(all);
	e->text = e[-1].text;
	e->twin = true;
	addr_from_numeric(&e->addr, "::", port);
}

static void
add_address(struct loader *l, struct endpoints *all, const struct addr *a)
{
	struct endpoint *e = add_endpoint(all);
	char text[ADDR_TEXT_MAX];

	e->addr = *a;
	e->text = arena_strdup(l->arena, addr_print(a, text, sizeof(text)));
}

static void
add_name(struct loader *l, struct service *service, const struct origin *origin,
    const char *text, const char *host, unsigned int port,
    struct endpoints *all)
{
	struct addr *found;
	size_t i, n;

	if (service->disable)
		return; /* nobody wants to know */
	switch (lookup_host(&l->lookup, host, port, &found, &n)) {
	case -1:
		cannot_ask(l, service, origin, host);
		return;
	case 0:
		loader_missing(l, service, origin,
		    "listen \"%s\": %s: no address is known", text, host);
		return;
	}
	for (i = 0; i < n; i++)
		add_address(l, all, &found[i]);
	free(found);
}

/* Those from the FIRST on are UDP, and say so. */
static void
make_dgram(struct loader *l, struct endpoints *all, size_t first)
{
	char text[sizeof("udp:") + ADDR_TEXT_MAX];

	for (; first < all->n; first++) {
		struct endpoint *e = &all->list[first];

		e->dgram = true;
		snprintf(text, sizeof(text), "udp:%s", e->text);
		e->text = arena_strdup(l->arena, text);
	}
}

static void
resolve_endpoint(struct loader *l, struct service *service,
    const struct origin *origin, const char *text, struct endpoints *all)
{
	bool dgram = strncmp(text, "udp:", 4) == 0;
	const char *where = dgram ? text + 4 : text;
	char host[ADDR_HOST_MAX], port[ADDR_PORT_MAX];
	size_t first = all->n;
	unsigned int n;
	struct addr a;
	int found;

	if (where[0] == '/' && dgram) {
		loader_error_at(
		    l, origin, "listen \"%s\": a path is no UDP address", text);
		return;
	}
	if (where[0] == '/') {
		if (addr_from_path(&a, text) == -1)
			loader_error_at(l, origin,
			    "listen \"%s\": the path "
			    "is longer than %zu bytes",
			    text, ADDR_PATH_MAX);
		else
			add_address(l, all, &a);
		return;
	}
	switch (addr_split(where, host, port)) {
	case ADDR_INVALID:
		loader_error_at(l, origin,
		    "listen \"%s\" is neither "
		    "address:port nor a path",
		    text);
		return;
	case ADDR_PATH:
		loader_error_at(
		    l, origin, "listen \"%s\" is not an absolute path", text);
		return;
	case ADDR_HOST:
		loader_error_at(l, origin, "listen \"%s\" has no port", text);
		return;
	case ADDR_HOST_PORT:
		break;
	}
	if ((found = find_port(l, port, dgram, &n)) == -1)
		cannot_ask(l, service, origin, port);
	else if (found == 0)
		loader_error_at(l, origin, "listen \"%s\": unknown port \"%s\"",
		    text, port);
	else if (strcmp(host, "*") == 0)
		add_wildcard(l, all, n);
	else if (addr_from_numeric(&a, host, n) == 0)
		add_address(l, all, &a);
	else
		add_name(l, service, origin, text, host, n, all);
	if (dgram)
		make_dgram(l, all, first);
}

void
resolve_endpoints(
    struct loader *l, struct service *service, const struct origin *origins)
{
	struct endpoints all = { NULL, 0 };
	const char **texts;
	size_t i, n = 0;

	for (i = 0; service->listen[i] != NULL; i++)
		resolve_endpoint(
		    l, service, ORIGIN("listen"), service->listen[i], &all);
	/* "haild -T" prints what was understood, so that replaces it. */
	texts = arena_alloc(l->arena, (all.n + 1) * sizeof(*texts));
	for (i = 0; i < all.n; i++)
		if (!all.list[i].twin)
			texts[n++] = all.list[i].text;
	if (!service->disable && service->missing == NULL)
		service->listen = texts;
	if (all.n > 0)
		service->endpoints =
		    memcpy(arena_alloc(l->arena, all.n * sizeof(*all.list)),
			all.list, all.n * sizeof(*all.list));
	service->nendpoints = all.n;
	free(all.list);
}

/* --- files --- */

/* PATH as it is seen from inside ROOT (NULL: no chroot), checked. */
static void
check_path(struct loader *l, struct service *service,
    const struct origin *origin, const char *name, const char *root,
    const char *path, bool program)
{
	char full[4096];
	struct stat st;

	/* What is not an absolute path has been refused as one already. */
	if (path == NULL || path[0] != '/' || (root != NULL && root[0] != '/'))
		return;
	snprintf(full, sizeof(full), "%s%s", root != NULL ? root : "", path);
	if (stat(full, &st) == -1)
		loader_missing(l, service, origin, "\"%s\": %s: %s", name, full,
		    strerror(errno));
	else if (!program && !S_ISDIR(st.st_mode))
		loader_missing(l, service, origin,
		    "\"%s\": %s: is not a directory", name, full);
	else if (program &&
	    (!S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0 ||
		access(full, X_OK) == -1))
		loader_missing(l, service, origin,
		    "\"%s\": %s: is not executable", name, full);
}

void
resolve_files(
    struct loader *l, struct service *service, const struct origin *origins)
{
	if (service->chroot != NULL)
		check_path(l, service, ORIGIN("chroot"), "chroot", NULL,
		    service->chroot, false);
	if (service->handler != HANDLER_EXEC &&
	    service->handler != HANDLER_COMMAND)
		return;
	check_path(l, service, ORIGIN("directory"), "directory",
	    service->chroot, service->directory, false);
	if (service->exec != NULL)
		check_path(l, service, ORIGIN("exec"), "exec", service->chroot,
		    service->exec[0], true);
}
