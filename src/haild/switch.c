#include "haild/switch.h"

#include "haild/accept.h"
#include "haild/listen/handover.h"
#include "haild/listen/interface.h"
#include "haild/listen/plan.h"
#include "haild/listen/polling.h"
#include "haild/refresh.h"
#include "haild/relays/ended.h"
#include "lib/log.h"

/* Whether a command of SERVICE is out of service. */
static bool
lacks_command(const struct service *service)
{
	const struct service *c;

	for (c = service->commands; c != NULL && c->name != NULL; c++)
		if (c->missing != NULL)
			return true;
	return false;
}

/* When to look for removed interfaces; 0: no listener is bound to one. */
static int64_t
next_check(const struct server *s, int64_t now)
{
	size_t i;

	for (i = 0; i < s->listeners.n; i++)
		if (interface_is_bound(&s->listeners.list[i]))
			return now + RETRY_INTERVAL;
	return 0;
}

/* A service that is disabled or was removed is not out of service. */
static void
count_served(struct server *s, int64_t now)
{
	const struct service *service;
	struct service_stats *t;
	int64_t retry = s->config->unanswered ? now : now + RETRY_INTERVAL;
	size_t ndrained = 0,
	       nopen = 0; /* of the services that can be drained */

	s->nserved = 0;
	s->retry_at = 0;
	s->interfaces_at = next_check(s, now);
	s->status.outdated = true;
	TAILQ_FOREACH(t, &s->all_stats, entry) {
		service = config_find(s->config, t->name);
		service_stats_configure(t, s->config, service);
		/* It needs no listener. */
		if (service != NULL && service->missing == NULL && t->drained)
			t->out = false;
		if (service == NULL || service->disable)
			t->out = false;
		else if (t->out)
			s->retry_at = retry;
		else {
			if (lacks_command(service))
				s->retry_at = retry;
			s->nserved++;
			if (!config_is_health(service)) {
				ndrained += t->drained;
				nopen += !t->drained;
			}
		}
	}
	s->all_drained = ndrained > 0 && nopen == 0;
}

/*
 * Let L get no more clients, and accept those in its queue before it is closed.
 */
static void
retire(struct server *s, struct listener *l, const struct config *config,
    int64_t now)
{
	if (l->fd == -1)
		return;
	if (l->wait_socket.pid == 0 && l->closing_at == 0 && !l->inherited)
		handover_hide(l);
	if (l->service != NULL && listeners_heir(l, config, now) == NULL)
		accept_drain(s, l);
}

/* CONFIG is the present configuration or the next one. */
static void
replace_listeners(struct server *s, const struct config *config,
    struct listeners *plan, int64_t now)
{
	struct listeners old = s->listeners;
	size_t i;

	listeners_commit(plan, &old);
	s->listeners = *plan;
	/* close(2) would reset the clients in the queue: accept them first. */
	for (i = 0; i < old.n; i++)
		retire(s, &old.list[i], config, now);
	listeners_park(&s->listeners, &old, config, now);
	listeners_close(&old);
	/* The plan was copied earlier: its "watched" may be out of date. */
	polling_restart(&s->listeners, s->polling);
}

void
switch_listeners(struct server *s, struct listeners *plan, int64_t now)
{
	int64_t retry_at = s->retry_at;

	replace_listeners(s, s->config, plan, now);
	count_served(s, now);
	/* Services that are out of service are not tried later for that. */
	if (retry_at != 0 && retry_at < s->retry_at)
		s->retry_at = retry_at;
}

void
switch_to(struct server *s, const struct config *config, struct arena *arena,
    struct listeners *plan, int64_t now)
{
	struct arena old_arena = s->arena;
	bool first = s->config == NULL;

	replace_listeners(s, config, plan, now);
	s->config = config;
	s->arena = *arena;
	/* Sessions keep the namespaces that they are in. */
	trees_close(&s->containment.trees);
	s->containment.trees = s->load.trees;
	s->load.trees = TREES_NONE;
	if (!first)
		arena_destroy(&old_arena);
	s->admission.config = config;
	children_recount(&s->children, &s->admission, now);
	log_set_facility((int)config->log_facility);
	log_set_json(config->log_format == LOG_FORMAT_JSON);
	ended_report_all(&s->relays);
	service_stats_forget(&s->all_stats, config);
	count_served(s, now);
	refresh_schedule(s, now);
	linger_want(&s->lingering, config);
	uids_want(&s->containment.uids, config);
	keepers_switch(&s->keepers, keepers_are_needed(config));
}

int
switch_nothing(
    const struct config *config, const struct service_stats_list *all_stats)
{
	const struct service_stats *t;
	size_t i;

	/*
	 * An inetd.conf may be empty; a later reload may find services in it.
	 */
	for (i = 0; i < config->nservices; i++)
		if (!config->services[i].disable)
			break;
	if (i == config->nservices && config->inetd_conf != NULL)
		return 0;
	TAILQ_FOREACH(t, all_stats, entry)
		if (t->drained && config_find(config, t->name) != NULL)
			return 0;
	log_errx("no service to serve: all are disabled or out of service");
	return -1;
}

void
switch_close_hidden(struct server *s, int64_t now)
{
	struct listener *l;
	size_t i;

	for (i = s->listeners.n; i-- > 0;) {
		l = &s->listeners.list[i];
		if (l->closing_at == 0 || l->closing_at > now)
			continue;
		/* An upgrade that has been proved waits for no client. */
		if (!s->upgrade.proved && accept_waits(s, l, now)) {
			l->closing_at = now + HANDOVER_TIME;
			continue;
		}
		accept_drain(s, l);
		listeners_drop(&s->listeners, l);
	}
}

int64_t
switch_check_interfaces(struct server *s, int64_t now)
{
	if (s->interfaces_at == 0)
		return -1;
	if (now >= s->interfaces_at) {
		s->interfaces_at = now + RETRY_INTERVAL;
		if (interface_is_lost(&s->listeners))
			s->retry_at = now;
	}
	return s->interfaces_at;
}
