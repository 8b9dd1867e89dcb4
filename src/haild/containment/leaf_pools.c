#include "haild/containment/leaf_pools.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/number.h"

#define BURST 64 /* cgroups made or removed in a turn */
#define RETRY_MIN (SECOND / 100)
#define RETRY_MAX (60 * SECOND)

const char *
leaf_path(const struct leaf *leaf, char path[LEAF_PATH_MAX])
{
	snprintf(path, LEAF_PATH_MAX, "%s/%u", leaf->pool->name, leaf->number);
	return path;
}

void
leaf_pools_due(struct leaves *l, int64_t at)
{
	l->due = clock_sooner(l->due, at);
}

/* --- the table --- */

struct leaf *
leaf_pool_adopt(struct leaves *l, struct leaf_pool *pool)
{
	struct leaf *leaf;

	if (l->free != 0) {
		leaf = &l->table[l->free - 1];
		l->free = leaf->next;
	} else if (l->used < LEAVES_MAX)
		leaf = &l->table[l->used++];
	else {
		errno = ENOSPC;
		return NULL;
	}
	*leaf = (struct leaf) { .pool = pool };
	pool->live++;
	return leaf;
}

uint32_t
leaf_index(const struct leaves *l, const struct leaf *leaf)
{
	return (uint32_t)(leaf - l->table) + 1;
}

static void
forget(struct leaves *l, struct leaf *leaf)
{
	leaf->pool->live--;
	leaf->pool = NULL;
	leaf->next = l->free;
	l->free = leaf_index(l, leaf);
}

const struct leaf *
leaf_pools_at(const struct leaves *l, uint32_t leaf)
{
	return &l->table[leaf - 1];
}

/* It is not used again: remove it when it is empty. */
void
leaf_pool_discard(struct leaves *l, struct leaf *leaf)
{
	leaf->next = 0;
	if (l->leaving == 0)
		l->leaving = leaf_index(l, leaf);
	else
		l->table[l->leaving_last - 1].next = leaf_index(l, leaf);
	l->leaving_last = leaf_index(l, leaf);
	l->nleaving++;
	l->retry_delay = RETRY_MIN;
	leaf_pools_due(l, clock_now() + RETRY_MIN);
}

/* --- pools --- */

static struct leaf_pool *
find_pool(struct leaves *l, const char *service)
{
	struct leaf_pool **at = &l->pools, *p;

	while ((p = *at) != NULL && strcmp(p->name, service) != 0)
		at = &p->next;
	if (p == NULL || at == &l->pools)
		return p;
	/* Busy ones come first. */
	*at = p->next;
	p->next = l->pools;
	return l->pools = p;
}

/* Make its cgroup; an old one may have the limits of before an upgrade. */
static int
prepare(const struct leaves *l, struct leaf_pool *p)
{
	if (mkdirat(l->dir, p->name, 0755) == -1 && errno != EEXIST)
		return -1;
	p->limits =
	    (struct cgroup_limits) { .memory =
					 l->has & CGROUP_MEMORY ? INT64_MAX : 0,
		    .tasks = l->has & CGROUP_PIDS ? INT64_MAX : 0 };
	cgroup_enable(l->dir, p->name, l->has & ~CGROUP_LEAVES);
	p->oom = cgroup_number(l->dir, p->name, LEAF_OOM, "oom");
	return 0;
}

struct leaf_pool *
leaf_pool_get(struct leaves *l, const char *service)
{
	struct leaf_pool *p = find_pool(l, service);
	size_t len = strlen(service) + 1;

	if (p != NULL)
		return p;
	if (len > SERVICE_NAME_MAX + 1 || strchr(service, '/') != NULL) {
		errno = EINVAL;
		return NULL;
	}
	if ((p = calloc(1, sizeof(*p) + len)) == NULL)
		return NULL;
	memcpy(p->name, service, len);
	if (prepare(l, p) == -1) {
		free(p);
		return NULL;
	}
	p->next = l->pools;
	return l->pools = p;
}

/* Make a new cgroup.  Returns it, or NULL with errno. */
static struct leaf *
make_leaf(struct leaves *l, struct leaf_pool *pool)
{
	struct leaf *leaf = leaf_pool_adopt(l, pool);
	char path[LEAF_PATH_MAX];
	int error, result;

	if (leaf == NULL)
		return NULL;
	do {
		leaf->number = ++l->number;
		result = mkdirat(l->dir, leaf_path(leaf, path), 0755);
	} while (result == -1 && errno == EEXIST);
	if (result == 0)
		return leaf;
	error = errno;
	forget(l, leaf);
	errno = error;
	return NULL;
}

void
leaf_pool_push(struct leaves *l, struct leaf *leaf)
{
	leaf->next = leaf->pool->first;
	leaf->pool->first = leaf_index(l, leaf);
	leaf->pool->n++;
	leaf->pool->live--;
}

struct leaf *
leaf_pool_pop(struct leaves *l, struct leaf_pool *pool)
{
	struct leaf *leaf;

	if (pool->first == 0) {
		if (pool->wanted < LEAF_POOL_MAX)
			pool->wanted = pool->wanted == 0 ? 1 : pool->wanted * 2;
		return make_leaf(l, pool);
	}
	leaf = &l->table[pool->first - 1];
	pool->first = leaf->next;
	pool->n--;
	pool->live++;
	return leaf;
}

/* --- what is due --- */

/* Remove those that are empty; each is tried once in a while. */
static void
remove_some(struct leaves *l, int64_t now)
{
	uint32_t n = l->nleaving < BURST ? l->nleaving : BURST, before;
	char path[LEAF_PATH_MAX];
	struct leaf *leaf;

	before = l->nleaving;
	while (n-- > 0) {
		leaf = &l->table[l->leaving - 1];
		l->leaving = leaf->next;
		l->nleaving--;
		leaf_path(leaf, path);
		if (cgroup_remove(l->dir, path) == 0 || errno == ENOENT) {
			forget(l, leaf);
			continue;
		}
		if (!leaf->keep)
			cgroup_kill(l->dir, path);
		leaf->next = 0;
		if (l->leaving == 0)
			l->leaving = leaf_index(l, leaf);
		else
			l->table[l->leaving_last - 1].next =
			    leaf_index(l, leaf);
		l->leaving_last = leaf_index(l, leaf);
		l->nleaving++;
	}
	if (l->nleaving == 0)
		return;
	l->retry_delay = before > l->nleaving ? RETRY_MIN : l->retry_delay * 2;
	if (l->retry_delay > RETRY_MAX)
		l->retry_delay = RETRY_MAX;
	leaf_pools_due(l, now + l->retry_delay);
}

/* Discard the free leaves of a pool that is not in use, or of all. */
static void
empty_pool(struct leaves *l, struct leaf_pool *p)
{
	while (p->first != 0)
		leaf_pool_discard(l, leaf_pool_pop(l, p));
	p->wanted = 0;
}

static void
look_after_pools(struct leaves *l, int64_t now)
{
	struct leaf_pool **at = &l->pools, *p;
	struct leaf *leaf;
	int made = 0;

	while ((p = *at) != NULL) {
		if (now - p->used_at >= LEAF_POOL_IDLE && p->live == 0 &&
		    p->n == 0) {
			cgroup_remove(l->dir, p->name);
			*at = p->next;
			free(p);
			continue;
		}
		at = &p->next;
		if (now - p->used_at >= LEAF_POOL_IDLE) {
			empty_pool(l, p);
			continue;
		}
		/* With other controllers a leaf is used again. */
		if (l->has & CGROUP_MEMORY &&
		    now - p->used_at >= LEAF_POOL_REFILL)
			while (p->n < p->wanted && made++ < BURST &&
			    (leaf = make_leaf(l, p)) != NULL)
				leaf_pool_push(l, leaf);
		if (p->n < p->wanted && l->has & CGROUP_MEMORY)
			leaf_pools_due(l, now + LEAF_POOL_REFILL);
		leaf_pools_due(l, p->used_at + LEAF_POOL_IDLE);
	}
}

int
leaf_pool_renew(struct leaves *l, struct leaf_pool *p)
{
	empty_pool(l, p);
	return prepare(l, p);
}

void
leaf_pools_renew(struct leaves *l)
{
	struct leaf_pool *p;
	uint32_t i;

	for (p = l->pools; p != NULL; p = p->next)
		leaf_pool_renew(l, p);
	/* Leaves in use have lost their limits, too: do not reuse them. */
	for (i = 0; i < l->used; i++)
		l->table[i].once = true;
}

static int
compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* The numbers of those that are known, sorted. */
static uint32_t *
list_known(const struct leaves *l, size_t *n)
{
	uint32_t *list = calloc((size_t)l->used + 1, sizeof(*list)), i;

	*n = 0;
	for (i = 0; list != NULL && i < l->used; i++)
		if (l->table[i].pool != NULL)
			list[(*n)++] = l->table[i].number;
	if (list != NULL)
		qsort(list, *n, sizeof(*list), compare_numbers);
	return list;
}

static void
search_in(
    struct leaves *l, const char *service, const uint32_t *known, size_t nknown)
{
	struct leaf_pool *pool = leaf_pool_get(l, service);
	int fd = openat(l->dir, service, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *e;
	struct leaf *leaf;
	uint32_t number;
	int64_t n;

	while (d != NULL && pool != NULL && (e = readdir(d)) != NULL) {
		if (!number_parse(e->d_name, 1, UINT32_MAX, &n))
			continue;
		number = (uint32_t)n;
		if (bsearch(&number, known, nknown, sizeof(number),
			compare_numbers) != NULL ||
		    (leaf = leaf_pool_adopt(l, pool)) == NULL)
			continue;
		leaf->number = number;
		leaf->keep = true;
		leaf_pool_discard(l, leaf);
	}
	if (d != NULL)
		closedir(d);
}

/*
 * Let all cgroups that this image does not know be removed when they are empty:
 * those of pools before an upgrade, and those whose processes are kept.
 */
static void
search(struct leaves *l)
{
	int fd = openat(l->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *e;
	uint32_t *known;
	size_t n;

	l->search = false;
	if ((known = list_known(l, &n)) != NULL)
		while (d != NULL && (e = readdir(d)) != NULL)
			if (e->d_type == DT_DIR && e->d_name[0] != '.')
				search_in(l, e->d_name, known, n);
	free(known);
	if (d != NULL)
		closedir(d);
}

int64_t
leaf_pools_expire(struct leaves *l, int64_t now)
{
	if (l->has == 0 || (!l->search && (l->due == -1 || now < l->due)))
		return l->has == 0 ? -1 : l->due;
	if (l->search)
		search(l);
	l->due = -1;
	remove_some(l, now);
	look_after_pools(l, now);
	return l->due;
}
