#include "haild/reload.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "haild/conclude.h"
#include "haild/drain.h"
#include "haild/listen/plan.h"
#include "haild/refresh.h"
#include "haild/relay_begin.h"
#include "haild/relays/ended.h"
#include "haild/report.h"
#include "haild/switch.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/process.h"

#define NO_TLS "haild-tls failed"

/* Also during drain-delay: the configuration does not change any more. */
static bool
is_stopping(const struct server *s)
{
	return s->stopping || s->stop_at != 0;
}

/* Start the keeper for CONFIG, if it needs one.  Returns 0, or -1 (logged). */
static int
prepare_keeper(struct server *s, const struct config *config,
    const struct arena *arena, int64_t now)
{
	const struct keeper_setup setup = relay_setup(s, config, arena);

	return keepers_are_needed(config)
	    ? keepers_prepare(&s->keepers, &setup, now)
	    : 0;
}

/* Wait for the keeper: nothing is served yet. */
static int
wait_for_keeper(struct server *s)
{
	const struct keeper *p = &s->keepers.list[KEEPER_NEXT];
	struct keeper_relay none;
	bool runs = p->fd != -1;

	while (p->fd != -1 && !p->ready) {
		if (io_wait(p->fd, POLLIN, p->due) <= 0)
			keepers_lose(
			    &s->keepers, KEEPER_NEXT, "was not ready in time");
		keepers_receive(&s->keepers, KEEPER_NEXT, &none);
	}
	return runs && p->fd == -1 ? -1 : 0;
}

int
reload_first(struct server *s, const struct config *config, struct arena *arena,
    bool resumed)
{
	struct control_plan control;
	struct listeners plan;
	int64_t now = clock_now();

	/* After an upgrade, do not wait: clients wait for the keeper. */
	if ((prepare_keeper(s, config, arena, now) == -1 ||
		(!resumed && wait_for_keeper(s) == -1)) &&
	    !resumed) {
		log_errx("cannot serve TLS");
		return -1;
	}
	if (control_plan(&control, &s->control, config) == -1 && !resumed)
		return -1;
	drain_new(s, config);
	if (listeners_plan(&plan, config, &s->listeners, &s->all_stats,
		resumed || !config->strict_start, LOG_ERR) == -1) {
		control_cancel(&control);
		return -1;
	}
	switch_to(s, config, arena, &plan, now);
	s->history.configured = time(NULL);
	control_commit(&s->control, &control);
	listeners_log_unwanted(&s->listeners);
	if (s->nserved == 0 && switch_nothing(config, &s->all_stats) == -1 &&
	    !resumed)
		return -1;
	return logger_pipes(&s->all_stats, config) == -1 && !resumed ? -1 : 0;
}

int
reload_prove(struct server *s, const struct config *config)
{
	struct listeners plan;
	bool all;
	size_t n;

	drain_new(s, config);
	if (listeners_plan(&plan, config, &s->listeners, &s->all_stats,
		!config->strict_start, LOG_ERR) == -1)
		return -1;
	n = plan.n;
	all = listeners_keep_all(&s->listeners, &s->all_stats);
	listeners_cancel(&plan, &s->listeners);
	if (!all)
		return -1;
	return n > 0 ? 0 : switch_nothing(config, &s->all_stats);
}

/* --- while serving --- */

/* What is logged until log_copy(-1) belongs to the result of the reload. */
static void
copy_errors(const struct server *s)
{
	log_copy(s->load.errors > 0 ? s->load.errors : -1);
}

/* Count the reload, and answer OUTCOME to the clients that wait for it.
 */
static void
finish(struct server *s, bool failed, const char *outcome)
{
	s->history.reloaded = time(NULL);
	if (failed)
		s->history.reloads_failed++;
	else
		s->history.reloads++;
	conclude(&s->control, CONTROL_RELOAD, s->reload_number,
	    failed ? CONTROL_FAILED : CONTROL_OK, &s->load.errors, outcome);
}

static void
reload_failed(struct server *s, const char *why)
{
	char outcome[256];

	s->trouble = why;
	s->status.outdated = true;
	snprintf(outcome, sizeof(outcome),
	    "reload failed: %s; keeping the old configuration", why);
	log_named(LOG_ERR, "reload-failed", "%s", outcome);
	finish(s, true, outcome);
}

/* haild stops: neither this reload nor a later one will be done. */
static void
refuse(struct server *s)
{
	conclude(&s->control, CONTROL_RELOAD, INT64_MAX, CONTROL_FAILED,
	    &s->load.errors, "reload failed: haild is stopping");
	s->load_again = false;
}

static void
start_loading(struct server *s, enum load_kind kind, int64_t now)
{
	if (kind == LOAD_RELOAD)
		s->reload_number = now;
	if (load_start(&s->load, &s->helpers, kind, &s->source, &s->arena) ==
	    -1) {
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
	if (is_stopping(s)) {
		refuse(s);
		return;
	}
	if (s->loading == LOAD_RELOAD) {
		s->load_again = true;
		return;
	}
	/* A reload resolves all names itself. */
	if (s->loading != LOAD_NONE)
		refresh_abandon(s, now);
	notify_reloading(&s->notify);
	start_loading(s, LOAD_RELOAD, now);
}

bool
reload_make_way(struct server *s, int64_t now)
{
	if (s->loading == LOAD_NONE)
		return true;
	if (s->loading == LOAD_RELOAD)
		return false;
	refresh_abandon(s, now);
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
plan_reload(struct server *s, const struct config *config,
    struct listeners *plan, struct control_plan *control)
{
	if (control_plan(control, &s->control, config) == -1)
		return "cannot open the control socket";
	drain_new(s, config);
	if (listeners_plan(plan, config, &s->listeners, &s->all_stats,
		!config->strict_start, LOG_ERR) == -1) {
		control_cancel(control);
		return "cannot open all listeners";
	}
	if (plan->n > 0 || switch_nothing(config, &s->all_stats) == 0)
		return NULL;
	control_cancel(control);
	listeners_cancel(plan, &s->listeners);
	ended_report_all(&s->relays);
	service_stats_forget(&s->all_stats, s->config);
	return "no service can be served";
}

static void
apply_reload(struct server *s, const struct config *config, struct arena *arena,
    int64_t now)
{
	struct control_plan control;
	struct listeners plan;
	char outcome[1024];
	const char *why;

	copy_errors(s);
	why = plan_reload(s, config, &plan, &control);
	log_copy(-1);
	if (why != NULL) {
		reload_failed(s, why);
		load_discard(&s->load);
		return;
	}
	switch_to(s, config, arena, &plan, now);
	s->history.configured = time(NULL);
	control_commit(&s->control, &control);
	s->trouble = NULL;
	snprintf(outcome, sizeof(outcome), "reloaded: %s", config->changes);
	report_out(s, outcome, sizeof(outcome));
	log_named(LOG_INFO, "reload", "%s", outcome);
	renew_logger(s);
	finish(s, false, outcome);
}

/*
 * Put into effect a configuration of the same texts, in which services may be
 * in service again or have other targets.
 */
static void
apply_refresh(struct server *s, const struct config *config,
    struct arena *arena, int64_t now)
{
	size_t before = s->nserved;
	struct listeners plan;

	drain_new(s, config);
	if (listeners_plan(&plan, config, &s->listeners, &s->all_stats, true,
		LOG_DEBUG) == -1) {
		load_discard(&s->load);
		refresh_failed(s, LOAD_RETRY, NULL, now);
		return;
	}
	refresh_log_targets(s->config, config);
	switch_to(s, config, arena, &plan, now);
	if (s->nserved == before)
		return;
	if (s->nserved > before)
		log_named(LOG_INFO, "back-in-service",
		    "%zu service%s back in service", s->nserved - before,
		    s->nserved - before == 1 ? "" : "s");
	renew_logger(s);
}

/* The load is over: S serves the new configuration, or WHY it does not. */
static void
finish_loading(struct server *s, const char *why, int64_t now)
{
	enum load_kind kind = s->loading;
	/* NULL: none that is to be used */
	const struct config *config =
	    why == NULL && !is_stopping(s) ? s->loaded : NULL;

	if (s->loaded != NULL && config == NULL)
		load_discard(&s->load);
	s->loading = LOAD_NONE;
	s->loaded = NULL;
	if (is_stopping(s))
		refuse(s);
	else if (config == NULL && kind == LOAD_RELOAD)
		reload_failed(s, why);
	else if (config == NULL)
		refresh_failed(s, kind, why, now);
	else if (kind == LOAD_RELOAD)
		apply_reload(s, config, &s->load.arena, now);
	else
		apply_refresh(s, config, &s->load.arena, now);
	/* The keeper was for a configuration that is not used. */
	if (keepers_next_runs(&s->keepers))
		keepers_cancel(&s->keepers);
	if (s->load_again && !is_stopping(s)) {
		s->load_again = false;
		start_loading(s, LOAD_RELOAD, now);
	} else if (kind == LOAD_RELOAD && !is_stopping(s))
		status_ready(s);
}

void
reload_loaded(struct server *s, const siginfo_t *info, int64_t now)
{
	copy_errors(s);
	s->loaded = load_finish(&s->load, info);
	log_copy(-1);
	s->load.pid = 0;
	if (s->loaded == NULL)
		finish_loading(s,
		    s->loading == LOAD_RESOLVE && load_is_unchanged(info)
			? NULL
			: load_trouble(info),
		    now);
	else if (prepare_keeper(s, s->loaded, &s->load.arena, now) == -1)
		finish_loading(s, NO_TLS, now);
	else
		reload_prepared(s, now);
}

/* Whether the keeper of the new configuration is ready. */
static bool
is_prepared(const struct server *s)
{
	return is_stopping(s) || !keepers_are_needed(s->loaded) ||
	    s->keepers.list[KEEPER_NEXT].ready ||
	    !keepers_next_runs(&s->keepers);
}

void
reload_prepared(struct server *s, int64_t now)
{
	bool runs = keepers_next_runs(&s->keepers);

	if (s->loaded != NULL && is_prepared(s))
		finish_loading(s,
		    keepers_are_needed(s->loaded) && !runs ? NO_TLS : NULL,
		    now);
}

int64_t
reload_expire(struct server *s, int64_t now)
{
	static const siginfo_t killed = { .si_code = CLD_KILLED,
		.si_status = SIGKILL };
	int64_t next, look = switch_check_interfaces(s, now);
	enum load_kind due;

	/* The keeper has a deadline of its own. */
	if (s->loaded != NULL)
		return is_prepared(s) ? now : -1;
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
	if ((due = refresh_due(s, now)) != LOAD_NONE)
		start_loading(s, due, now);
	next = clock_sooner(look, listeners_next_close(&s->listeners));
	return clock_sooner(
	    next, s->loading != LOAD_NONE ? s->load_deadline : refresh_next(s));
}
