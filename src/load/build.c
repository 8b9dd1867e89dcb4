/*
 * build.c -- from files to a configuration.
 *
 * Two passes over the files: the top level first, since its defaults apply to
 * every service wherever it is; then the services.  All errors are reported
 * before the configuration is refused.
 */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contain/confine.h"
#include "lib/log.h"
#include "load/files.h"
#include "load/service.h"
#include "load/names.h"
#include "session/trial.h"

/* The defaults at the top, and where they were written. */
struct top {
	struct service service;
	struct origin *origins;
	int64_t taken; /* sessions that one source can have of all services */
};

static void
check_name(struct loader *l, const char *name, const config_setting_t *group)
{
	const struct service *other = config_find(l->config, name);

	if (strlen(name) > SERVICE_NAME_MAX)
		loader_error(l, group,
		    "\"%s\": a service's name has at most %d bytes", name,
		    SERVICE_NAME_MAX);
	if (other != NULL)
		loader_error(l, group, "service \"%s\" already exists at %s:%d",
		    name, other->file, other->line);
}

static void
read_service(
    struct loader *l, size_t at, struct top *top, const config_setting_t *group)
{
	struct service *s = (struct service *)&l->config->services[at];
	struct origin own[nsettings], origins[nsettings];
	const char *name = config_setting_name(group);

	*s = top->service;
	s->file = l->file;
	s->line = loader_origin(l, group).line;
	check_name(l, name, group);
	s->name = arena_strdup(l->arena, name);
	settings_read_group(l, s, group, top->origins, own, origins);
	forward_remember(l, at);

	check_handler(l, s);
	if (s->listen == NULL || s->listen[0] == NULL)
		loader_error(l, group,
		    "service \"%s\" does not listen: add \"listen\"", name);
	else
		endpoints_resolve(l, s);
	check_own(l, s);
	if (s->handler == HANDLER_FORWARD)
		forward_resolve(l, s);
	endpoints_check_defer(l, s);
	check_wait(l, s);
	presets_apply(l, s);
	tls_check(l, s);
	shares_default(l, s);
	if (l->source->advise)
		top->taken += shares_warn(l, s);
	if (!s->disable) {
		check_claims(l, at);
		users_resolve(l, s);
		if (s->handler == HANDLER_FORWARD)
			forward_check_user(l, s);
		check_paths(l, s);
		tls_check_files(l, s);
	}
	users_default_privileges(l, s);
	contained_check(l, s);
	busy_make(l, s);
	rows_make(l, s);
	if (config_needs_linger(s) && l->source->root &&
	    l->config->linger.name == NULL)
		users_resolve_own(l, s, "haild-linger", &l->config->linger);
	if (s->tls && !s->disable && l->source->root &&
	    l->config->tls.name == NULL)
		users_resolve_own(l, s, "haild-tls", &l->config->tls);
	if (s->commands != NULL)
		command_read(
		    l, s, config_setting_get_member(group, "commands"));
	if (l->source->advise) {
		contained_advise(l, s);
		endpoints_advise(l, s);
		forward_advise(l, s);
		forward_advise_defer(l, s);
	}
}

/* One pass: the services, or everything else. */
static void
read_pass(
    struct loader *l, struct top *top, const struct files *files, bool services)
{
	config_setting_t *root, *v;
	size_t i;
	int j;

	for (i = 0; i < files->n; i++) {
		root = config_root_setting(&files->list[i].tree);
		l->file = files->list[i].text.name;
		l->text =
		    files->list[i].text.inetd ? NULL : files->list[i].text.text;
		for (j = 0; j < config_setting_length(root); j++) {
			v = config_setting_get_elem(root, (unsigned int)j);
			if (config_setting_is_group(v) != services)
				continue;
			if (services)
				read_service(l, l->config->nservices++, top, v);
			else
				settings_read(
				    l, &top->service, false, v, top->origins);
		}
	}
}

static void
check_any_service(struct loader *l, const struct config *config)
{
	size_t i;

	/* An inetd.conf may well be empty, until a package adds to it. */
	if (config->inetd_conf != NULL)
		return;
	l->file = l->source->file;
	for (i = 0; i < config->nservices; i++)
		if (!config->services[i].disable)
			return;
	loader_error(l, NULL, "%s",
	    i == 0 ? "no service is configured" : "every service is disabled");
}

/* --- what their sessions will do at their start --- */

#define DISTURBED "%s; continuing without this test"

/* C is a service or a command; RESULT is not 0. */
static void
report_trial(
    struct loader *l, const struct service *c, int result, const char *why)
{
	const struct origin origin = { .file = c->file, .line = c->line };

	if (result == TRIAL_DISTURBED)
		loader_report(
		    l, false, &origin, "\"%s\": " DISTURBED, c->name, why);
	else if (l->source->trial == TRIAL_WARN)
		loader_report(l, false, &origin, TRIAL_UNABLE, c->name, why);
	else
		loader_missing(l, (struct service *)c, &origin, "%s", why);
}

/* As containment_grant in the daemon, but no leaf. */
static int
try_contained(
    const struct service *s, int empty, int64_t until, char why[TRIAL_WHY_MAX])
{
	struct grant grant = NO_GRANT;

	if (s->contained.pool_first != 0)
		grant.uid = s->contained.pool_first;
	trees_trial_grant(s, &grant);
	return trial_session(s, &grant, empty, until, why);
}

static void
try_service(struct loader *l, const struct service *s, int empty, int64_t until)
{
	const struct service *c;
	char why[TRIAL_WHY_MAX];
	int result = try_contained(s, empty, until, why);

	if (result == 0 && s->handler == HANDLER_COMMANDS)
		result =
		    trial_speaker(s, &l->config->speaker, empty, until, why);
	if (result != 0)
		report_trial(l, s, result, why);
	if (result == -1)
		return;
	for (c = s->commands; c != NULL && c->name != NULL; c++) {
		if (c->missing != NULL)
			continue;
		result = try_contained(c, empty, until, why);
		if (result != 0)
			report_trial(l, c, result, why);
	}
}

/* There is no default in its place. */
static void
try_tls(struct loader *l, int64_t until)
{
	char why[TRIAL_WHY_MAX];
	int result;

	if (!l->source->root || l->config->tls.name == NULL)
		return;
	result = trial_own("TLS processes", &l->config->tls, until, why);
	if (result == 0)
		return;
	if (result == TRIAL_DISTURBED)
		loader_warn(l, "TLS processes: " DISTURBED, why);
	else if (l->source->trial == TRIAL_WARN)
		loader_warn(l, "cannot start the TLS processes: %s", why);
	else {
		loader_error_at(
		    l, NULL, "cannot start the TLS processes: %s", why);
		l->lacking++;
	}
}

static void
do_without_logger(struct service *c)
{
	if (c->stderr_to == STDERR_LOG)
		c->stderr_to = STDERR_DISCARD;
}

static void
do_without_linger(struct service *c)
{
	c->linger = false;
	c->busy = NULL;
	c->busy_len = 0;
}

/*
 * A process of haild's own that could not become ID would be started again and
 * again.  Services do WITHOUT it, which has the EFFECT, but for strict-start.
 */
static void
try_own(struct loader *l, const char *name, const struct identity *id,
    int64_t until, void (*without)(struct service *), const char *effect)
{
	struct service *s = (struct service *)l->config->services, *c;
	struct service *end = s + l->config->nservices;
	char why[TRIAL_WHY_MAX];
	int result;

	if (!l->source->root || id->name == NULL)
		return;
	result = trial_own(name, id, until, why);
	if (result == 0)
		return;
	if (result == TRIAL_DISTURBED) {
		loader_warn(l, "%s: " DISTURBED, name, why);
		return;
	}
	if (l->config->strict_start && l->source->trial == TRIAL_MUST) {
		loader_missing(
		    l, NULL, NULL, "cannot start the %s: %s", name, why);
		return;
	}
	loader_warn(l, "cannot start the %s: %s; %s", name, why, effect);
	for (; s < end; s++) {
		without(s);
		c = (struct service *)s->commands;
		for (; c != NULL && c->name != NULL; c++)
			without(c);
	}
}

static void
try_services(struct loader *l)
{
	const struct service *s = l->config->services;
	int64_t until = clock_now() + TRIAL_TIME;
	int empty = confine_open_root();
	size_t i;

	try_own(l, "logger", &l->config->haild, until, do_without_logger,
	    "standard error of programs is discarded");
	try_own(l, "linger process", &l->config->linger, until,
	    do_without_linger,
	    "\"linger\" is off, and refused clients get no message");
	try_tls(l, until);

	for (i = 0; i < l->config->nservices; i++)
		if (!s[i].disable && s[i].missing == NULL)
			try_service(l, &s[i], empty, until);
	if (empty != -1)
		close(empty);
}

/*
 * Log in the form that the configuration asks for, so that a program that reads
 * the log also understands the errors in the rest of it.
 */
static void
use_log_format(const struct files *files)
{
	const char *word;
	size_t i;

	for (i = 0; i < files->n; i++)
		if (config_lookup_string(
			&files->list[i].tree, "log-format", &word))
			log_set_json(strcmp(word, "json") == 0);
}

const struct config *
config_build(const struct config_source *source, struct arena *arena,
    config_sink *sink, void *arg, bool *wrong)
{
	struct loader l = {
		.source = source, .arena = arena, .sink = sink, .arg = arg
	};
	struct origin origins[nsettings];
	struct top top = { .origins = origins };
	struct config *config;
	struct files files;
	size_t room = 0, i;
	char text[1024];

	/* The first thing in the arena: where the daemon finds it. */
	config = arena_alloc(arena, sizeof(*config));
	memset(origins, 0, sizeof(origins));
	l.config = config;
	l.origins = origins;
	settings_preset(&l, &top.service);
	top.service.contained = (struct sandbox) { .tree = NO_TREE,
		.capabilities = CAPABILITIES_ALL };
	l.names = names_create(source);
	files_read(&l, &files);
	if (source->start)
		use_log_format(&files);
	if (source->inetd != NULL)
		config->inetd_conf = arena_strdup(arena, source->inetd);
	if (source->inetd != NULL && source->file == NULL)
		config->max_sessions = SESSIONS_MAX; /* as inetd: no limit */
	read_pass(&l, &top, &files, false);
	shares_default_total(&l);
	rows_make_top(&l, origins);
	config->source_v4 = top.service.source_v4;
	config->source_v6 = top.service.source_v6;
	if (source->inetd != NULL && ORIGIN(&l, "inetd-conf")->file != NULL)
		loader_error_at(&l, ORIGIN(&l, "inetd-conf"),
		    "\"inetd-conf\" and -I are mutually exclusive");
	files_finish(&l, &files);
	for (i = 0; i < files.n; i++)
		room += (size_t)config_setting_length(
		    config_root_setting(&files.list[i].tree));
	/* At most: the settings at the top are among them. */
	config->services = arena_alloc(arena, room * sizeof(*config->services));
	names_start(&l, &files);
	if (source->root)
		users_resolve_own(&l, NULL, "haild", &config->haild);
	read_pass(&l, &top, &files, true);
	forward_check_loops(&l);
	l.origins = origins;
	users_resolve_control(&l);
	config->environment = top.service.environment;
	names_end(&l);
	if (l.errors == 0)
		check_any_service(&l, config);
	if (source->advise)
		shares_warn_total(&l, top.taken);
	if (l.errors == 0 && source->trial != TRIAL_NONE &&
	    (!source->resolve ||
		forward_has_changed(source->previous, config))) {
		trees_build(&l);
		try_services(&l);
	}

	if (l.errors > LOADER_ERRORS_MAX) {
		snprintf(text, sizeof(text), "%u more errors",
		    l.errors - LOADER_ERRORS_MAX);
		sink(arg, true, text);
	}
	if (wrong != NULL)
		*wrong = l.errors > l.lacking;
	files_free(&files);
	pools_free(&l);
	rows_free(&l);
	free(l.presets);
	free(l.said);
	strlcpy(config->stamp, config_stamp_text(), sizeof(config->stamp));
	if (l.errors == 0 && source->previous != NULL) {
		config_diff(source->previous, config, text, sizeof(text));
		config->changes = arena_strdup(arena, text);
	}
	return l.errors == 0 ? config : NULL;
}
