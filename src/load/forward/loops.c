/*
 * loops.c -- services that forward to each other in a circle.
 *
 * Only what this configuration shows: a session finds addresses that the host
 * has got since (session/forward_connect.h), and a circle over other machines
 * ends at max-sessions and max-per-source.
 */

#include "load/service.h"

#include <sys/stat.h>

#include <ifaddrs.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "load/memory.h"

/* Lines of settings of a service, in its file. */
struct forward_place {
	int listen, forward;
};

/* A Unix socket, whether it exists yet or not. */
struct file_id {
	bool exists, has_directory;
	struct stat file, directory;
	const char *name; /* in the directory */
};

/* Where a service listens. */
struct ear {
	unsigned int port;
	size_t service; /* index */
	const struct endpoint *endpoint;
	struct file_id id;
};

/* The service FROM forwards by TARGET to the one of EAR. */
struct edge {
	size_t from, target, ear, to;
};

/* A service on the way of the search, and its edge there. */
struct step {
	size_t service, edge;
};

struct search {
	struct loader *l;
	const struct service *services;
	size_t n;
	struct ear *ears; /* by port */
	size_t nears;
	struct edge *edges; /* by service */
	size_t nedges;
	struct ifaddrs *own; /* addresses of this host */
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

static bool
has_path(const struct addr *a)
{
	return a->sa.sa_family == AF_UNIX && a->un.sun_path[0] != '\0';
}

static void
identify(const struct addr *a, struct file_id *id)
{
	char directory[sizeof(a->un.sun_path) + 1];
	const char *slash;

	*id = (struct file_id) { false };
	slash = has_path(a) ? strrchr(a->un.sun_path, '/') : NULL;
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

static bool
is_own_address(struct search *s, const struct addr *a)
{
	const struct ifaddrs *i;
	struct addr own;

	if (addr_is_loopback(a))
		return true;
	if (s->own == NULL && getifaddrs(&s->own) == -1)
		s->own = NULL;
	for (i = s->own; i != NULL; i = i->ifa_next) {
		if (i->ifa_addr == NULL ||
		    i->ifa_addr->sa_family != a->sa.sa_family)
			continue;
		memset(&own, 0, sizeof(own));
		own.len = a->len;
		memcpy(&own.sa, i->ifa_addr, a->len);
		addr_set_port(&own, addr_port(a));
		if (addr_equal(&own, a))
			return true;
	}
	return false;
}

/* Whether E gets what is sent to A, which has the same port and is ID. */
static bool
hears(struct search *s, const struct ear *e, const struct addr *a,
    const struct file_id *id)
{
	const struct addr *own = &e->endpoint->addr;

	if (own->sa.sa_family != a->sa.sa_family)
		return false;
	if (addr_equal(own, a) || (has_path(a) && is_same_file(&e->id, id)))
		return true;
	return addr_is_wildcard(own) && is_own_address(s, a);
}

/* --- where services listen --- */

static int
compare_ears(const void *a, const void *b)
{
	const struct ear *x = a, *y = b;

	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	return x->service < y->service ? -1 : x->service > y->service;
}

static void
collect_ears(struct search *s)
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
			s->ears = memory_resize(
			    s->ears, s->nears + 1, sizeof(*s->ears));
			s->ears[s->nears] = (struct ear) {
				.port = addr_port(&e->addr),
				.service = i,
				.endpoint = e,
			};
			identify(&e->addr, &s->ears[s->nears++].id);
		}
	if (s->nears > 0)
		qsort(s->ears, s->nears, sizeof(*s->ears), compare_ears);
}

/* The first ear of PORT, or the number of them. */
static size_t
first_ear(const struct search *s, unsigned int port)
{
	size_t low = 0, high = s->nears, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (s->ears[middle].port < port)
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
	for (i = first_ear(s, addr_port(&a));
	     i < s->nears && s->ears[i].port == addr_port(&a); i++) {
		if (!hears(s, &s->ears[i], &a, &id))
			continue;
		s->edges =
		    memory_resize(s->edges, s->nedges + 1, sizeof(*s->edges));
		s->edges[s->nedges++] =
		    (struct edge) { from, target, i, s->ears[i].service };
	}
}

/* --- the search --- */

static bool
is_by_name(const struct search *s, const struct edge *e)
{
	return s->services[e->from].targets[e->target].host != NULL ||
	    s->ears[e->ear].endpoint->by_name;
}

static const struct edge *
edge_of(const struct search *s, const struct step *p)
{
	return &s->edges[p->edge];
}

/* On the heap: where the steps from FIRST on lead. */
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

/* The steps from FIRST on are a circle. */
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
		    "forward \"%s\": a loop: %s", target, text);
	else
		loader_error_at(
		    s->l, &origin, "forward \"%s\": a loop: %s", target, text);
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

	/* What is out of service because of its names makes no loop. */
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
	if (s->own != NULL)
		freeifaddrs(s->own);
	free(s->ears);
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

	collect_ears(&s);
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
