#include "haild/control/explain.h"

#include <stdio.h>
#include <string.h>

#include "config/command.h"
#include "config/identity.h"

const struct setting_row *
explain_find_row(const struct setting_row *const *rows, const char *name)
{
	for (; rows != NULL && *rows != NULL; rows++)
		if (strcmp((*rows)->name, name) == 0)
			return *rows;
	return NULL;
}

/* The rule is the setting NAME of ROWS; VALUE: what of its value decides. */
static void
set(struct rule *rule, const struct setting_row *const *rows, const char *name,
    const char *value)
{
	const struct setting_row *row = explain_find_row(rows, name);

	rule->name = name;
	rule->where = row == NULL ? NULL : row->where;
	rule->value = value != NULL || row == NULL ? value : row->value;
}

/* The same; VALUE is an entry of a list, on LINE unless that is 0. */
static void
set_entry(struct rule *rule, const struct setting_row *const *rows,
    const char *name, const char *value, int line)
{
	const struct setting_row *row = explain_find_row(rows, name);

	set(rule, rows, name, value);
	if (line == 0 || row == NULL || row->file == NULL)
		return;
	snprintf(rule->place, sizeof(rule->place), "%s:%d", row->file, line);
	rule->where = rule->place;
}

/* The same for LIST[INDEX], a list of strings. */
static void
set_string(struct rule *rule, const struct setting_row *const *rows,
    const char *name, const char *const *list, size_t index)
{
	const struct setting_row *row = explain_find_row(rows, name);

	set_entry(rule, rows, name, list != NULL ? list[index] : NULL,
	    row == NULL || row->lines == NULL ? 0 : row->lines[index]);
}

/* --- access --- */

static void
set_access(struct explained *e, const struct service *of,
    const struct access_rule *access)
{
	const struct setting_row *const *rows =
	    access->of_all ? e->w->view->config->rows : of->rows;
	struct rule *rule = &e->rule;

	switch (access->by) {
	case ACCESS_OPEN:
		*rule = (struct rule) { .name = "access",
			.value = "no list excludes the client" };
		break;
	case ACCESS_UNLISTED:
		set(rule, rows,
		    e->client.addr.sa.sa_family != AF_UNIX ? "allow"
			: of->nallow_uids > 0		   ? "allow-user"
							   : "allow-group",
		    "has no entry for the client");
		break;
	case ACCESS_ALLOW:
	case ACCESS_DENY:
		prefix_print(
		    &access->prefix->prefix, rule->text, sizeof(rule->text));
		set_entry(rule, rows,
		    access->by == ACCESS_ALLOW ? "allow" : "deny", rule->text,
		    access->prefix->line);
		break;
	case ACCESS_USER:
		set_string(
		    rule, rows, "allow-user", of->allow_user, access->index);
		break;
	case ACCESS_GROUP:
		set_string(
		    rule, rows, "allow-group", of->allow_group, access->index);
		break;
	}
}

/* The pattern of "allow-identity" of OF that is for the client. */
static void
set_identity(struct explained *e, const struct service *of)
{
	const char *const *p = of->allow_identity;
	const char *name = e->tls->nnames > 0 ? e->tls->names[0] : NULL;

	if (p == NULL) {
		set(&e->rule, of->rows, "tls-client", NULL);
		return;
	}
	while (*p != NULL && (name == NULL || !identity_matches(*p, name)))
		p++;
	if (*p == NULL)
		set(&e->rule, of->rows, "allow-identity",
		    "has no entry for the client");
	else
		set_string(&e->rule, of->rows, "allow-identity",
		    of->allow_identity, (size_t)(p - of->allow_identity));
}

/*
 * Find the setting that decides whether the client may use OF, a service or a
 * command.
 */
static void
set_client_rule(struct explained *e, const struct service *of)
{
	const bool local = e->client.addr.sa.sa_family == AF_UNIX;
	struct access_rule access;

	if (of != e->service && !local)
		access = access_prefixes_rule(
		    &of->allow, &of->deny, &e->client.addr);
	else
		access = local ? access_user_rule(of, &e->client)
			       : access_address_rule(
				     e->w->view->config, of, &e->client.addr);
	if (of != e->service && !local &&
	    (of->allow_user != NULL || of->allow_group != NULL))
		set(&e->rule, of->rows,
		    of->allow_user != NULL ? "allow-user" : "allow-group",
		    "only on a Unix socket");
	else if (e->tls != NULL && access.accepted &&
	    of->allow_identity != NULL)
		set_identity(e, of);
	else
		set_access(e, of, &access);
}

/* --- the reasons of a refusal --- */

/* The setting for each; those of a source can be of the top level, too. */
static const struct {
	const char *name;
	bool of_all, of_source;
} limits[NREFUSALS] = {
	[REFUSED_PROXY] = { "proxy-from", false, false },
	[REFUSED_LOAD] = { "max-load", true, false },
	[REFUSED_TOTAL] = { "max-sessions", true, false },
	[REFUSED_SERVICE] = { "max-sessions", false, false },
	[REFUSED_SOURCE] = { "max-per-source", false, true },
	[REFUSED_SERVICE_RATE] = { "rate", false, false },
	[REFUSED_SOURCE_RATE] = { "rate-per-source", false, false },
	[REFUSED_IDENTITY_LIMIT] = { "max-per-identity", false, true },
	[REFUSED_IDENTITY_RATE] = { "rate-per-source", false, false },
	[REFUSED_POOL] = { "user", false, false },
	[REFUSED_TASKS] = { "service-tasks-max", false, false },
	[REFUSED_TLS_FAULT] = { "tls-client", false, false },
};

static bool
is_used_up(const struct source_use *use)
{
	return use->limit != -1 && use->live >= use->limit;
}

static void
set_limit(struct explained *e)
{
	const enum refusal_reason reason = e->why.reason;
	const struct setting_row *const *all = e->w->view->config->rows;

	if (reason == REFUSED_ACCESS)
		set_client_rule(e, e->service);
	else if (reason == REFUSED_DRAINED)
		e->rule = (struct rule) { .name = "haildctl drain" };
	else if (reason == REFUSED_IDENTITY)
		set_identity(e, e->service);
	else if (limits[reason].of_source &&
	    !is_used_up(&e->uses[USE_OF_SERVICE]))
		set(&e->rule, all, "max-per-source", NULL);
	else if (limits[reason].name != NULL)
		set(&e->rule, limits[reason].of_all ? all : e->service->rows,
		    limits[reason].name, NULL);
}

static void
set_missing(struct rule *rule, const struct service *of)
{
	*rule = (struct rule) {
		.name = "missing", .value = of->missing, .where = of->missing_at
	};
}

/* The argument at POSITION is not accepted. */
static void
set_argument_rule(struct explained *e, const struct service *c, size_t position)
{
	const char *pattern;
	size_t i = 0;

	if (e->request.args[position - 1][0] == '-' && !c->arg_dash)
		set(&e->rule, c->rows, "arg-dash", NULL);
	else if (c->arg_match == NULL)
		set(&e->rule, c->rows, "arg-match", NULL);
	else {
		pattern = match_pattern(c, position);
		while (c->arg_match[i] != pattern)
			i++;
		set_string(&e->rule, c->rows, "arg-match", c->arg_match, i);
	}
}

/* The command that the client asks for and may not run. */
static void
set_command_rule(struct explained *e)
{
	const struct service *c = config_command(e->service, e->request.name);

	switch (e->outcome.kind) {
	case OUTCOME_NOT_ALLOWED:
		/* "help NAME" names another one. */
		if (c == NULL && e->request.nargs > 0)
			c = config_command(e->service, e->request.args[0]);
		if (c != NULL)
			set_client_rule(e, c);
		break;
	case OUTCOME_COUNT:
		if (c != NULL)
			set(&e->rule, c->rows, "args", NULL);
		break;
	case OUTCOME_ARGUMENT:
		set_argument_rule(e, c, (size_t)e->outcome.number);
		break;
	case OUTCOME_LIMIT:
		set(&e->rule, c->rows, "max-sessions", NULL);
		break;
	case OUTCOME_NO_GRANT:
		set(&e->rule, c->rows, "user", NULL);
		break;
	case OUTCOME_OUT:
		set_missing(&e->rule, c);
		break;
	default:
		break;
	}
}

/* Of a client that is served: the setting of the command, or else the service.
 */
static void
set_served_rule(struct explained *e)
{
	if (e->command != NULL)
		set_client_rule(e, e->command);
	if (e->rule.where == NULL && !e->service->wait)
		set_client_rule(e, e->service);
}

void
explain_find_rule(struct explained *e)
{
	if (e->why.reason != REFUSED_NOT)
		set_limit(e);
	else if (e->outcome.kind != OUTCOME_NONE)
		set_command_rule(e);
	else if (e->reason == NULL)
		set_served_rule(e);
	else if (e->setting != NULL)
		set(&e->rule, e->service->rows, e->setting, NULL);
	else if (e->service->missing != NULL)
		set_missing(&e->rule, e->service);
	else if (!e->w->view->stopping && e->stats != NULL && e->stats->out)
		set(&e->rule, e->service->rows, "listen", e->stats->trouble);
}
