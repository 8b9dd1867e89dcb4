#include "haild/listen/plan.h"

#include <stdlib.h>

#include "haild/listen/handover.h"
#include "haild/listen/plan_service.h"
#include "lib/log.h"

/* Put a service out of service.  Retries are quiet unless it was in service. */
static void
put_out(struct service_stats *stats, const struct service *service, int level)
{
	if (!stats->out && level > LOG_ERR && service->missing != NULL)
		log_errx("%s: %s", stats->name, service->missing);
	log_service(stats->out ? level : LOG_ERR, "out-of-service", stats->name,
	    "%s: out of service", stats->name);
	stats->out = true;
}

/* Room for the listeners of HAVE, and new ones.  Returns 0, or -1 (logged). */
static int
create_plan(struct listeners *plan, const struct config *config,
    const struct listeners *have)
{
	size_t i, total = have->n;

	for (i = 0; i < config->nservices; i++)
		total += config->services[i].nendpoints;
	plan->n = 0;
	plan->list = calloc(total + 1, sizeof(*plan->list));
	if (plan->list != NULL)
		return 0;
	log_err("cannot allocate %zu listeners", total);
	return -1;
}

int
listeners_plan(struct listeners *plan, const struct config *config,
    struct listeners *have, struct service_stats_list *all_stats, bool alone,
    int level)
{
	const struct planning p = { have, level, NULL, 0 };
	const struct service *service;
	struct service_stats *stats;
	bool failed = false;
	size_t i;

	if (create_plan(plan, config, have) == -1)
		return -1;
	for (i = 0; i < config->nservices; i++) {
		service = &config->services[i];
		if (service->disable)
			continue;
		if ((stats = service_stats_get(all_stats, service->name)) ==
		    NULL) {
			log_err("%s: cannot allocate counters", service->name);
			failed = true;
			continue;
		}
		if (service->missing == NULL && stats->drained) {
			plan_drained(&p, plan, stats, service);
			continue;
		}
		if (service->missing == NULL &&
		    plan_service(&p, plan, stats, service) == 0)
			continue;
		if (alone)
			put_out(stats, service, level);
		else
			failed = true; /* go on, to log all errors */
	}
	if (!failed)
		return 0;
	listeners_cancel(plan, have);
	return -1;
}

/* Take over the listeners of the services that do not change. */
static void
keep_others(struct listeners *plan, struct listeners *have)
{
	struct listener *h;

	for (h = have->list; h < have->list + have->n; h++) {
		if (h->service == NULL || h->closing_at != 0 ||
		    h->stats->replan)
			continue;
		h->kept = true;
		plan->list[plan->n++] = *h;
	}
}

int
listeners_replan(struct listeners *plan, const struct config *config,
    struct listeners *have, struct service_stats_list *all_stats, char *error,
    size_t size)
{
	const struct planning p = { have, LOG_ERR, error, size };
	const struct service *service;
	struct service_stats *stats;
	size_t i;

	if (create_plan(plan, config, have) == -1)
		return -1;
	keep_others(plan, have);
	for (i = 0; i < config->nservices; i++) {
		service = &config->services[i];
		stats = service_stats_find(all_stats, service->name);
		if (stats == NULL || !stats->replan)
			continue;
		if (!stats->drained && service->missing == NULL &&
		    plan_service(&p, plan, stats, service) == -1)
			stats->drained = true;
		if (stats->drained)
			plan_drained(&p, plan, stats, service);
	}
	return 0;
}

bool
listeners_keep_all(
    const struct listeners *have, const struct service_stats_list *all_stats)
{
	const struct service_stats *t;
	const struct listener *l;
	bool all = true;
	size_t i;

	TAILQ_FOREACH(t, all_stats, entry)
		for (i = 0; t->out && i < have->n; i++) {
			l = &have->list[i];
			/* A wait server may be of a service that is out. */
			if (l->stats != t || l->wait_socket.pid != 0)
				continue;
			log_errx(
			    "upgrade: %s would be out of service", t->name);
			all = false;
			break;
		}
	return all;
}

void
listeners_cancel(struct listeners *plan, struct listeners *have)
{
	struct listener *h;

	plan_undo(plan, 0, have);
	handover_end(have);
	/* What has listeners was not put out of service. */
	for (h = have->list; h < have->list + have->n; h++)
		if (h->stats != NULL)
			h->stats->out = false;
	free(plan->list);
	plan->list = NULL;
}
