#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/answer.h"
#include "haild/admission/admit.h"
#include "haild/children/children.h"
#include "haild/children/service_stats.h"
#include "haild/control/process.h"
#include "haild/control/select.h"

/* The services by the keys of the table of sources. */
struct key {
	uint64_t key;
	const char *name;
	const struct service *service; /* NULL: no longer configured */
};

static int
compare_keys(const void *a, const void *b)
{
	uint64_t x = ((const struct key *)a)->key,
		 y = ((const struct key *)b)->key;

	return x < y ? -1 : x > y;
}

/* Returns the keys, *N of them, or NULL: out of memory. */
static struct key *
make_keys(const struct control_view *v, size_t *n)
{
	const struct service_stats *t;
	struct key *keys;
	size_t room = 0;

	TAILQ_FOREACH(t, v->all_stats, entry)
		room++;
	if ((keys = calloc(room + 1, sizeof(*keys))) == NULL)
		return NULL;
	*n = 0;
	TAILQ_FOREACH(t, v->all_stats, entry)
		keys[(*n)++] = (struct key) {
			sources_service(&v->admission->sources, t->name),
			t->name, config_find(v->config, t->name)
		};
	/* qsort(3) can call sysinfo(2), which the filter does not allow. */
	if (heapsort(keys, *n, sizeof(*keys), compare_keys) == 0)
		return keys;
	free(keys);
	return NULL;
}

/*
 * The identities of the sessions, by what the table of sources has of them: a
 * hash.
 */
struct name {
	struct prefix hash;
	const char *identity;
};
struct names {
	struct name *list;
	size_t n;
};

static int
compare_names(const void *a, const void *b)
{
	return memcmp(((const struct name *)a)->hash.bytes,
	    ((const struct name *)b)->hash.bytes,
	    sizeof(((const struct name *)a)->hash.bytes));
}

/* Returns false if there is not enough memory. */
static bool
make_names(const struct children *all, struct names *names)
{
	const struct child *c;
	const char *identity;
	struct source source;

	names->n = 0;
	if ((names->list = calloc(all->used + 1, sizeof(*names->list))) == NULL)
		return false;
	for (c = all->slots; c < all->slots + all->used; c++) {
		if (!select_is_session(c) ||
		    (identity = children_identity(all, c)) == NULL)
			continue;
		source_make_identity(&source, 0, identity);
		names->list[names->n++] =
		    (struct name) { source.prefix, identity };
	}
	if (heapsort(names->list, names->n, sizeof(*names->list),
		compare_names) == 0)
		return true;
	free(names->list);
	return false;
}

/* The source of E; its text may be in BUF. */
static const char *
print_source(
    const struct names *names, const struct entry *e, char *buf, size_t size)
{
	const struct name key = { .hash = e->source.prefix }, *name;

	name = e->source.prefix.family != SOURCE_IDENTITY
	    ? NULL
	    : bsearch(&key, names->list, names->n, sizeof(*names->list),
		  compare_names);
	if (name == NULL)
		return source_print(&e->source, buf, size);
	snprintf(buf, size, "identity:%s", name->identity);
	return buf;
}

/* Sets what limits the source of E has: MAX, or -1; and RATE, or NULL. */
static void
find_limits(const struct control_view *v, const struct entry *e,
    const struct service *service, int64_t *max, const struct rate **rate)
{
	*rate = NULL;
	*max = -1;
	if (e->source.service == 0)
		*max = v->config->max_per_source;
	if (service == NULL)
		return;
	*max = e->source.prefix.family == SOURCE_IDENTITY
	    ? service->max_per_identity
	    : service->max_per_source;
	if (service->rate_per_source.count > 0)
		*rate = &service->rate_per_source;
}

static void
write_source(const struct control_writer *w, const struct entry *e,
    const struct key *key, const struct names *names)
{
	const struct control_view *v = w->view;
	const struct rate *rate;
	char text[sizeof("identity:") + IDENTITY_SIZE];
	int64_t max, ready;
	struct answer_source a = { .sessions = e->live, .until = -1 };

	find_limits(v, e, key != NULL ? key->service : NULL, &max, &rate);
	a.service = key != NULL ? key->name : NULL;
	a.source = print_source(names, e, text, sizeof(text));
	a.max_sessions = max;
	if (rate != NULL) {
		ready = bucket_ready(
		    rate, bucket_bound(rate, e->full_at, v->now), v->now);
		if (ready > v->now)
			a.until = ready - v->now;
	}
	a.limited = a.until != -1 || (max != -1 && e->live >= max);
	record_write(w->out, &answer_format.kinds[ANSWER_SOURCE], &a);
}

static const struct key *
find_key(const struct key *keys, size_t n, const struct entry *e)
{
	const struct key wanted = { .key = e->source.service };

	return bsearch(&wanted, keys, n, sizeof(*keys), compare_keys);
}

enum control_status
control_write_sources(const struct control_writer *w)
{
	const struct control_view *v = w->view;
	const char *service = w->request->service;
	const struct key *key;
	const struct entry *e;
	struct names names;
	struct key *keys;
	uint32_t at = 0;
	size_t n = 0;

	if (service != NULL && !select_service(w))
		return CONTROL_NOT_FOUND;
	if ((keys = make_keys(v, &n)) == NULL ||
	    !make_names(v->children, &names)) {
		free(keys);
		control_say(w, "out of memory");
		return CONTROL_FAILED;
	}
	while ((e = sources_next(&v->admission->sources, &at)) != NULL) {
		/* Its bucket is full: it is removed within a second. */
		if (e->live == 0 && e->full_at <= v->now)
			continue;
		key = find_key(keys, n, e);
		if (key == NULL && e->source.service != 0)
			continue;
		if (service == NULL ||
		    (key != NULL && strcmp(key->name, service) == 0))
			write_source(w, e, key, &names);
	}
	free(names.list);
	free(keys);
	return CONTROL_OK;
}
