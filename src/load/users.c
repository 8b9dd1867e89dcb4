/*
 * users.c -- the users and groups of a configuration.
 */

#include "load/service.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load/lookup.h"

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

/* As privileges.c needs them: sorted, and none twice. */
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

/*
 * WHAT ("user", "group") NAME was FOUND as lookup.h has it.  SERVICE has it in
 * SETTING; both are NULL where haild itself needs it.  Returns 0, or -1
 * (reported).
 */
static int
require(struct loader *l, struct service *service, const char *setting,
    int found, const char *what, const char *name)
{
	const struct origin *origin =
	    setting != NULL ? ORIGIN(l, setting) : NULL;

	if (found == 0)
		loader_missing(
		    l, service, origin, "%s \"%s\" does not exist", what, name);
	else if (found == -1)
		loader_missing(l, service, origin,
		    "cannot look up %s \"%s\": %s", what, name,
		    strerror(errno));
	return found == 1 ? 0 : -1;
}

/* The groups that initgroups(3) sets. */
static void
fill_groups(struct loader *l, struct service *service, const char *setting,
    struct identity *id)
{
	gid_t *groups, *list;
	size_t n;

	if (require(l, service, setting,
		lookup_groups(id->name, id->gid, &groups, &n), "groups of",
		id->name) == -1)
		return;
	list = memcpy(arena_alloc(l->arena, n * sizeof(*list)), groups,
	    n * sizeof(*list));
	free(groups);
	set_groups(id, list, n);
}

void
users_resolve_own(struct loader *l, const char *name, struct identity *id)
{
	struct user user;
	int found = lookup_user(name, 0, &user);

	if (found == 0) {
		loader_warn(
		    l, "user \"%s\" does not exist; using \"nobody\"", name);
		name = "nobody";
		found = lookup_user(name, 0, &user);
	}
	if (require(l, NULL, NULL, found, "user", name) == -1)
		return;
	fill_identity(l, id, &user);
	fill_groups(l, NULL, NULL, id);
}

/* Returns 0, or -1 (reported). */
static int
find_user(struct loader *l, struct service *service, const char *setting,
    const char *name, struct user *user)
{
	return require(
	    l, service, setting, lookup_user(name, 0, user), "user", name);
}

static int
find_group(struct loader *l, struct service *service, const char *setting,
    const char *name, gid_t *gid)
{
	return require(
	    l, service, setting, lookup_group(name, gid), "group", name);
}

/* --- without root --- */

/* Whether LIMIT, one of SERVICE's, is above that of this process. */
static bool
is_above_own(const struct service *service, const struct limit *limit)
{
	struct rlimit own;

	return getrlimit(
		   (__rlimit_resource_t)(limit - service->limits), &own) == 0 &&
	    limit->hard > own.rlim_max;
}

/* A process stays the user it is: only that may be configured. */
static void
check_unprivileged(struct loader *l, struct service *service)
{
	struct identity *id;
	struct user user, wanted;
	int found = lookup_user(NULL, geteuid(), &user);
	size_t i;

	/* A uid without an entry is served all the same. */
	if (service->user != NULL && found == -1)
		require(l, service, "user", found, "user", service->user);
	else if (service->user != NULL &&
	    (found != 1 || lookup_user(service->user, 0, &wanted) != 1 ||
		wanted.uid != user.uid))
		loader_error_at(l, ORIGIN(l, "user"),
		    "\"user\": cannot become \"%s\": haild does not run as "
		    "root",
		    service->user);
	for (i = 0; i < nsettings; i++) {
		if (l->origins[i].file == NULL)
			continue;
		if (settings[i].flags & ROOT)
			loader_error_at(l, &l->origins[i],
			    "\"%s\": haild does not run as root",
			    settings[i].name);
		if (settings[i].type == &type_limit &&
		    is_above_own(service, setting_field(&settings[i], service)))
			loader_error_at(l, &l->origins[i],
			    "\"%s\": haild's own limit is lower, and haild "
			    "does not run as root",
			    settings[i].name);
	}
	if (service->nice < 0)
		loader_error_at(l, ORIGIN(l, "nice"),
		    "\"nice\": a value below 0 needs root, and haild does not "
		    "run as root");
	if (found != 1)
		return;
	id = arena_alloc(l->arena, sizeof(*id));
	fill_identity(l, id, &user);
	service->identity = id;
}

/* --- services --- */

static void
resolve_socket_owner(struct loader *l, struct service *service)
{
	struct user user;
	gid_t gid;

	service->socket_uid = service->socket_gid = -1;
	/* A command has no socket. */
	if (service->handler == HANDLER_COMMAND)
		return;
	if (service->socket_user != NULL &&
	    find_user(l, service, "socket-user", service->socket_user, &user) ==
		0)
		service->socket_uid = (int)user.uid;
	if (service->socket_group != NULL &&
	    find_group(
		l, service, "socket-group", service->socket_group, &gid) == 0)
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

/* The groups NAMES, as *N numbers.  Returns 0, or -1 (reported). */
static int
find_groups(struct loader *l, struct service *service, const char *setting,
    const char *const *names, gid_t **gids, size_t *n)
{
	size_t i;
	int result = 0;

	*n = count_names(names);
	*gids = arena_alloc(l->arena, (*n + 1) * sizeof(**gids));
	for (i = 0; i < *n; i++)
		if (find_group(l, service, setting, names[i], &(*gids)[i]) ==
		    -1)
			result = -1;
	return result;
}

/*
 * The users and groups that may use its Unix sockets.  With a name that does
 * not exist the service is out of service, so that no list is shorter than it
 * was written.
 */
static void
resolve_allowed(struct loader *l, struct service *service)
{
	size_t n = count_names(service->allow_user), i;
	uid_t *uids = arena_alloc(l->arena, (n + 1) * sizeof(*uids));
	struct user user;
	gid_t *gids;

	for (i = 0; i < n; i++)
		if (find_user(l, service, "allow-user", service->allow_user[i],
			&user) == 0)
			uids[i] = user.uid;
	service->allow_uids = uids;
	service->nallow_uids = n;
	find_groups(l, service, "allow-group", service->allow_group, &gids,
	    &service->nallow_gids);
	service->allow_gids = gids;
}

static void
resolve_groups(struct loader *l, struct service *service, struct identity *id)
{
	gid_t *list;
	size_t n;

	if (service->group != NULL &&
	    find_group(l, service, "group", service->group, &id->gid) == -1)
		return;
	if (service->groups == NULL) {
		fill_groups(l, service, "user", id);
		return;
	}
	if (find_groups(l, service, "groups", service->groups, &list, &n) == 0)
		set_groups(id, list, n);
}

/* The user that it runs as under root. */
static void
resolve_identity(struct loader *l, struct service *service)
{
	struct identity *id = arena_alloc(l->arena, sizeof(*id));
	struct user user;

	if (service->user != NULL) {
		if (find_user(l, service, "user", service->user, &user) == -1)
			return;
		fill_identity(l, id, &user);
	} else {
		if (service->handler == HANDLER_EXEC)
			loader_error_at(l, &l->here,
			    "service \"%s\": haild runs as root, so \"exec\" "
			    "needs \"user\" (for root, user = \"root\")",
			    service->name);
		*id = l->config->haild;
	}
	service->identity = id;
	if (service->user != NULL || service->group != NULL ||
	    service->groups != NULL)
		resolve_groups(l, service, id);
	/* The process that reads what a client sends has no privileges. */
	if (id->uid == 0 && service->proxy_from.n > 0)
		loader_error_at(l, ORIGIN(l, "proxy-from"),
		    "\"proxy-from\": service \"%s\" runs as root, which must "
		    "not read what a proxy sends: use another \"user\"",
		    service->name);
}

void
users_resolve(struct loader *l, struct service *service)
{
	resolve_socket_owner(l, service);
	resolve_allowed(l, service);
	if (l->source->root)
		resolve_identity(l, service);
	else
		check_unprivileged(l, service);
}

void
users_default_privileges(struct loader *l, struct service *service)
{
	uid_t uid =
	    service->identity != NULL ? service->identity->uid : geteuid();

	if (ORIGIN(l, "no-new-privileges")->file == NULL)
		service->no_new_privileges = uid != 0;
}
