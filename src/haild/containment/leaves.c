#include "haild/containment/leaves.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "haild/containment/leaf_pools.h"
#include "haild/containment/leaves_base.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/pages.h"

/* --- limits --- */

static void
limits_of(const struct service *s, struct cgroup_limits *limits)
{
	bool memory;

	*limits = (struct cgroup_limits) { 0 };
	/* In "commands" they are only defaults of the commands. */
	if (s->handler != HANDLER_COMMANDS) {
		limits->memory = s->memory_max;
		limits->tasks = s->tasks_max;
		limits->cpu = s->cpu_quota;
	}
	memory = limits->memory > 0 || s->service_memory_max > 0;
	limits->kill_at_oom = memory && s->oom_policy == OOM_KILL;
}

static int
set_limits(
    const struct leaves *l, struct leaf *leaf, const struct service *service)
{
	struct leaf_pool *pool = leaf->pool;
	struct cgroup_limits limits,
	    all = { .memory = service->service_memory_max,
		    .tasks = service->service_tasks_max };
	char path[LEAF_PATH_MAX];

	/* Those of a command are its service's. */
	if (service->handler != HANDLER_COMMAND) {
		if (cgroup_limit(l->dir, pool->name, &all, &pool->limits) == -1)
			return -1;
		pool->limits = all;
	}
	limits_of(service, &limits);
	if (cgroup_limit(
		l->dir, leaf_path(leaf, path), &limits, &leaf->limits) == -1)
		return -1;
	leaf->limits = limits;
	return 0;
}

/* A process can move to a full cgroup, but not be cloned into it. */
static bool
is_full(const struct leaves *l, const struct leaf_pool *pool)
{
	return l->join && pool->limits.tasks > 0 &&
	    cgroup_number(l->dir, pool->name, "pids.current", NULL) >=
	    pool->limits.tasks;
}

/* --- for a session --- */

/* A command without limits of its own runs in the leaf of its session. */
static bool
needs_leaf(const struct service *s)
{
	const struct service *c = s->commands;

	if (s->service_memory_max > 0 || s->service_tasks_max > 0)
		return true;
	if (s->handler != HANDLER_COMMANDS)
		return s->sandbox == SANDBOX_STRICT || contain_has_limits(s);
	for (; c != NULL && c->name != NULL; c++)
		if (c->sandbox == SANDBOX_STRICT)
			return true;
	return false;
}

/*
 * Without Delegate=, systemd takes the controllers away at its daemon-reload,
 * and the limits with them.
 */
static void
check_controllers(struct leaves *l)
{
	unsigned int had = l->has, lost;
	int64_t now = clock_now();
	char names[32];

	if (now < l->checked_at + SECOND)
		return;
	l->checked_at = now;
	lost = had & ~CGROUP_LEAVES &
	    ~cgroup_controllers(l->dir, ".", "cgroup.subtree_control");
	if (lost == 0)
		return;
	leaves_enable(l);
	log_warnx(
	    "cgroup %s lost the controllers %s: running sessions lost the "
	    "limits that need them%s; " CGROUP_ADVICE,
	    l->base, cgroup_print(lost, names, sizeof(names)),
	    (l->has & lost) == lost
		? "; controllers enabled again for new sessions"
		: "");
	leaf_pools_renew(l);
}

static int
take_from(struct leaves *l, struct leaf_pool *pool,
    const struct service *limits, uint32_t *index, struct grant *grant)
{
	struct leaf *leaf = leaf_pool_pop(l, pool);
	char path[LEAF_PATH_MAX];
	int error = EDQUOT;

	if (leaf == NULL)
		return -1;
	if (set_limits(l, leaf, limits) == -1 ||
	    (grant->leaf = openat(l->dir, leaf_path(leaf, path),
		 O_PATH | O_DIRECTORY | O_CLOEXEC)) == -1)
		error = errno;
	else if (!is_full(l, pool)) {
		grant->join = l->join;
		if (pool->limits.memory > 0)
			pool->oom =
			    cgroup_number(l->dir, pool->name, LEAF_OOM, "oom");
		leaf->oom = pool->oom;
		*index = leaf_index(l, leaf);
		return 0;
	}
	leaves_started(l, grant);
	grant->leaf = -1;
	leaf_pool_discard(l, leaf);
	errno = error;
	return -1;
}

static int
take(struct leaves *l, const char *service, const struct service *limits,
    uint32_t *index, struct grant *grant)
{
	struct leaf_pool *pool;

	if (needs_leaf(limits))
		check_controllers(l);
	if ((pool = leaf_pool_get(l, service)) == NULL)
		return -1;
	pool->used_at = clock_now();
	if (l->has & CGROUP_MEMORY)
		leaf_pools_due(l, pool->used_at + LEAF_POOL_REFILL);
	if (take_from(l, pool, limits, index, grant) == 0)
		return 0;
	/* Another process may have removed cgroups that were empty. */
	if (errno != ENOENT || leaf_pool_renew(l, pool) == -1)
		return -1;
	return take_from(l, pool, limits, index, grant);
}

int
leaves_take(struct leaves *l, const char *service, const struct service *limits,
    uint32_t *leaf, struct grant *grant)
{
	*leaf = 0;
	if (l->has == 0)
		errno = EOPNOTSUPP;
	else if (take(l, service, limits, leaf, grant) == 0)
		return 0;
	if (needs_leaf(limits))
		return -1;
	if (l->has != 0 && !l->warned)
		log_warnx(
		    "%s: cannot create a cgroup below %s: %s; processes of a "
		    "session may outlive it",
		    service, l->base, strerror(errno));
	l->warned = l->has != 0;
	return 0;
}

void
leaves_started(
    struct leaves *l __attribute__((unused)), const struct grant *grant)
{
	if (grant->leaf != -1)
		close(grant->leaf);
}

static void
add(int64_t *to, int64_t n)
{
	if (n >= 0)
		*to = *to < 0 ? n : *to + n;
}

/* A limit of a service; after an upgrade, only the kernel knows it at first. */
static bool
has_limit(const struct leaves *l, const struct leaf_pool *pool,
    const char *file, int64_t limit)
{
	if (limit == INT64_MAX)
		limit = cgroup_number(l->dir, pool->name, file, NULL);
	return limit > 0;
}

/*
 * Whether a process was killed for a limit of the session or its service.
 * "oom_kill" also counts those that the kernel killed when the host's memory
 * was short.
 */
static bool
is_short(const struct leaves *l, const struct leaf *leaf, const char *path)
{
	struct leaf_pool *pool = leaf->pool;

	if (leaf->limits.memory <= 0 &&
	    !has_limit(l, pool, "memory.max", pool->limits.memory))
		return false;
	if (cgroup_number(l->dir, path, "memory.events", "oom_kill") <= 0)
		return false;
	pool->oom = cgroup_number(l->dir, pool->name, LEAF_OOM, "oom");
	return (pool->oom > 0 && pool->oom > leaf->oom) ||
	    cgroup_number(l->dir, path, LEAF_OOM, "oom") > 0;
}

/* What its present session has used; LEAF has the sum for the next one. */
static void
account(const struct leaves *l, struct leaf *leaf, const char *path,
    struct leaf_account *a)
{
	const struct leaf_pool *pool = leaf->pool;
	int64_t n = cgroup_number(l->dir, path, "cpu.stat", "usage_usec");

	if (n >= 0) {
		add(&a->cpu, n * 1000 - leaf->cpu);
		leaf->cpu = n * 1000;
	} else
		leaf->once = true;
	if (l->has & CGROUP_MEMORY)
		add(&a->memory_peak,
		    cgroup_number(l->dir, path, "memory.peak", NULL));
	if (is_short(l, leaf, path))
		a->memory_limit = true;
	if (leaf->limits.tasks <= 0 &&
	    !has_limit(l, pool, "pids.max", pool->limits.tasks))
		return;
	n = cgroup_number(l->dir, path, "pids.events", "max");
	if (n > leaf->denied)
		a->tasks_limit = true;
	if (n >= 0)
		leaf->denied = n;
}

/*
 * A program that runs as root (podman does so) can have made cgroups below its
 * own, or enabled controllers for them: then no process can start in it.
 */
static bool
is_changed(const struct leaves *l, const char *path)
{
	struct stat st;
	char text[64];

	if (fstatat(l->dir, path, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    st.st_nlink > 2)
		return true;
	return (l->has & ~CGROUP_LEAVES) != 0 &&
	    cgroup_read(
		l->dir, path, "cgroup.subtree_control", text, sizeof(text)) > 1;
}

void
leaves_spoil(struct leaves *l, uint32_t leaf)
{
	l->table[leaf - 1].once = true;
}

bool
leaves_return(struct leaves *l, uint32_t index, bool keep, bool empty,
    struct leaf_account *a)
{
	struct leaf *leaf = &l->table[index - 1];
	char path[LEAF_PATH_MAX];

	leaf_path(leaf, path);
	empty = empty || !cgroup_is_populated(l->dir, path);
	if (!empty && !keep && cgroup_kill(l->dir, path) == -1)
		log_warn("cannot kill the processes of cgroup %s/sessions/%s",
		    l->base, path);
	account(l, leaf, path, a);
	leaf->keep = keep;
	if (empty && !leaf->once && !(l->has & CGROUP_MEMORY) &&
	    leaf->pool->n < LEAF_POOL_MAX && !is_changed(l, path))
		leaf_pool_push(l, leaf);
	else
		leaf_pool_discard(l, leaf);
	/* When its pool is not used any more. */
	leaf_pools_due(l, clock_now() + LEAF_POOL_IDLE);
	return empty;
}

uint32_t
leaves_restore(struct leaves *l, const char *service, const struct leaf *from)
{
	struct leaf_pool *pool;
	struct leaf *leaf;

	if (l->dir <= 0 || (pool = leaf_pool_get(l, service)) == NULL ||
	    (leaf = leaf_pool_adopt(l, pool)) == NULL)
		return 0;
	*leaf = *from;
	leaf->pool = pool;
	leaf->next = 0;
	leaf->once = true;
	if (leaf->number > l->number)
		l->number = leaf->number;
	return leaf_index(l, leaf);
}

/* --- start and stop --- */

int
leaves_init(struct leaves *l, enum leaves_start how)
{
	*l = (struct leaves) { .due = -1, .search = how == LEAVES_RESUME };
	if (how != LEAVES_TEST &&
	    (l->table = pages_map_own(
		 (size_t)LEAVES_MAX * sizeof(*l->table))) == NULL)
		return -1;
	l->level = leaves_find_base(l, how);
	return 0;
}

void
leaves_log_missing(const struct leaves *l)
{
	char text[LEAVES_TEXT_MAX];

	if (l->level != -1)
		log_message(l->level, 0, "containment: %s",
		    leaves_print(l, text, sizeof(text)));
}

void
leaves_finish(struct leaves *l)
{
	if (l->has != 0)
		leaves_remove_base(l);
}

const char *
leaves_print(const struct leaves *l, char *buf, size_t size)
{
	char names[32];

	if (l->has == 0)
		snprintf(buf, size, "no cgroups: %s", l->reason);
	else
		snprintf(buf, size, "cgroup %s, %s%s%s%s", l->base,
		    cgroup_print(l->has, names, sizeof(names)),
		    l->join ? ", without clone3(2)" : "",
		    *l->reason == '\0' ? "" : ": ", l->reason);
	return buf;
}
