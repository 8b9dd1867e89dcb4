/*
 * command.c -- the commands of a service: what is read, and what goes together.
 */

#include "load/service.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "config/command.h"
#include "lib/nailgun.h"

static void
check_name(struct loader *l, const config_setting_t *group)
{
	const char *name = config_setting_name(group);

	if (strcmp(name, "help") == 0)
		loader_error(l, group, "the command \"help\" is built in");
	if (!isalpha((unsigned char)name[0]) || strchr(name, '*') != NULL)
		loader_error(l, group,
		    "\"%s\": a command's name is letters, digits, \"-\" and "
		    "\"_\", the first a letter",
		    name);
	if (strlen(name) > SERVICE_NAME_MAX)
		loader_error(l, group,
		    "\"%s\": a command's name has at most %d bytes", name,
		    SERVICE_NAME_MAX);
}

/* No other command of the service, before C in LIST, has its name. */
static void
check_duplicate(struct loader *l, const struct service *list,
    const struct service *c, const config_setting_t *group)
{
	for (; list < c; list++)
		if (strcmp(list->name, c->name) == 0)
			loader_error(l, group,
			    "command \"%s\" already exists at %s:%d", c->name,
			    list->file, list->line);
}

static void
check_placeholders(struct loader *l, const struct service *c, const char *text)
{
	int n;

	while ((text = command_placeholder(text, &n)) != NULL) {
		if (n > c->args.min)
			loader_error_at(l, ORIGIN(l, "exec"),
			    "\"exec\" has %%%d, but \"args\" allows as few as "
			    "%" PRId64 "; write \"%%%%%d\" for \"%%%d\" itself",
			    n, c->args.min, n, n);
		text += 2;
	}
}

/* Each position of an argument is one that "args" allows. */
static void
check_arguments(struct loader *l, const struct service *c)
{
	size_t i;

	for (i = 1; c->exec[i] != NULL; i++)
		check_placeholders(l, c, c->exec[i]);
	for (i = 0; c->mask_args != NULL && c->mask_args[i] != 0; i++)
		if (c->mask_args[i] > c->args.max)
			loader_error_at(l, ORIGIN(l, "mask-args"),
			    "\"mask-args\" has %" PRId64
			    ", but \"args\" allows at most %" PRId64,
			    c->mask_args[i], c->args.max);
	for (i = 0; c->arg_match != NULL && c->arg_match[i] != NULL; i++)
		continue;
	if ((int64_t)i > c->args.max)
		loader_error_at(l, ORIGIN(l, "arg-match"),
		    "\"arg-match\" has %zu pattern%s, but \"args\" allows at "
		    "most %" PRId64,
		    i, i == 1 ? "" : "s", c->args.max);
}

/* Whether the command has a user, or limits, that are not its service's. */
static bool
has_identity(const struct loader *l)
{
	size_t i;

	for (i = 0; i < nsettings; i++)
		if (l->own[i].file != NULL && (settings[i].flags & IDENTITY))
			return true;
	return false;
}

static void
resolve_command(struct loader *l, struct service *c)
{
	if (l->source->root && c->user == NULL) {
		loader_error_at(l, &l->here,
		    "command \"%s\": haild runs as root, so it needs \"user\" "
		    "(for root, user = \"root\")",
		    c->name);
		return;
	}
	if (has_identity(l) || pools_named(c->user))
		users_resolve(l, c);
	check_paths(l, c);
}

/* What a command has before its own settings are read: its service's. */
static void
inherit(struct service *c, const struct service *service)
{
	size_t i;

	*c = *service;
	c->handler = HANDLER_COMMAND;
	c->commands = NULL;
	c->nallow_uids = c->nallow_gids = 0;
	/* Who may use the service has been decided: these are for less. */
	for (i = 0; i < nsettings; i++)
		if (settings[i].flags & NOT_INHERITED)
			memset(setting_field(&settings[i], c), 0,
			    settings[i].type->size);
}

static void
read_command(struct loader *l, const struct service *service, struct service *c,
    const struct origin *outer, const config_setting_t *group)
{
	struct origin own[nsettings], origins[nsettings];

	inherit(c, service);
	c->line = (int)config_setting_source_line(group);
	c->file = l->file;
	c->name = arena_strdup(l->arena, config_setting_name(group));
	check_name(l, group);
	if (!config_setting_is_group(group)) {
		loader_error(l, group,
		    "\"%s\" must be a group, such as { exec = [\"/program\"] }",
		    c->name);
		return;
	}
	settings_read_group(l, c, group, outer, own, origins);
	if (c->wire_name != NULL) {
		c->key = c->name;
		c->name = c->wire_name;
	}
	check_duplicate(l, service->commands, c, group);
	check_own(l, c);
	presets_apply(l, c);
	if (l->own[setting_index("exec")].file == NULL) {
		loader_error(l, group,
		    "command \"%s\" has no program: add \"exec\"", c->name);
		return;
	}
	if (c->exec != NULL)
		check_arguments(l, c);
	if (!service->disable)
		resolve_command(l, c);
	users_default_privileges(l, c);
	contained_check(l, c);
	rows_make(l, c);
}

/* Clients on other hosts need "allow", or must prove an identity. */
static void
check_allow(struct loader *l, struct service *s)
{
	static const char fault[] =
	    "service \"%s\": commands on \"%s\" need \"allow\", the networks "
	    "that may use them, or tls-client = \"required\"";
	size_t i;

	if (s->allow.list != NULL ||
	    (s->tls && s->tls_client == TLS_CLIENT_REQUIRED))
		return;
	for (i = 0; i < s->nendpoints; i++) {
		if (s->endpoints[i].addr.sa.sa_family == AF_UNIX ||
		    addr_is_loopback(&s->endpoints[i].addr))
			continue;
		/* What a name means does not make the text wrong. */
		if (s->endpoints[i].by_name)
			loader_missing(l, s, ORIGIN(l, "listen"), fault,
			    s->name, s->endpoints[i].text);
		else
			loader_error_at(l, ORIGIN(l, "listen"), fault, s->name,
			    s->endpoints[i].text);
		return;
	}
}

void
busy_make(struct loader *l, struct service *service)
{
	char text[SERVICE_NAME_MAX + 64], *buf;

	service->busy = service->busy_message;
	if (service->handler == HANDLER_COMMANDS) {
		snprintf(text, sizeof(text),
		    "haild: %s is busy; try again later", service->name);
		buf = arena_alloc(l->arena, NAILGUN_REFUSAL_MAX);
		service->busy_len = nailgun_refusal(buf,
		    service->busy_message != NULL ? service->busy_message
						  : text,
		    EX_TEMPFAIL);
		service->busy = buf;
	} else if (service->busy != NULL)
		service->busy_len = strlen(service->busy);
}

void
command_read(
    struct loader *l, struct service *service, const config_setting_t *group)
{
	struct service *list = (struct service *)service->commands;
	const struct origin *outer = l->origins;
	int i;

	check_allow(l, service);
	if (!service->disable && l->config->speaker.name == NULL) {
		if (l->source->root)
			users_resolve_own(
			    l, service, "haild-speaker", &l->config->speaker);
		else
			loader_warn(l,
			    "commands: haild does not run as root, so the "
			    "process that reads from clients has no user of "
			    "its own");
	}
	for (i = 0; i < config_setting_length(group); i++)
		read_command(l, service, &list[i], outer,
		    config_setting_get_elem(group, (unsigned int)i));
}
