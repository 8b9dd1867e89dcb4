#include "haild/refresh.h"

#include <signal.h>
#include <string.h>

#include "lib/io.h"
#include "lib/log.h"

#define TARGETS_MAX 900 /* bytes in a line of the log */

/* When to resolve next: sooner if a target has no address.  0: never. */
static int64_t
next_resolve(const struct config *config, int64_t now)
{
	int64_t interval = config->resolve_interval;

	if (config_has_target_names(config, true) &&
	    (interval == -1 || interval > RETRY_INTERVAL))
		interval = RETRY_INTERVAL;
	return interval != -1 && config_has_target_names(config, false)
	    ? now + interval
	    : 0;
}

void
refresh_schedule(struct server *s, int64_t now)
{
	s->resolve_at = next_resolve(s->config, now);
	s->resolve_failed = false;
	/* A start waits only NAMES_SOON: resolve the other names at once. */
	if (s->config->unanswered && config_has_target_names(s->config, true))
		s->resolve_at = now;
}

enum load_kind
refresh_due(struct server *s, int64_t now)
{
	bool retry = s->retry_at != 0 && now >= s->retry_at,
	     resolve = s->resolve_at != 0 && now >= s->resolve_at;

	if (s->loading != LOAD_NONE || s->stopping || s->stop_at != 0 ||
	    (!retry && !resolve))
		return LOAD_NONE;
	if (s->upgrade.pid != 0 || s->upgrade.proved) {
		if (retry)
			s->retry_at = now + SECOND;
		if (resolve)
			s->resolve_at = now + SECOND;
		return LOAD_NONE;
	}
	/* For the case that haild-load cannot be run. */
	if (retry)
		s->retry_at = now + RETRY_INTERVAL;
	else
		s->resolve_at = now + RETRY_INTERVAL;
	return retry ? LOAD_RETRY : LOAD_RESOLVE;
}

int64_t
refresh_next(const struct server *s)
{
	int64_t next = -1;

	if (s->loading != LOAD_NONE || s->stopping || s->stop_at != 0)
		return -1;
	if (s->retry_at != 0)
		next = s->retry_at;
	return s->resolve_at != 0 ? clock_sooner(next, s->resolve_at) : next;
}

void
refresh_failed(
    struct server *s, enum load_kind kind, const char *why, int64_t now)
{
	if (kind == LOAD_RETRY) {
		s->retry_at = now + RETRY_INTERVAL;
		return;
	}
	s->resolve_at = next_resolve(s->config, now);
	if (why != NULL && !s->resolve_failed)
		log_warnx(
		    "cannot resolve the names of targets again: %s; "
		    "keeping their addresses",
		    why);
	s->resolve_failed = why != NULL;
}

static void
log_targets(const struct service *service)
{
	char text[TARGETS_MAX] = "";
	size_t i;

	for (i = 0; i < service->ntargets; i++) {
		strlcat(text, i > 0 ? ", " : "", sizeof(text));
		if (strlcat(text, service->targets[i].text, sizeof(text)) >=
		    sizeof(text) - sizeof(", ..."))
			break;
	}
	if (i < service->ntargets)
		strlcpy(
		    text + sizeof(text) - sizeof("..."), "...", sizeof("..."));
	log_service(LOG_INFO, "targets", service->name, "%s: targets: %s",
	    service->name, text);
}

void
refresh_log_targets(const struct config *old, const struct config *new)
{
	const struct service *s, *before;
	size_t i;

	for (i = 0; i < new->nservices; i++) {
		s = &new->services[i];
		before = config_find(old, s->name);
		/* Why one is out of service is logged elsewhere. */
		if (s->ntargets > 0 && s->missing == NULL &&
		    (before == NULL || !config_same_targets(before, s)))
			log_targets(s);
	}
}

void
refresh_abandon(struct server *s, int64_t now)
{
	enum load_kind kind = s->loading;

	if (s->load.pid != 0)
		kill(s->load.pid, SIGKILL);
	load_discard(&s->load);
	keepers_cancel(&s->keepers);
	s->loaded = NULL;
	s->load.pid = 0;
	s->loading = LOAD_NONE;
	refresh_failed(s, kind, NULL, now);
}
