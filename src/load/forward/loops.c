/*
 * loops.c -- services that forward to themselves, directly or through others.
 *
 * A depth-first search over services: an edge leads from a service with a
 * target to each service that would receive its connections.  The addresses of
 * the host may change later, so sessions check again (session/forward_loop.h).
 * haild cannot see a loop through another host; max-sessions and max-per-source
 * limit it.
 */

#include "load/service.h"

#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>

#include "lib/socket/local.h"
#include "load/memory.h"

/* The lines of these settings of a service, in its file. */
struct forward_place {
	int listen, forward;
};

/* A Unix socket, whether it exists yet or not. */
struct file_id {
	bool exists, has_directory;
	struct stat file, directory;
	const char *name; /* in the directory */
};

/* A socket on which a service listens. */
struct receiver {
	unsigned int port;
	size_t service; /* index */
	const struct endpoint *endpoint;
	struct file_id id;
};

/* The TARGET of the service FROM is at RECEIVER, of the service TO. */
struct edge {
	size_t from, target, receiver, to;
};

/* A service on the path of the search, and the edge that is followed. */
struct step {
	size_t service, edge;
};

struct search {
	struct loader *l;
	const struct service *services;
	size_t n;
	struct receiver *receivers; /* by port */
	size_t nreceivers;
	struct edge *edges; /* by service */
	size_t nedges;
	struct step *steps;
	size_t nsteps;
	enum { NEW, OPEN, DONE } * states;
};

void
forward_remember(struct loader *l, size_t at)
{
	l->forward_places = memory_resize(
	    l->forward_places, at + 1, sizeof(*l->forward_places));
	l->forward_places[at].listen = ORIGIN(l, "listen")->line;
	l->forward_places[at].forward = ORIGIN(l, "forward")->line;
}

/* --- addresses --- */

static void
identify(const struct addr *a, struct file_id *id)
{
	char directory[sizeof(a->un.sun_path) + 1];
	const char *slash;

	*id = (struct file_id) { false };
	slash = addr_has_path(a) ? strrchr(a->un.sun_path, '/') : NULL;
	if (slash == NULL)
		return;
	id->name = slash + 1;
	memcpy(directory, a->un.sun_path, (size_t)(id->name - a->un.sun_path));
	directory[id->name - a->un.sun_path] = '\0';
	id->exists = stat(a->un.sun_path, &id->file) == 0;
	id->has_directory = stat(directory, &id->directory) == 0;
}

static bool
is_same_file(const struct file_id *a, const struct file_id *b)
{
	if (a->exists && b->exists && a->file.st_dev == b->file.st_dev &&
	    a->file.st_ino == b->file.st_ino)
		return true;
	return a->has_directory && b->has_directory &&
	    a->directory.st_dev == b->directory.st_dev &&
	    a->directory.st_ino == b->directory.st_ino &&
	    strcmp(a->name, b->name) == 0;
}

/*
 * Whether connections to A arrive at E, which has the same port.  ID is A's
 * file.
 */
static bool
receives(
    const struct receiver *e, const struct addr *a, const struct file_id *id)
{
	const struct addr *own = &e->endpoint->addr;

	if (own->sa.sa_family != a->sa.sa_family)
		return false;
	if (addr_equal(own, a) ||
	    (addr_has_path(a) && is_same_file(&e->id, id)))
		return true;
	return addr_is_wildcard(own) && local_is_own(a);
}

/* --- where services listen --- */

static int
compare_receivers(const void *a, const void *b)
{
	const struct receiver *x = a, *y = b;

	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	return x->service < y->service ? -1 : x->service > y->service;
}

static void
collect_receivers(struct search *s)
{
	const struct endpoint *e;
	size_t i, j;

	for (i = 0; i < s->n; i++)
		for (j = 0; j < s->services[i].nendpoints; j++) {
			e = &s->services[i].endpoints[j];
			if (s->services[i].disable || e->dgram ||
			    (e->addr.sa.sa_family != AF_UNIX &&
				addr_port(&e->addr) == 0))
				continue;
			s->receivers = memory_resize(s->receivers,
			    s->nreceivers + 1, sizeof(*s->receivers));
			s->receivers[s->nreceivers] = (struct receiver) {
				.port = addr_port(&e->addr),
				.service = i,
				.endpoint = e,
			};
			identify(&e->addr, &s->receivers[s->nreceivers++].id);
		}
	if (s->nreceivers > 0)
		qsort(s->receivers, s->nreceivers, sizeof(*s->receivers),
		    compare_receivers);
}

/* The first receiver with PORT, or the number of receivers. */
static size_t
first_receiver(const struct search *s, unsigned int port)
{
	size_t low = 0, high = s->nreceivers, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (s->receivers[middle].port < port)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
collect_edges(struct search *s, size_t from, size_t target)
{
	struct addr a = s->services[from].targets[target].addr;
	struct file_id id;
	size_t i;

	addr_unmap(&a);
	identify(&a, &id);
	for (i = first_receiver(s, addr_port(&a));
	     i < s->nreceivers && s->receivers[i].port == addr_port(&a); i++) {
		if (!receives(&s->receivers[i], &a, &id))
			continue;
		s->edges =
		    memory_resize(s->edges, s->nedges + 1, sizeof(*s->edges));
		s->edges[s->nedges++] =
		    (struct edge) { from, target, i, s->receivers[i].service };
	}
}

/* --- the search --- */

static bool
is_by_name(const struct search *s, const struct edge *e)
{
	return s->services[e->from].targets[e->target].host != NULL ||
	    s->receivers[e->receiver].endpoint->by_name;
}

static const struct edge *
edge_of(const struct search *s, const struct step *p)
{
	return &s->edges[p->edge];
}

/* Describe the loop that begins at step FIRST.  Allocated. */
static char *
print_loop(const struct search *s, size_t first)
{
	const struct edge *e = edge_of(s, &s->steps[first]);
	const struct forward_place *places = s->l->forward_places;
	const struct service *from, *to;
	char *text;
	FILE *out;
	size_t i;

	from = &s->services[e->from];
	if (e->from == e->to)
		return memory_printf(
		    "service \"%s\" itself listens there (%s:%d)", from->name,
		    from->file, places[e->from].listen);
	out = memory_open(&text);
	for (i = first; i < s->nsteps; i++) {
		e = edge_of(s, &s->steps[i]);
		from = &s->services[e->from];
		to = &s->services[e->to];
		fprintf(out, "%s\"%s\" forwards to \"%s\"",
		    i > first ? ", " : "", from->name, to->name);
		if (i + 1 < s->nsteps)
			fprintf(
			    out, " (%s:%d)", to->file, places[e->to].forward);
	}
	memory_close(out);
	return text;
}

/* Report the loop that begins at step FIRST. */
static void
report_loop(struct search *s, size_t first)
{
	const struct edge *e;
	struct service *service;
	struct origin origin;
	const char *target;
	size_t i = first;
	char *text = print_loop(s, first);

	while (i < s->nsteps && !is_by_name(s, edge_of(s, &s->steps[i])))
		i++;
	e = edge_of(s, &s->steps[i < s->nsteps ? i : first]);
	service = (struct service *)&s->services[e->from];
	target = service->targets[e->target].text;
	origin = (struct origin) { .file = service->file,
		.line = s->l->forward_places[e->from].forward };
	if (i < s->nsteps)
		loader_missing(s->l, service, &origin,
		    "forward \"%s\" makes a loop: %s", target, text);
	else
		loader_error_at(s->l, &origin,
		    "forward \"%s\" makes a loop: %s", target, text);
	free(text);
}

static void
begin_service(struct search *s, size_t service)
{
	size_t low = 0, high = s->nedges, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (s->edges[middle].from < service)
			low = middle + 1;
		else
			high = middle;
	}
	s->states[service] = OPEN;
	s->steps[s->nsteps++] = (struct step) { service, low };
}

/* Follow the present edge of the last step. */
static void
follow(struct search *s, struct step *p)
{
	const struct edge *e = edge_of(s, p);
	size_t first = s->nsteps;

	/* A service that its names put out of service makes no loop. */
	if (s->states[e->to] == DONE ||
	    (is_by_name(s, e) && s->services[e->from].missing != NULL)) {
		p->edge++;
		return;
	}
	if (s->states[e->to] == NEW) {
		begin_service(s, e->to);
		return;
	}
	while (s->steps[--first].service != e->to)
		continue;
	report_loop(s, first);
	p->edge++;
}

static void
search_from(struct search *s, size_t service)
{
	struct step *p;

	begin_service(s, service);
	while (s->nsteps > 0) {
		p = &s->steps[s->nsteps - 1];
		if (p->edge < s->nedges && edge_of(s, p)->from == p->service) {
			follow(s, p);
			continue;
		}
		s->states[p->service] = DONE;
		if (--s->nsteps > 0)
			p[-1].edge++;
	}
}

static void
search_free(struct search *s)
{
	free(s->receivers);
	free(s->edges);
	free(s->steps);
	free(s->states);
}

void
forward_check_loops(struct loader *l)
{
	struct search s = { .l = l,
		.services = l->config->services,
		.n = l->config->nservices };
	size_t i, j;

	collect_receivers(&s);
	for (i = 0; i < s.n; i++)
		for (j = 0; j < s.services[i].ntargets; j++)
			if (!s.services[i].disable)
				collect_edges(&s, i, j);
	s.states = memory_resize(NULL, s.n + 1, sizeof(*s.states));
	s.steps = memory_resize(NULL, s.n + 1, sizeof(*s.steps));
	for (i = 0; i < s.n; i++)
		s.states[i] = NEW;
	for (i = 0; i < s.n; i++)
		if (s.states[i] == NEW)
			search_from(&s, i);
	search_free(&s);
	free(l->forward_places);
	l->forward_places = NULL;
}
