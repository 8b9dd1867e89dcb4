#include "load/contain/pools.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "lib/log.h"
#include "load/contain/ids.h"
#include "load/types/rules.h"

/* Above this number of user IDs, users that NSS does not list are not found. */
#define EACH_MAX 16

/* A pool of the configuration. */
struct pool {
	struct pool *next;
	const char *text;
	uid_t first, last;
	struct origin origin;
	bool files_reported, objects_reported;
};

/* What is known of the system, and the pools so far. */
struct pools {
	struct pool *list;
	struct ranges users, groups, subordinate;
	struct ranges uids, gids; /* that can be used at all */
};

static struct pools *
get_pools(struct loader *l)
{
	struct pools *p = l->pools;

	if (p != NULL)
		return p;
	if ((p = calloc(1, sizeof(*p))) == NULL)
		fatal(EX_OSERR, "cannot read users");
	ids_add_users(&p->users);
	ids_add_groups(&p->groups);
	ids_add_subordinate(&p->subordinate, "/etc/subuid");
	ids_add_subordinate(&p->subordinate, "/etc/subgid");
	ids_add_mapped(&p->uids, "/proc/self/uid_map");
	ids_add_mapped(&p->gids, "/proc/self/gid_map");
	l->pools = p;
	return p;
}

void
pools_free(struct loader *l)
{
	struct pools *p = l->pools;
	struct pool *next;

	if (p == NULL)
		return;
	for (; p->list != NULL; p->list = next) {
		next = p->list->next;
		free(p->list);
	}
	ranges_free(&p->users);
	ranges_free(&p->groups);
	ranges_free(&p->subordinate);
	ranges_free(&p->uids);
	ranges_free(&p->gids);
	free(p);
	l->pools = NULL;
}

/* --- a free range --- */

static int64_t
larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The last ID in FIRST to LAST that cannot be used; or -1. */
static int64_t
find_taken(const struct pools *p, int64_t first, int64_t last)
{
	const struct ranges *const used[] = { &p->users, &p->groups,
		&p->subordinate };
	const struct range *found;
	const struct pool *pool;
	int64_t taken = ranges_gap(&p->uids, first, last);
	size_t i;

	if (taken == -1)
		taken = ranges_gap(&p->gids, first, last);
	if (taken != -1)
		return taken; /* the quick test, since many may follow */
	for (i = 0; i < sizeof(used) / sizeof(used[0]); i++)
		if ((found = ranges_find(used[i], first, last)) != NULL)
			taken = larger(taken, found->last);
	for (pool = p->list; pool != NULL; pool = pool->next)
		if (pool->first <= last && first <= pool->last)
			taken = larger(taken, pool->last);
	return taken;
}

const char *
pools_propose(struct loader *l, int64_t n, char *buf, size_t size)
{
	/*
	 * What systemd's table of user IDs leaves unused; then the users of
	 * people, for a namespace that has only 65536 IDs.
	 */
	static const struct {
		int64_t first, last;
	} where[] = { { 200000, 524287 }, { 20000, 59999 }, { 2000, 19999 } };
	struct pools *p = get_pools(l);
	int64_t first, taken;
	size_t i;

	for (i = 0; i < sizeof(where) / sizeof(where[0]); i++)
		for (first = where[i].first; first + n - 1 <= where[i].last;
		     first = taken + 1) {
			taken = find_taken(p, first, first + n - 1);
			if (taken == -1) {
				snprintf(buf, size,
				    "\"" TEXT_POOL "%" PRId64 "-%" PRId64
				    "\" is free",
				    first, first + n - 1);
				return buf;
			}
		}
	snprintf(buf, size,
	    "no %" PRId64
	    " user IDs in a row are free in haild's user "
	    "namespace",
	    n);
	return buf;
}

/* --- the user of a service --- */

bool
pools_named(const char *user)
{
	return user != NULL && strncmp(user, TEXT_POOL, strlen(TEXT_POOL)) == 0;
}

/* A user that is not listed, of an LDAP server for instance. */
static bool
find_unlisted(const struct pool *pool, struct range *found)
{
	static struct user user;
	uid_t uid;

	if (pool->last - pool->first >= EACH_MAX)
		return false;
	for (uid = pool->first; uid <= pool->last; uid++)
		if (lookup_user(NULL, uid, &user) == 1) {
			found->first = uid;
			strlcpy(found->name, user.name, sizeof(found->name));
			return true;
		}
	return false;
}

/* Report IDs of POOL that belong to users, groups or subordinate IDs. */
static void
check_free(struct loader *l, const struct pools *p, const struct pool *pool)
{
	char proposal[POOLS_PROPOSAL_MAX];
	struct range unlisted;
	const struct range *found;
	const char *what = "user";

	found = ranges_find(&p->users, pool->first, pool->last);
	if (found == NULL && find_unlisted(pool, &unlisted))
		found = &unlisted;
	if (found == NULL) {
		found = ranges_find(&p->groups, pool->first, pool->last);
		what = "group";
	}
	if (found != NULL)
		loader_error_at(l, &pool->origin,
		    "\"user\": \"%s\" contains %" PRId64
		    ", which is the %s \"%s\"; %s",
		    pool->text, found->first, what, found->name,
		    pools_propose(l, (int64_t)pool->last - pool->first + 1,
			proposal, sizeof(proposal)));
	found = ranges_find(&p->subordinate, pool->first, pool->last);
	if (found != NULL)
		loader_report(l, false, &pool->origin,
		    "\"user\": \"%s\" overlaps %" PRId64 "-%" PRId64
		    ", which subuid(5) gives to \"%s\": processes of that "
		    "user's containers could signal those of sessions",
		    pool->text, found->first, found->last, found->name);
}

static void
check_mapped(struct loader *l, struct service *service, const struct pools *p,
    const struct pool *pool)
{
	int64_t gap = ranges_gap(&p->uids, pool->first, pool->last);

	if (gap == -1)
		gap = ranges_gap(&p->gids, pool->first, pool->last);
	if (gap != -1)
		loader_missing(l, service, ORIGIN(l, "user"),
		    "\"user\": \"%s\" contains %" PRId64
		    ", which is not mapped in haild's user namespace",
		    pool->text, gap);
}

/* No user ID is in two pools, unless these are the same. */
static void
check_overlap(struct loader *l, const struct pools *p, const struct pool *pool)
{
	const struct pool *other;

	for (other = p->list; other != NULL; other = other->next)
		if (other->first <= pool->last && pool->first <= other->last)
			loader_error_at(l, &pool->origin,
			    "\"user\": \"%s\" overlaps \"%s\" at %s:%d",
			    pool->text, other->text, other->origin.file,
			    other->origin.line);
}

/* The pool of these IDs, or NULL. */
static struct pool *
find_pool(const struct pools *p, uid_t first, uid_t last)
{
	struct pool *pool;

	for (pool = p->list; pool != NULL; pool = pool->next)
		if (pool->first == first && pool->last == last)
			break;
	return pool;
}

/* Check what does not depend on SERVICE once for each pool. */
static void
check_pool(struct loader *l, struct service *service, uid_t first, uid_t last)
{
	struct pools *p = get_pools(l);
	struct pool *pool = find_pool(p, first, last);

	if (pool == NULL) {
		if ((pool = malloc(sizeof(*pool))) == NULL)
			fatal(EX_OSERR, "cannot read users");
		*pool = (struct pool) { p->list, service->user, first, last,
			*ORIGIN(l, "user"), false, false };
		check_overlap(l, p, pool);
		check_free(l, p, pool);
		p->list = pool;
	}
	check_mapped(l, service, p, pool);
}

static void
check_size(struct loader *l, const struct service *service)
{
	int64_t n = (int64_t)service->contained.pool_last -
	    service->contained.pool_first + 1;
	int64_t max = service->wait ? 1 : service->max_sessions;

	if (n < max)
		loader_error_at(l, ORIGIN(l, "user"),
		    "\"user\": \"%s\" has %" PRId64
		    " user IDs, fewer than \"max-sessions\" of \"%s\", which "
		    "is %" PRId64,
		    service->user, n, service->name, max);
}

/* "group" or "groups" beside a pool, but for a default that it overrides. */
static void
check_groups(struct loader *l)
{
	static const char *const names[] = { "group", "groups" };
	size_t i, at;

	for (i = 0; i < 2; i++) {
		at = setting_index(names[i]);
		if (l->own[at].file != NULL ||
		    (l->origins[at].file != NULL &&
			l->own[setting_index("user")].file == NULL))
			loader_error_at(l, &l->origins[at],
			    "\"%s\" does not apply with a pool in \"user\": "
			    "each session has a group of its own",
			    names[i]);
	}
}

static const char *
variable(struct loader *l, const char *name, const char *value)
{
	size_t size = strlen(name) + strlen(value) + 1;
	char *text = arena_alloc(l->arena, size);

	snprintf(text, size, "%s%s", name, value);
	return text;
}

/* The process that becomes one of the pool replaces USER and LOGNAME. */
static void
make_identity(struct loader *l, struct service *service)
{
	struct identity *id = arena_alloc(l->arena, sizeof(*id));
	char name[32];

	*id = (struct identity) {
		.name = service->user,
		.home = service->directory,
		.shell = "/bin/sh",
		.uid = service->contained.pool_first,
		.gid = service->contained.pool_first,
	};
	snprintf(name, sizeof(name), "haild-%u", id->uid);
	id->shell = arena_strdup(l->arena, id->shell);
	id->variables[0] = variable(l, "HOME=", id->home);
	id->variables[1] = variable(l, "USER=", name);
	id->variables[2] = variable(l, "LOGNAME=", name);
	id->variables[3] = variable(l, "SHELL=", id->shell);
	service->identity = id;
}

/* The monitor of commands has no user of the pool: each command has one. */
static void
resolve_monitor(struct loader *l, struct service *service)
{
	struct identity *id = arena_alloc(l->arena, sizeof(*id));

	*id = l->config->haild;
	service->identity = id;
}

bool
pools_resolve(struct loader *l, struct service *service)
{
	struct sandbox *x = &service->contained;
	uid_t first, last;

	x->pool_first = x->pool_last = 0;
	if (!pools_named(service->user))
		return false;
	if (service->handler & HANDLER_OWN) {
		if (l->own[setting_index("user")].file != NULL)
			loader_error_at(l, ORIGIN(l, "user"),
			    "\"user\": a pool does not apply to \"%s\" "
			    "services",
			    setting_handler_name(service->handler));
		service->user = NULL; /* a default for other services */
		return false;
	}
	check_groups(l);
	/* What is wrong with the text has been reported. */
	if (text_check_user(service->user) != NULL ||
	    !text_pool(service->user, &first, &last))
		return true;
	if (!l->source->root) {
		loader_missing(l, service, ORIGIN(l, "user"),
		    "\"user\": \"%s\" needs root", service->user);
		return true;
	}
	if (service->handler == HANDLER_COMMANDS) {
		resolve_monitor(l, service);
		return true;
	}
	x->pool_first = first;
	x->pool_last = last;
	check_size(l, service);
	check_pool(l, service, first, last);
	make_identity(l, service);
	return true;
}

void
pools_advise(struct loader *l, const struct service *service)
{
	const struct sandbox *x = &service->contained;
	struct pool *pool;

	if (x->pool_first == 0 ||
	    (pool = find_pool(get_pools(l), x->pool_first, x->pool_last)) ==
		NULL)
		return;
	if (!service->private_tmp && !pool->files_reported &&
	    service->protect_system != PROTECT_SYSTEM_STRICT) {
		pool->files_reported = true;
		loader_report(l, false, ORIGIN(l, "user"),
		    "\"user\": files that a session of \"%s\" leaves in /tmp "
		    "belong to a later one with the same user ID: add "
		    "private-tmp = true",
		    service->name);
	}
	if (!service->private_ipc && !pool->objects_reported) {
		pool->objects_reported = true;
		loader_report(l, false, ORIGIN(l, "user"),
		    "\"user\": shared memory, semaphores and queues that a "
		    "session of \"%s\" leaves belong to a later one with the "
		    "same user ID: add private-ipc = true",
		    service->name);
	}
}
