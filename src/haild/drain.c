#include "haild/drain.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "haild/accept.h"
#include "haild/listen/plan.h"
#include "haild/switch.h"
#include "lib/log.h"

/* Whether NAME means T; "": all services but those for health checks. */
static bool
is_meant(
    const struct server *s, const struct service_stats *t, const char *name)
{
	const struct service *service = config_find(s->config, t->name);

	if (name[0] != '\0')
		return strcmp(name, t->name) == 0;
	return service != NULL && !service->disable &&
	    !config_is_health(service);
}

/* Whether NAME can be drained or resumed: CONTROL_OK, or why not in TEXT. */
static enum control_status
check(const struct server *s, const char *name, char *text, size_t size)
{
	const struct service *service = config_find(s->config, name);

	if (s->stopping) {
		snprintf(text, size, "haild is stopping");
		return CONTROL_FAILED;
	}
	if (name[0] == '\0')
		return CONTROL_OK;
	if (service == NULL) {
		snprintf(text, size, "service \"%s\" does not exist", name);
		return CONTROL_NOT_FOUND;
	}
	if (!service->disable)
		return CONTROL_OK;
	snprintf(text, size, "service \"%s\" is disabled", name);
	return CONTROL_FAILED;
}

/* A socket of a supervisor stays: serve those who came before. */
static void
serve_queues(struct server *s)
{
	struct listener *l;
	size_t i;

	for (i = 0; i < s->listeners.n; i++) {
		l = &s->listeners.list[i];
		if (l->inherited && l->service != NULL && !l->service->wait &&
		    l->stats->replan)
			accept_drain(s, l);
	}
}

/*
 * Mark the services that NAME means and that are not in the state DRAINED.
 * Returns how many.
 */
static size_t
mark(struct server *s, const char *name, bool drained)
{
	struct service_stats *t;
	size_t n = 0;

	TAILQ_FOREACH(t, &s->all_stats, entry) {
		t->replan = t->drained != drained && is_meant(s, t, name);
		n += t->replan;
	}
	return n;
}

/*
 * Bring the marked services into the state DRAINED.  Returns 0, or -1 (no
 * memory) when nothing has changed.  Errors are lines in TEXT.
 */
static int
apply(struct server *s, bool drained, char *text, size_t size, int64_t now)
{
	struct listeners plan;
	struct service_stats *t;
	int result;

	TAILQ_FOREACH(t, &s->all_stats, entry)
		t->drained = t->replan ? drained : t->drained;
	result = listeners_replan(
	    &plan, s->config, &s->listeners, &s->all_stats, text, size);
	if (result == 0)
		switch_listeners(s, &plan, now);
	else
		TAILQ_FOREACH(t, &s->all_stats, entry)
			t->drained = t->replan ? !drained : t->drained;
	return result;
}

/* What a service did not accept on before is no error. */
static void
note_out(const struct server *s, const char *name, char *text, size_t size)
{
	const struct service_stats *t = service_stats_find(&s->all_stats, name);

	if (t != NULL && t->out)
		strlcat(text, "; it is out of service", size);
}

/* --- drain --- */

enum control_status
drain_start(
    struct server *s, const char *name, char *text, size_t size, int64_t now)
{
	enum control_status status = check(s, name, text, size);
	struct service_stats *t;
	unsigned int live = 0;
	size_t n;

	if (status != CONTROL_OK)
		return status;
	n = mark(s, name, true);
	if (n > 0) {
		serve_queues(s);
		if (apply(s, true, text, size, now) == -1) {
			snprintf(text, size, "cannot drain: out of memory");
			return CONTROL_FAILED;
		}
	}
	s->drained = s->drained || name[0] == '\0';
	TAILQ_FOREACH(t, &s->all_stats, entry) {
		if (!t->replan)
			continue;
		live += t->usage.live;
		t->draining = s->drain_watched = true;
		log_service(LOG_INFO, "draining", t->name,
		    "%s: draining: %u session%s open", t->name, t->usage.live,
		    t->usage.live == 1 ? "" : "s");
	}
	if (name[0] != '\0')
		snprintf(text, size,
		    n > 0 ? "%s: draining: %u session%s open"
			  : "%s is already drained",
		    name, live, live == 1 ? "" : "s");
	else if (n > 0)
		snprintf(text, size,
		    "draining %zu service%s: %u session%s open", n,
		    n == 1 ? "" : "s", live, live == 1 ? "" : "s");
	else
		snprintf(text, size, "all services are already drained");
	note_out(s, name, text, size);
	return CONTROL_OK;
}

/* --- resume --- */

enum control_status
drain_end(
    struct server *s, const char *name, char *text, size_t size, int64_t now)
{
	enum control_status status = check(s, name, text, size);
	size_t n, resumed = 0, failed = 0;
	struct service_stats *t;

	if (status != CONTROL_OK)
		return status;
	*text = '\0';
	n = mark(s, name, false);
	if (n > 0 && apply(s, false, text, size, now) == -1) {
		snprintf(text, size, "cannot resume: out of memory");
		return CONTROL_FAILED;
	}
	s->drained = s->drained && name[0] != '\0';
	TAILQ_FOREACH(t, &s->all_stats, entry) {
		if (!t->replan)
			continue;
		if (t->drained) {
			failed++;
			log_errx(
			    "%s: cannot resume; it stays drained", t->name);
			continue;
		}
		resumed++;
		t->draining = false;
		log_service(LOG_INFO, "resumed", t->name, "%s: resumed%s",
		    t->name, t->out ? "; it is out of service" : "");
	}
	s->drain_watched = true; /* for those who wait */
	if (failed > 0) {
		strlcat(text,
		    failed == 1 ? "a service stays drained"
				: "some services stay drained",
		    size);
		return CONTROL_FAILED;
	}
	if (name[0] != '\0')
		snprintf(text, size,
		    resumed > 0 ? "%s: resumed" : "%s is not drained", name);
	else if (resumed > 0)
		snprintf(text, size, "%zu service%s resumed", resumed,
		    resumed == 1 ? "" : "s");
	else
		snprintf(text, size, "no service is drained");
	note_out(s, name, text, size);
	return CONTROL_OK;
}

/* --- waiting --- */

/* Clients that have given up make room for others. */
static void
forget_gone(struct control *c)
{
	struct control_waiter *w;
	struct pollfd p;

	for (w = c->waiters; w < c->waiters + CONTROL_WAITERS; w++) {
		p = (struct pollfd) { .fd = w->client };
		if (w->client == -1 || poll(&p, 1, 0) != 1 ||
		    (p.revents & (POLLHUP | POLLERR)) == 0)
			continue;
		close(w->client);
		w->client = -1;
	}
}

void
drain_wait(
    struct server *s, struct control_process *p, const char *name, int64_t now)
{
	forget_gone(&s->control);
	if (control_wait(&s->control, p, CONTROL_DRAIN, name, now))
		s->drain_watched = true;
}

/* Whether T has neither sessions nor sockets with clients in their queues. */
static bool
is_empty(const struct server *s, const struct service_stats *t)
{
	const struct listener *l;
	size_t i;

	if (t->usage.live > 0)
		return false;
	for (i = 0; i < s->listeners.n; i++) {
		l = &s->listeners.list[i];
		if (l->stats == t && l->closing_at != 0)
			return false;
	}
	return true;
}

/* Answer W if what it waits for has come, or will not.  Returns whether. */
static bool
answer_waiter(const struct server *s, struct control_waiter *w)
{
	const struct service_stats *t, *resumed = NULL;
	bool empty = true;
	char text[256];

	TAILQ_FOREACH(t, &s->all_stats, entry) {
		if (!is_meant(s, t, w->service))
			continue;
		if (!t->drained)
			resumed = t;
		empty = empty && !t->draining;
	}
	if (resumed != NULL)
		snprintf(text, sizeof(text), "%s: resumed", resumed->name);
	else if (!empty)
		return false;
	else if (w->service[0] != '\0')
		snprintf(text, sizeof(text), "%s: drained", w->service);
	else
		snprintf(text, sizeof(text), "all services are drained");
	control_answer(
	    w->client, resumed != NULL ? CONTROL_FAILED : CONTROL_OK, text);
	w->client = -1;
	return true;
}

void
drain_turn(struct server *s)
{
	struct control_waiter *w;
	struct service_stats *t;
	size_t i;

	if (!s->drain_watched)
		return;
	s->drain_watched = false;
	TAILQ_FOREACH(t, &s->all_stats, entry) {
		if (!t->draining)
			continue;
		if (!is_empty(s, t)) {
			s->drain_watched = true;
			continue;
		}
		t->draining = false;
		log_service(
		    LOG_INFO, "drained", t->name, "%s: drained", t->name);
	}
	for (i = 0; i < CONTROL_WAITERS; i++) {
		w = &s->control.waiters[i];
		if (w->client != -1 && w->command == CONTROL_DRAIN &&
		    !answer_waiter(s, w))
			s->drain_watched = true;
	}
}

/* --- upgrade and reload --- */

void
drain_resumed(struct server *s)
{
	struct service_stats *t;

	TAILQ_FOREACH(t, &s->all_stats, entry)
		t->draining = t->drained && !is_empty(s, t);
	s->drain_watched = true;
}

void
drain_new(struct server *s, const struct config *config)
{
	const struct service *service;
	struct service_stats *t;
	size_t i;

	for (i = 0; s->drained && i < config->nservices; i++) {
		service = &config->services[i];
		if (service->disable || config_is_health(service) ||
		    service_stats_find(&s->all_stats, service->name) != NULL)
			continue;
		t = service_stats_get(&s->all_stats, service->name);
		if (t != NULL) /* else planning fails, too */
			t->drained = true;
	}
}
