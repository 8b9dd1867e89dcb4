#include "haild/control/explain.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "control/answer.h"
#include "haild/children/children.h"
#include "session/environment.h"

#define NAME_MAX_SHOWN 1024 /* of a variable */

void
explain_fact(const struct explained *e, const char *section, const char *name,
    const char *value, const char *where)
{
	const struct answer_fact fact = { section, name, value, where };

	record_write(e->w->out, &answer_format.kinds[ANSWER_FACT], &fact);
}

static void __attribute__((format(printf, 4, 5)))
print_fact(const struct explained *e, const char *section, const char *name,
    const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	explain_fact(e, section, name, text, NULL);
}

/* What runs: the command that was asked for, or the service. */
static const struct service *
run_by(const struct explained *e)
{
	return e->command != NULL ? e->command : e->service;
}

static bool
runs_program(const struct explained *e)
{
	return (run_by(e)->handler & (HANDLER_EXEC | HANDLER_COMMAND)) != 0;
}

/* --- facts without a setting --- */

static void
write_service(const struct explained *e)
{
	static const struct {
		enum handler handler;
		const char *name;
	} handlers[] = {
		{ HANDLER_MESSAGE, "message" },
		{ HANDLER_BUILTIN, "builtin" },
		{ HANDLER_EXEC, "exec" },
		{ HANDLER_COMMANDS, "commands" },
		{ HANDLER_FORWARD, "forward" },
	};
	const struct service *s = e->service;
	char where[PATH_MAX + 16];
	size_t i;

	snprintf(where, sizeof(where), "%s:%d", s->file, s->line);
	explain_fact(e, "service", "name", s->name, where);
	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].handler == s->handler)
			explain_fact(
			    e, "service", "handler", handlers[i].name, NULL);
	for (i = 0; i < s->ntargets; i++)
		explain_fact(e, "service", "target", s->targets[i].text,
		    s->targets[i].host);
	if (!e->has_words)
		return;
	if (e->command != NULL)
		snprintf(where, sizeof(where), "%s:%d", e->command->file,
		    e->command->line);
	explain_fact(e, "service", "command", e->request.name,
	    e->command != NULL ? where : NULL);
}

/* All of them, but at most as many as TEXT has room for, and then "...". */
static void
write_groups(const struct explained *e, const struct identity *id)
{
	char text[4096] = "";
	size_t i, len = 0;

	for (i = 0; i < id->ngroups && len < sizeof(text) - 16; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%u",
		    i > 0 ? " " : "", (unsigned int)id->groups[i]);
	if (i < id->ngroups)
		strlcat(text, " ...", sizeof(text));
	explain_fact(e, "user", "gids", text, NULL);
}

static void
write_user(const struct explained *e)
{
	const struct service *s = run_by(e);
	const struct identity *id = s->identity;
	const struct sandbox *x = &s->contained;

	if (id == NULL)
		id = &e->w->view->config->haild;
	if (id->name == NULL) {
		explain_fact(e, "user", "name", "the user of haild", NULL);
		return;
	}
	if (x->pool_first != 0) {
		explain_fact(e, "user", "name", "haild-UID", NULL);
		print_fact(e, "user", "uid", "one of %u to %u",
		    (unsigned int)x->pool_first, (unsigned int)x->pool_last);
		explain_fact(e, "user", "gid", NULL, "as the uid");
		return;
	}
	explain_fact(e, "user", "name", id->name, NULL);
	print_fact(e, "user", "uid", "%u", (unsigned int)id->uid);
	print_fact(e, "user", "gid", "%u", (unsigned int)id->gid);
	write_groups(e, id);
}

static void
write_use(
    const struct explained *e, const char *name, int64_t live, int64_t limit)
{
	if (limit == -1)
		print_fact(e, "limits", name, "%" PRId64, live);
	else
		print_fact(
		    e, "limits", name, "%" PRId64 " of %" PRId64, live, limit);
}

static void
write_limits(const struct explained *e)
{
	const struct control_view *v = e->w->view;

	write_use(
	    e, "all sessions", v->children->live, v->config->max_sessions);
	if (e->service->wait)
		return;
	write_use(e, "sessions of the service",
	    e->stats == NULL ? 0 : e->stats->usage.live,
	    e->service->max_sessions);
	write_use(e, "sessions of the source", e->uses[USE_OF_SERVICE].live,
	    e->uses[USE_OF_SERVICE].limit);
	write_use(e, "in all services", e->uses[USE_OF_ALL].live,
	    e->uses[USE_OF_ALL].limit);
}

/* --- settings --- */

/*
 * The settings of a section: the service's; with a command, its own in place of
 * those of the same name, and then what only it has.
 */
static void
write_rows(const struct explained *e, const char *section)
{
	const struct setting_row *const *rows, *own;

	for (rows = e->service->rows; rows != NULL && *rows != NULL; rows++) {
		own = e->command == NULL
		    ? NULL
		    : explain_find_row(e->command->rows, (*rows)->name);
		if (own == NULL)
			own = *rows;
		if (strcmp(own->section, section) == 0 &&
		    strcmp(own->name, "environment") != 0)
			explain_fact(
			    e, section, own->name, own->value, own->where);
	}
	rows = e->command == NULL ? NULL : e->command->rows;
	for (; rows != NULL && *rows != NULL; rows++)
		if (strcmp((*rows)->section, section) == 0 &&
		    strcmp((*rows)->name, "environment") != 0 &&
		    explain_find_row(e->service->rows, (*rows)->name) == NULL)
			explain_fact(e, section, (*rows)->name, (*rows)->value,
			    (*rows)->where);
}

/* --- the environment --- */

static bool
is_configured(const struct service *s, const char *variable)
{
	const char *const *p;

	for (p = s->environment; p != NULL && *p != NULL; p++)
		if (*p == variable)
			return true;
	return false;
}

/* Where the value of NAME will come from, if it is not known; or NULL. */
static const char *
unknown_from(const struct explained *e, const char *name)
{
	const bool local = e->client.addr.sa.sa_family == AF_UNIX;

	if (e->announced && strncmp(name, "TCPLOCAL", 8) == 0)
		return "from the proxy";
	if (e->listener->addr.sa.sa_family == AF_UNSPEC &&
	    (strncmp(name, "TCPLOCAL", 8) == 0 ||
		strcmp(name, "IPCLOCALPATH") == 0))
		return "from the inherited socket";
	if (run_by(e)->contained.pool_first != 0 &&
	    (strcmp(name, "USER") == 0 || strcmp(name, "LOGNAME") == 0))
		return "from the pool";
	if ((!local && addr_port(&e->client.addr) == 0 &&
		(strcmp(name, "TCPREMOTEPORT") == 0 ||
		    strcmp(name, "REMOTE_PORT") == 0)) ||
	    (local && e->client.cred.gid == (gid_t)-1 &&
		strcmp(name, "IPCREMOTEEGID") == 0))
		return "from the client";
	return NULL;
}

/* Values that the configuration sets are secrets: only their names. */
static void
write_environment(const struct explained *e)
{
	static struct connection connection;
	const struct service *s = run_by(e);
	const struct setting_row *row =
	    explain_find_row(s->rows, "environment");
	const char *list[environment_room(s, NULL)];
	char name[NAME_MAX_SHOWN];
	size_t i, len;

	if (!runs_program(e) || e->listener == NULL)
		return;
	if (!s->wait)
		environment_connection(
		    &connection, &e->client, &e->listener->addr);
	environment_build(list, s, &connection, NULL);
	for (i = 0; list[i] != NULL; i++) {
		len = strcspn(list[i], "=");
		if (snprintf(name, sizeof(name), "%.*s", (int)len, list[i]) >=
		    (int)sizeof(name))
			strlcpy(name + sizeof(name) - 4, "...", 4);
		if (is_configured(s, list[i]))
			explain_fact(e, "environment", name, NULL,
			    row != NULL ? row->where : NULL);
		else if (unknown_from(e, name) != NULL)
			explain_fact(e, "environment", name, NULL,
			    unknown_from(e, name));
		else
			explain_fact(e, "environment", name,
			    list[i][len] == '=' ? list[i] + len + 1 : NULL,
			    "haild");
	}
	if (e->tls != NULL)
		explain_fact(
		    e, "environment", "SSL_*", NULL, "from the handshake");
}

void
explain_write_facts(const struct explained *e)
{
	static const struct {
		const char *section;
		void (*write)(const struct explained *e);
	} sections[] = {
		{ "service", write_service },
		{ "command", NULL },
		{ "user", write_user },
		{ "limits", write_limits },
		{ "access", NULL },
		{ "tls", NULL },
		{ "timeouts", NULL },
		{ "session", NULL },
		{ "containment", NULL },
		{ "environment", write_environment },
	};
	size_t i;

	for (i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		if (sections[i].write != NULL)
			sections[i].write(e);
		write_rows(e, sections[i].section);
	}
}
