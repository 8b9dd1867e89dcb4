#include "load/names.h"

#include <sys/queue.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "load/lookup.h"
#include "load/memory.h"
#include "load/service.h"

/* In the place of a user's own group: "group" of haild.conf(5) may differ. */
#define NO_GROUP ((gid_t)-1)

#define STACK_SIZE ((size_t)1 << 20) /* NSS modules may need much */

/* What a thread finds, on the heap. */
struct result {
	int found;
	const char *why;
	struct user user;
	gid_t *groups;
	size_t ngroups;
	struct addr *addrs;
	size_t naddrs;
	unsigned int number;
};

/* The lock is for STATE, and for RESULT until that is DONE. */
struct entry {
	TAILQ_ENTRY(entry) next;
	enum name_kind kind;
	char *text;
	int64_t deadline;
	enum { QUEUED, RUNNING, DONE } state;
	struct result result;
	struct answer *answer; /* NULL: not asked for yet */
};

/* What the loader and the threads share. */
struct names {
	pthread_mutex_t lock;
	pthread_cond_t queued, done;
	TAILQ_HEAD(, entry) entries;
	size_t nopen, nqueued; /* entries that are not DONE; and QUEUED */
	size_t nidle, nthreads;
	pthread_t threads[NAMES_AT_ONCE];
	bool ended;	/* the threads exit */
	bool abandoned; /* and the last one frees it */
	int64_t start, wait;
};

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

static void
find(enum name_kind kind, const char *text, struct result *r)
{
	gid_t gid = 0;

	if (kind == NAME_HOST) {
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

static struct entry *
get_entry(struct names *names, enum name_kind kind, const char *text)
{
	struct entry *e;

	TAILQ_FOREACH(e, &names->entries, next)
		if (e->kind == kind && strcmp(e->text, text) == 0)
			return e;
	e = memory_resize(NULL, 1, sizeof(*e));
	*e = (struct entry) { .kind = kind, .text = memory_strdup(text) };
	e->deadline = clock_now() + NAMES_SOON; /* at least */
	pthread_mutex_lock(&names->lock);
	TAILQ_INSERT_TAIL(&names->entries, e, next);
	names->nopen++;
	use_thread(names);
	pthread_mutex_unlock(&names->lock);
	return e;
}

static bool
expect(struct names *names, enum name_kind kind, const char *text)
{
	struct entry *e = get_entry(names, kind, text);
	bool done;

	pthread_mutex_lock(&names->lock);
	done = e->state == DONE;
	pthread_mutex_unlock(&names->lock);
	return done;
}

/* How long it may take. */
static int64_t
time_for(const struct names *names, const struct entry *e)
{
	return e->kind != NAME_HOST && names->wait < NAMES_LOCAL
	    ? (int64_t)NAMES_LOCAL
	    : names->wait;
}

/* Returns whether it is done. */
static bool
wait_for(struct names *names, const struct entry *e)
{
	int64_t until = names->start + time_for(names, e);
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
names_create(void)
{
	struct names *names = memory_resize(NULL, 1, sizeof(*names));

	*names = (struct names) { .lock = PTHREAD_MUTEX_INITIALIZER,
		.queued = PTHREAD_COND_INITIALIZER,
		.done = PTHREAD_COND_INITIALIZER,
		.start = clock_now(),
		.wait = NAMES_SOON };
	TAILQ_INIT(&names->entries);
	return names;
}

void
names_start(struct loader *l, const struct files *files)
{
	struct names *names = l->names;
	struct entry *e;

	names->start = clock_now();
	if (l->source->patient || l->config->strict_start)
		names->wait = NAMES_LATE;
	if (l->source->root) {
		get_entry(names, NAME_USER, "haild");
		get_entry(names, NAME_USER, "haild-speaker");
		get_entry(names, NAME_USER, "haild-linger");
	} else
		get_entry(names, NAME_SELF, NAMES_SELF);
	expect_names(files, expect, names);
	TAILQ_FOREACH(e, &names->entries, next)
		if (e->answer == NULL) /* files.c has not asked for it */
			wait_for(names, e);
	/* Nothing else to be served meanwhile: there is time. */
	if (l->source->previous == NULL && !expect_names(files, expect, names))
		names->wait = NAMES_LATE;
}

/* --- answers --- */

/* Copy what was found into the arena. */
static struct known_name *
keep(struct loader *l, enum name_kind kind, const char *text,
    const struct result *r)
{
	struct known_name *name = arena_alloc(l->arena, sizeof(*name));
	struct addr *addrs =
	    arena_alloc(l->arena, (r->naddrs + 1) * sizeof(*addrs));

	if (r->naddrs > 0)
		memcpy(addrs, r->addrs, r->naddrs * sizeof(*addrs));
	*name = (struct known_name) { .kind = kind,
		.text = arena_strdup(l->arena, text),
		.addrs = addrs,
		.naddrs = r->naddrs,
		.number = r->number };
	if (kind == NAME_USER || kind == NAME_SELF)
		users_fill(l, &name->user, &r->user, r->groups, r->ngroups);
	return name;
}

/* What the previous configuration found, copied into this one; or NULL. */
static struct known_name *
keep_previous(struct loader *l, enum name_kind kind, const char *text)
{
	const struct config *previous = l->source->previous;
	const struct known_name *old;
	struct result r = { 0 };
	size_t i;

	for (i = 0; previous != NULL && i < previous->nnames; i++) {
		old = &previous->names[i];
		if (old->kind != kind || strcmp(old->text, text) != 0)
			continue;
		r.addrs = (struct addr *)old->addrs;
		r.naddrs = old->naddrs;
		r.number = old->number;
		r.user.name = old->user.name;
		r.user.home = old->user.home;
		r.user.shell = old->user.shell;
		r.user.uid = old->user.uid;
		r.user.gid = old->user.gid;
		r.groups = (gid_t *)old->user.groups;
		r.ngroups = old->user.ngroups;
		return keep(l, kind, text, &r);
	}
	return NULL;
}

/* There is no answer: explain that, or use an old one. */
static void
do_without(struct loader *l, struct entry *e, bool done)
{
	struct answer *a = e->answer;
	char why[128];

	a->found = -1;
	if (done)
		strlcpy(why, e->result.why, sizeof(why));
	else
		snprintf(why, sizeof(why), "no answer within %g s",
		    (double)time_for(l->names, e) / (double)SECOND);
	if (!done && l->names->wait < NAMES_LATE && !l->source->patient)
		l->config->unanswered = true;
	a->why = arena_strdup(l->arena, why);
	if ((a->name = keep_previous(l, e->kind, e->text)) == NULL)
		return;
	a->found = 1;
	loader_warn(l, "cannot look up \"%s\": %s; using the last answer",
	    e->text, why);
}

const struct answer *
names_ask(struct loader *l, enum name_kind kind, const char *text)
{
	struct entry *e = get_entry(l->names, kind, text);
	bool done;

	if (e->answer != NULL)
		return e->answer;
	done = wait_for(l->names, e);
	e->answer = memory_resize(NULL, 1, sizeof(*e->answer));
	*e->answer = (struct answer) { 0 };
	if (!done || e->result.found == -1)
		do_without(l, e, done);
	else if (e->result.found == 0)
		e->answer->why = e->result.why;
	else {
		e->answer->found = 1;
		e->answer->name = keep(l, kind, text, &e->result);
	}
	return e->answer;
}

void
names_end(struct loader *l)
{
	struct names *names = l->names;
	const struct entry *e;
	struct known_name *list;
	size_t n = 0, i;
	bool abandoned;

	TAILQ_FOREACH(e, &names->entries, next)
		n++;
	list = arena_alloc(l->arena, (n + 1) * sizeof(*list));
	l->config->names = list;
	TAILQ_FOREACH(e, &names->entries, next)
		if (e->answer != NULL && e->answer->name != NULL)
			list[l->config->nnames++] = *e->answer->name;
	pthread_mutex_lock(&names->lock);
	names->ended = true;
	names->abandoned = abandoned = names->nopen > 0;
	n = names->nthreads;
	for (i = 0; abandoned && i < n; i++)
		pthread_detach(names->threads[i]);
	pthread_cond_broadcast(&names->queued);
	pthread_mutex_unlock(&names->lock);
	l->names = NULL;
	if (abandoned)
		return;
	for (i = 0; i < n; i++)
		pthread_join(names->threads[i], NULL);
	free_names(names);
}
