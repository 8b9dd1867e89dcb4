#include "load/service.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load/names.h"

/* "NAME=value" in the arena. */
static const char *
variable(struct loader *l, const char *name, const char *value)
{
	size_t size = strlen(name) + 1 + strlen(value) + 1;
	char *text = arena_alloc(l->arena, size);

	snprintf(text, size, "%s=%s", name, value);
	return text;
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

void
users_fill(struct loader *l, struct identity *id, const struct user *user,
    const gid_t *groups, size_t n)
{
	gid_t *list = arena_alloc(l->arena, (n + 1) * sizeof(*list));

	id->name = arena_strdup(l->arena, user->name);
	id->home = arena_strdup(l->arena, user->home);
	id->shell = arena_strdup(
	    l->arena, user->shell[0] != '\0' ? user->shell : "/bin/sh");
	id->uid = user->uid;
	id->gid = user->gid;
	id->variables[0] = variable(l, "HOME", id->home);
	id->variables[1] = variable(l, "USER", id->name);
	id->variables[2] = variable(l, "LOGNAME", id->name);
	id->variables[3] = variable(l, "SHELL", id->shell);
	id->groups = n > 0 ? memcpy(list, groups, n * sizeof(*list)) : NULL;
	id->ngroups = n;
}

/* Its groups become those that initgroups(3) sets. */
static void
add_primary(struct loader *l, struct identity *id)
{
	size_t n = id->ngroups;
	gid_t *list = arena_alloc(l->arena, (n + 1) * sizeof(*list));

	if (n > 0)
		memcpy(list, id->groups, n * sizeof(*list));
	list[n] = id->gid;
	set_groups(id, list, n + 1);
}

/*
 * Look up the user or group NAME.  SERVICE has it in SETTING; both are NULL
 * where haild itself needs it.  Returns NULL if it was not found (reported).
 */
static const struct known_name *
require(struct loader *l, struct service *service, const char *setting,
    enum name_kind kind, const char *name)
{
	const struct origin *origin =
	    setting != NULL ? ORIGIN(l, setting) : NULL;
	const char *what = kind == NAME_GROUP ? "group" : "user";
	const struct answer *a = names_ask(l, kind, name);

	if (a->found == 0)
		loader_missing(
		    l, service, origin, "%s \"%s\" does not exist", what, name);
	else if (a->found == -1)
		loader_missing(l, service, origin,
		    "cannot look up %s \"%s\": %s", what, name, a->why);
	return a->name;
}

void
users_resolve_own(struct loader *l, struct service *service, const char *name,
    struct identity *id)
{
	const struct known_name *found;

	if (names_ask(l, NAME_USER, name)->found == 0) {
		loader_warn(
		    l, "user \"%s\" does not exist; using \"nobody\"", name);
		name = "nobody";
	}
	found = require(l, service, NULL, NAME_USER, name);
	if (found == NULL)
		return;
	*id = found->user;
	add_primary(l, id);
}

/* Returns NULL if there is none (reported). */
static const struct identity *
find_user(struct loader *l, struct service *service, const char *setting,
    const char *name)
{
	const struct known_name *found =
	    require(l, service, setting, NAME_USER, name);

	return found != NULL ? &found->user : NULL;
}

/* Returns 0, or -1 (reported). */
static int
find_group(struct loader *l, struct service *service, const char *setting,
    const char *name, gid_t *gid)
{
	const struct known_name *found =
	    require(l, service, setting, NAME_GROUP, name);

	if (found == NULL)
		return -1;
	*gid = found->number;
	return 0;
}

/* --- inetd.conf --- */

/* True also if that is not known: it is not another user's name then. */
static bool
is_user(struct loader *l, const char *name)
{
	return names_ask(l, NAME_USER, name)->found != 0;
}

char *
users_split(struct loader *l, char *text)
{
	char *dot = strrchr(text, '.');

	if (dot == NULL || l->names == NULL || is_user(l, text))
		return NULL;
	for (; dot != NULL; dot = memrchr(text, '.', (size_t)(dot - text))) {
		*dot = '\0';
		if (dot[1] != '\0' && is_user(l, text))
			return dot + 1;
		*dot = '.';
	}
	return NULL;
}

void
users_resolve_control(struct loader *l)
{
	struct config *config = l->config;
	gid_t g;

	config->control_gid = -1;
	config->control_is_preset = ORIGIN(l, "control")->file == NULL;
	if (l->source->listen != NULL)
		config->control = NULL; /* it runs beside another haild */
	if (config->control_group != NULL &&
	    find_group(l, NULL, "control-group", config->control_group, &g) ==
		0)
		config->control_gid = (int)g;
	if (config->speaker.name == NULL)
		config->speaker = config->haild;
	if (l->source->root &&
	    names_ask(l, NAME_USER, "haild-speaker")->found == 1)
		users_resolve_own(l, NULL, "haild-speaker", &config->speaker);
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

/* Whether NAME, which may also be a number, is the user of SELF. */
static bool
is_own_user(struct loader *l, const struct answer *self, const char *name)
{
	const struct answer *wanted;

	if (self->found != 1)
		return false;
	if (strcmp(self->name->user.name, name) == 0)
		return true;
	wanted = names_ask(l, NAME_USER, name);
	return wanted->found == 1 &&
	    wanted->name->user.uid == self->name->user.uid;
}

/* A process stays the user it is: only that may be configured. */
static void
check_unprivileged(struct loader *l, struct service *service)
{
	const struct answer *self = names_ask(l, NAME_SELF, NAMES_SELF);
	size_t i;

	/* A uid without an entry is served all the same. */
	if (service->user != NULL && self->found == -1)
		loader_missing(l, service, ORIGIN(l, "user"),
		    "cannot look up user \"%s\": %s", service->user, self->why);
	else if (service->user != NULL && !is_own_user(l, self, service->user))
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
	if (self->found == 1)
		service->identity = &self->name->user;
}

/* --- services --- */

static void
resolve_socket_owner(struct loader *l, struct service *service)
{
	const struct identity *user;
	gid_t gid;

	service->socket_uid = service->socket_gid = -1;
	/* A command has no socket. */
	if (service->handler == HANDLER_COMMAND)
		return;
	if (service->socket_user != NULL &&
	    (user = find_user(
		 l, service, "socket-user", service->socket_user)) != NULL)
		service->socket_uid = (int)user->uid;
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
	const struct identity *user;
	gid_t *gids;

	for (i = 0; i < n; i++)
		if ((user = find_user(l, service, "allow-user",
			 service->allow_user[i])) != NULL)
			uids[i] = user->uid;
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
	if (service->groups == NULL)
		add_primary(l, id);
	else if (find_groups(
		     l, service, "groups", service->groups, &list, &n) == 0)
		set_groups(id, list, n);
}

/* The user that it runs as under root. */
static void
resolve_identity(struct loader *l, struct service *service)
{
	struct identity *id = arena_alloc(l->arena, sizeof(*id));
	const struct identity *user;

	if (service->user != NULL) {
		user = find_user(l, service, "user", service->user);
		if (user == NULL)
			return;
		*id = *user;
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
	/*
	 * The process that reads from clients has no privileges.  With TLS it
	 * is the relay.
	 */
	if (id->uid == 0 && service->proxy_from.n > 0 && !service->tls)
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
	if (pools_resolve(l, service))
		return;
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

	if (ORIGIN(l, "no-new-privileges")->file == NULL &&
	    service->sandbox == SANDBOX_NONE)
		service->no_new_privileges = uid != 0;
}
