#include "haild/reload.h"

#include <stdio.h>
#include <unistd.h>

#include "haild/accept.h"
#include "haild/listen/handover.h"
#include "haild/listen/plan.h"
#include "haild/reload_result.h"
#include "haild/report.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/process.h"

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

/* A service that is disabled or was removed is not out of service. */
static void
count_served(struct server *s, int64_t now)
{
	const struct service *service;
	struct service_stats *t;
	int64_t retry = s->config->unanswered ? now : now + RETRY_INTERVAL;

	s->nserved = 0;
	s->retry_at = 0;
	s->status.outdated = true;
	TAILQ_FOREACH(t, &s->all_stats, entry) {
		service = config_find(s->config, t->name);
		if (service == NULL || service->disable)
			t->out = false;
		else if (t->out)
			s->retry_at = retry;
		else {
			if (lacks_command(service))
				s->retry_at = retry;
			s->nserved++;
		}
	}
}

/* Let L get no more clients; accept those that it has before it is closed. */
static void
retire(struct server *s, struct listener *l, const struct config *config,
    int64_t now)
{
	if (l->fd == -1)
		return;
	if (l->wait_socket.pid == 0 && l->closing_at == 0)
		handover_hide(l);
	if (l->service != NULL && listeners_heir(l, config, now) == NULL)
		accept_drain(s, l);
}

/* Serve CONFIG with the listeners of PLAN from now on. */
static void
switch_to(struct server *s, const struct config *config, struct arena *arena,
    struct listeners *plan, int64_t now)
{
	struct listeners old = s->listeners;
	struct arena old_arena = s->arena;
	bool first = s->config == NULL;
	size_t i;

	listeners_commit(plan, &old);
	s->listeners = *plan;
	/* Closing resets the clients in a queue: accept them first. */
	for (i = 0; i < old.n; i++)
		retire(s, &old.list[i], config, now);
	listeners_park(&s->listeners, &old, config, now);
	listeners_close(&old);
	s->config = config;
	s->arena = *arena;
	if (!first)
		arena_destroy(&old_arena);
	s->admission.config = config;
	children_recount(&s->children, &s->admission, now);
	log_set_facility((int)config->log_facility);
	service_stats_forget(&s->all_stats, config);
	count_served(s, now);
	linger_want(&s->lingering, config);
}

/* An inetd.conf may be empty: a reload will find services in it. */
static int
nothing_to_serve(const struct config *config)
{
	size_t i;

	for (i = 0; i < config->nservices; i++)
		if (!config->services[i].disable)
			break;
	if (i == config->nservices && config->inetd_conf != NULL)
		return 0;
	log_errx("no service to serve: all are disabled or out of service");
	return -1;
}

int
reload_first(struct server *s, const struct config *config, struct arena *arena,
    bool resumed)
{
	struct listeners plan;
	int64_t now = clock_now();

	if (listeners_plan(&plan, config, &s->listeners, &s->all_stats,
		resumed || !config->strict_start, LOG_ERR) == -1)
		return -1;
	switch_to(s, config, arena, &plan, now);
	listeners_log_unwanted(&s->listeners);
	if (s->nserved == 0 && nothing_to_serve(config) == -1 && !resumed)
		return -1;
	return logger_pipes(&s->all_stats, config) == -1 && !resumed ? -1 : 0;
}

int
reload_prove(struct server *s, const struct config *config)
{
	struct listeners plan;
	bool all;
	size_t n;

	if (listeners_plan(&plan, config, &s->listeners, &s->all_stats,
		!config->strict_start, LOG_ERR) == -1)
		return -1;
	n = plan.n;
	all = listeners_keep_all(&s->listeners, &s->all_stats);
	listeners_cancel(&plan, &s->listeners);
	if (!all)
		return -1;
	return n > 0 ? 0 : nothing_to_serve(config);
}

void
reload_close_hidden(struct server *s, int64_t now)
{
	struct listener *l;
	size_t i;

	for (i = s->listeners.n; i-- > 0;) {
		l = &s->listeners.list[i];
		if (l->closing_at == 0 || l->closing_at > now)
			continue;
		/* An upgrade would have to wait, too. */
		if (!s->upgrade.proved && accept_waits(s, l, now)) {
			l->closing_at = now + HANDOVER_TIME;
			continue;
		}
		accept_drain(s, l);
		listeners_drop(&s->listeners, l);
	}
}

/* --- while serving --- */

/* What is logged until log_copy(-1) belongs to the result of the reload. */
static void
copy_errors(const struct server *s)
{
	log_copy(s->load.errors > 0 ? s->load.errors : -1);
}

/* Tell those who asked for a reload that OUTCOME is its result. */
static void
conclude(struct server *s, bool failed, const char *outcome)
{
	struct reload_result r = { .number = s->reload_number,
		.failed = failed };

	reload_result_fill(&r, s->load.errors, outcome);
	if (s->load.errors > 0)
		close(s->load.errors);
	s->load.errors = 0;
	if (s->result[0] != '\0' && reload_result_write(s->result, &r) == -1)
		log_warn("%s: cannot write", s->result);
}

static void
reload_failed(struct server *s, const char *why)
{
	char outcome[256];

	s->trouble = why;
	s->status.outdated = true;
	snprintf(outcome, sizeof(outcome),
	    "reload failed: %s; keeping the old configuration", why);
	log_errx("%s", outcome);
	conclude(s, true, outcome);
}

static void
start_loading(struct server *s, enum load_kind kind, int64_t now)
{
	if (kind == LOAD_RELOAD)
		s->reload_number = now;
	if (load_start(
		&s->load, s->helpers.load, kind, &s->source, &s->arena) == -1) {
		if (kind == LOAD_RELOAD)
			reload_failed(s, "cannot run haild-load");
		status_ready(s);
		return;
	}
	s->loading = kind;
	s->load_deadline = now + LOAD_TIMEOUT;
}

void
reload_request(struct server *s, int64_t now)
{
	if (s->stopping) {
		s->reload_number = now;
		conclude(s, true, "reload failed: haild is stopping");
		return;
	}
	if (s->loading != LOAD_NONE) {
		s->load_again = true;
		return;
	}
	notify_reloading(&s->notify);
	start_loading(s, LOAD_RELOAD, now);
}

bool
reload_make_way(struct server *s, int64_t now)
{
	if (s->loading == LOAD_NONE)
		return true;
	if (s->loading == LOAD_RELOAD || s->load_again)
		return false;
	kill(s->load.pid, SIGKILL);
	arena_destroy(&s->load.arena);
	s->load.pid = 0;
	s->loading = LOAD_NONE;
	s->retry_at = now + RETRY_INTERVAL;
	return true;
}

static void
renew_logger(struct server *s)
{
	if (logger_pipes(&s->all_stats, s->config) == -1)
		log_warnx("standard error of some programs is discarded");
	logger_renew(&s->logger);
}

/* Plan CONFIG's listeners.  Returns NULL, or why it cannot be used (logged). */
static const char *
plan_reload(
    struct server *s, const struct config *config, struct listeners *plan)
{
	if (listeners_plan(plan, config, &s->listeners, &s->all_stats,
		!config->strict_start, LOG_ERR) == -1)
		return "cannot open all listeners";
	if (plan->n > 0 || nothing_to_serve(config) == 0)
		return NULL;
	listeners_cancel(plan, &s->listeners);
	service_stats_forget(&s->all_stats, s->config);
	return "no service can be served";
}

static void
apply_reload(struct server *s, const struct config *config, struct arena *arena,
    int64_t now)
{
	struct listeners plan;
	char outcome[1024];
	const char *why;

	copy_errors(s);
	why = plan_reload(s, config, &plan);
	log_copy(-1);
	if (why != NULL) {
		reload_failed(s, why);
		arena_destroy(arena);
		return;
	}
	switch_to(s, config, arena, &plan, now);
	s->trouble = NULL;
	snprintf(outcome, sizeof(outcome), "reloaded: %s", config->changes);
	report_out(s, outcome, sizeof(outcome));
	log_info("%s", outcome);
	renew_logger(s);
	conclude(s, false, outcome);
}

/* The same files' texts, loaded again for what was out of service. */
static void
apply_retry(struct server *s, const struct config *config, struct arena *arena,
    int64_t now)
{
	size_t before = s->nserved;
	struct listeners plan;

	if (listeners_plan(&plan, config, &s->listeners, &s->all_stats, true,
		LOG_DEBUG) == -1) {
		arena_destroy(arena);
		s->retry_at = now + RETRY_INTERVAL;
		return;
	}
	switch_to(s, config, arena, &plan, now);
	if (s->nserved == before)
		return;
	if (s->nserved > before)
		log_info("%zu service%s back in service", s->nserved - before,
		    s->nserved - before == 1 ? "" : "s");
	renew_logger(s);
}

void
reload_loaded(struct server *s, const siginfo_t *info, int64_t now)
{
	enum load_kind kind = s->loading;
	const struct config *config;

	copy_errors(s);
	config = load_finish(&s->load, info);
	log_copy(-1);
	s->loading = LOAD_NONE;
	s->load.pid = 0;
	if (config == NULL && kind == LOAD_RELOAD)
		reload_failed(s, load_trouble(info));
	else if (config == NULL)
		s->retry_at = now + RETRY_INTERVAL;
	else if (s->stopping) {
		arena_destroy(&s->load.arena);
		if (kind == LOAD_RELOAD)
			conclude(s, true, "reload failed: haild is stopping");
	} else if (kind == LOAD_RELOAD)
		apply_reload(s, config, &s->load.arena, now);
	else
		apply_retry(s, config, &s->load.arena, now);
	if (s->load_again && !s->stopping) {
		s->load_again = false;
		start_loading(s, LOAD_RELOAD, now);
	} else if (kind == LOAD_RELOAD && !s->stopping)
		status_ready(s);
}

int64_t
reload_expire(struct server *s, int64_t now)
{
	static const siginfo_t killed = { .si_code = CLD_KILLED,
		.si_status = SIGKILL };
	int64_t next;
	bool later;

	if (s->loading != LOAD_NONE && now >= s->load_deadline &&
	    s->load.killed)
		reload_loaded(s, &killed, now); /* it cannot be reaped */
	else if (s->loading != LOAD_NONE && now >= s->load_deadline) {
		copy_errors(s);
		log_errx(LOAD_TOO_LONG, (int)(LOAD_TIMEOUT / SECOND));
		log_copy(-1);
		kill(s->load.pid, SIGKILL);
		s->load.killed = true;
		s->load_deadline = now + REAP_GRACE;
	}
	if (s->loading == LOAD_NONE && s->retry_at != 0 && now >= s->retry_at &&
	    !s->stopping) {
		/* An upgrade would have to wait for it. */
		later = s->upgrade.pid != 0 || s->upgrade.proved;
		s->retry_at = now + (later ? SECOND : RETRY_INTERVAL);
		if (!later)
			start_loading(s, LOAD_RETRY, now);
	}
	next = listeners_next_close(&s->listeners);
	if (s->loading != LOAD_NONE)
		return clock_sooner(next, s->load_deadline);
	return s->retry_at != 0 && !s->stopping
	    ? clock_sooner(next, s->retry_at)
	    : next;
}
