#include "load/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "load/memory.h"
#include "load/names/entries.h"
#include "load/service.h"

/* In the place of a user's own group: "group" of haild.conf(5) may differ. */
#define NO_GROUP ((gid_t)-1)

#define STACK_SIZE ((size_t)1 << 20) /* NSS modules may need much */

/* --- in a thread --- */

static void
find_user(const char *name, struct result *r)
{
	size_t i, n = 0;

	r->found = lookup_user(name, name != NULL ? 0 : geteuid(), &r->user);
	if (r->found != 1 || name == NULL)
		return;
	r->found =
	    lookup_groups(r->user.name, NO_GROUP, &r->groups, &r->ngroups);
	for (i = 0; i < r->ngroups; i++)
		if (r->groups[i] != NO_GROUP)
			r->groups[n++] = r->groups[i];
	r->ngroups = n;
}

/*
 * TEXT is "ADDRESS%INTERFACE".  It is resolved like a name, because an
 * interface can be created later, and has another number each time.
 */
static void
find_scoped(const char *text, struct result *r)
{
	r->why = "its interface does not exist";
	r->addrs = memory_resize(NULL, 1, sizeof(*r->addrs));
	r->naddrs = addr_from_numeric(r->addrs, text, 0) == 0;
	r->found = r->naddrs > 0;
}

static void
find(enum name_kind kind, const char *text, struct result *r)
{
	gid_t gid = 0;

	if (kind == NAME_TARGET && strchr(text, '%') != NULL) {
		find_scoped(text, r);
		return;
	}
	if (kind == NAME_HOST || kind == NAME_TARGET) {
		r->found = lookup_host(text, &r->addrs, &r->naddrs, &r->why);
		return;
	}
	if (kind == NAME_USER || kind == NAME_SELF)
		find_user(kind == NAME_USER ? text : NULL, r);
	else if (kind == NAME_GROUP) {
		r->found = lookup_group(text, &gid);
		r->number = gid;
	} else
		r->found = lookup_port(text, kind == NAME_UDP_PORT, &r->number);
	/* Not strerror: another thread may call it. */
	r->why = r->found == -1 ? strerrordesc_np(errno) : "does not exist";
}

/* Look up one queued name, if there is one.  Called with the lock. */
static bool
find_queued(struct names *names)
{
	struct entry *e;

	TAILQ_FOREACH(e, &names->entries, next)
		if (e->state == QUEUED)
			break;
	if (e == NULL)
		return false;
	e->state = RUNNING;
	names->nqueued--;
	pthread_mutex_unlock(&names->lock);
	find(e->kind, e->text, &e->result);
	pthread_mutex_lock(&names->lock);
	e->state = DONE;
	names->nopen--;
	pthread_cond_broadcast(&names->done);
	return true;
}

static void
free_names(struct names *names)
{
	struct entry *e;

	while ((e = TAILQ_FIRST(&names->entries)) != NULL) {
		TAILQ_REMOVE(&names->entries, e, next);
		free(e->result.groups);
		free(e->result.addrs);
		free(e->text);
		free(e->answer);
		free(e);
	}
	free(names);
}

static void *
work(void *arg)
{
	struct names *names = arg;
	bool last;

	pthread_mutex_lock(&names->lock);
	while (!names->ended)
		if (!find_queued(names)) {
			names->nidle++;
			pthread_cond_wait(&names->queued, &names->lock);
			names->nidle--;
		}
	last = --names->nthreads == 0 && names->abandoned;
	pthread_mutex_unlock(&names->lock);
	if (last)
		free_names(names);
	return NULL;
}

/* --- in the loader --- */

/* A name is queued: wake or start a thread for it.  Called with the lock. */
static void
use_thread(struct names *names)
{
	pthread_attr_t attr;

	if (++names->nqueued <= names->nidle)
		pthread_cond_signal(&names->queued);
	if (names->nqueued <= names->nidle || names->nthreads == NAMES_AT_ONCE)
		return;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	if (pthread_create(
		&names->threads[names->nthreads], &attr, work, names) == 0)
		names->nthreads++;
	pthread_attr_destroy(&attr);
	if (names->nthreads == 0)
		find_queued(names);
}

/* Whether to use the answer of the configuration that is read again. */
static bool
is_reused(const struct names *names, enum name_kind kind, const char *text)
{
	bool reuse =
	    kind == NAME_TARGET ? names->reuse_targets : names->reuse_others;

	return reuse && names_find(names->again, kind, text) != NULL;
}

struct entry *
names_entry(struct names *names, enum name_kind kind, const char *text)
{
	struct entry *e;

	TAILQ_FOREACH(e, &names->entries, next)
		if (e->kind == kind && strcmp(e->text, text) == 0)
			return e;
	e = memory_resize(NULL, 1, sizeof(*e));
	*e = (struct entry) { .kind = kind, .text = memory_strdup(text) };
	e->deadline = clock_now() + NAMES_SOON; /* at least */
	e->reused = is_reused(names, kind, text);
	pthread_mutex_lock(&names->lock);
	TAILQ_INSERT_TAIL(&names->entries, e, next);
	if (e->reused)
		e->state = DONE;
	else {
		names->nopen++;
		use_thread(names);
	}
	pthread_mutex_unlock(&names->lock);
	return e;
}

static bool
expect(struct names *names, enum name_kind kind, const char *text)
{
	struct entry *e = names_entry(names, kind, text);
	bool done;

	pthread_mutex_lock(&names->lock);
	done = e->state == DONE;
	pthread_mutex_unlock(&names->lock);
	return done;
}

int64_t
names_time_for(const struct names *names, const struct entry *e)
{
	bool host = e->kind == NAME_HOST || e->kind == NAME_TARGET;

	return !host && names->wait < NAMES_LOCAL ? (int64_t)NAMES_LOCAL
						  : names->wait;
}

bool
names_wait_for(struct names *names, const struct entry *e)
{
	int64_t until = names->start + names_time_for(names, e);
	struct timespec ts;
	bool done;

	until = until < e->deadline ? e->deadline : until;
	ts = (struct timespec) { until / SECOND, until % SECOND };
	pthread_mutex_lock(&names->lock);
	while (e->state != DONE &&
	    pthread_cond_clockwait(
		&names->done, &names->lock, CLOCK_MONOTONIC, &ts) == 0)
		continue;
	done = e->state == DONE;
	pthread_mutex_unlock(&names->lock);
	return done;
}

struct names *
names_create(const struct config_source *source)
{
	struct names *names = memory_resize(NULL, 1, sizeof(*names));

	*names = (struct names) { .lock = PTHREAD_MUTEX_INITIALIZER,
		.queued = PTHREAD_COND_INITIALIZER,
		.done = PTHREAD_COND_INITIALIZER,
		.start = clock_now(),
		.wait = NAMES_SOON,
		.again = source->again,
		.reuse_others = source->resolve };
	TAILQ_INIT(&names->entries);
	return names;
}

/* The users that haild itself needs. */
static void
look_up_own(struct names *names, bool root)
{
	if (!root) {
		names_entry(names, NAME_SELF, NAMES_SELF);
		return;
	}
	names_entry(names, NAME_USER, "haild");
	names_entry(names, NAME_USER, "haild-speaker");
	names_entry(names, NAME_USER, "haild-linger");
}

void
names_start(struct loader *l, const struct files *files)
{
	struct names *names = l->names;
	struct entry *e;

	names->start = clock_now();
	names->reuse_targets = l->config->resolve_interval == -1;
	if (l->source->patient || l->config->strict_start)
		names->wait = NAMES_LATE;
	if (!names->reuse_others)
		look_up_own(names, l->source->root);
	expect_names(files, expect, names);
	TAILQ_FOREACH(e, &names->entries, next)
		if (e->answer == NULL) /* files.c has not asked for it */
			names_wait_for(names, e);
	/* Nothing else to be served meanwhile: there is time. */
	if (l->source->previous == NULL && !expect_names(files, expect, names))
		names->wait = NAMES_LATE;
}

void
names_finish(struct names *names)
{
	bool abandoned;
	size_t i, n;

	pthread_mutex_lock(&names->lock);
	names->ended = true;
	names->abandoned = abandoned = names->nopen > 0;
	n = names->nthreads;
	for (i = 0; abandoned && i < n; i++)
		pthread_detach(names->threads[i]);
	pthread_cond_broadcast(&names->queued);
	pthread_mutex_unlock(&names->lock);
	if (abandoned)
		return;
	for (i = 0; i < n; i++)
		pthread_join(names->threads[i], NULL);
	free_names(names);
}
