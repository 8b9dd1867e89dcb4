/*
 * command.c -- the commands of a service, as the configuration has them: the
 * kinds of their values, what is read, and what belongs together.
 */

#include <ctype.h>
#include <inttypes.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load/loader.h"
#include "config/command.h"
#include "load/value.h"

#define UNUSED __attribute__((unused))

#define REFUSE(l, v, ...) (loader_error((l), (v), __VA_ARGS__), -1)

#define ORIGIN(name) (&origins[setting_index(name)])

/* --- kinds of values --- */

/*
 * Only makes room: a command has the settings of its service, so those come
 * first, and command_read last.
 */
static int
commands_parse(struct loader *l, const struct setting *s UNUSED, void *field,
    const config_setting_t *v)
{
	int n = config_setting_is_group(v) ? config_setting_length(v) : 0;

	if (n == 0)
		return REFUSE(l, v,
		    "\"commands\" must be a group of at least one, as "
		    "{ NAME: { exec = [\"/program\"] } }");
	*(const struct service **)field =
	    arena_alloc(l->arena, ((size_t)n + 1) * sizeof(struct service));
	return 0;
}

static void
commands_print(const struct setting *s UNUSED, const void *field, FILE *out)
{
	const struct service *c;

	fputs("{\n", out);
	for (c = *(const struct service *const *)field; c->name != NULL; c++) {
		fprintf(out, "\t\t%s: {\n", c->name);
		config_print_settings(c, "\t\t\t", out);
		fputs("\t\t}\n", out);
	}
	fputs("\t}", out);
}

const struct type type_commands = { commands_parse, setting_pointer_is_set,
	commands_print };

/* "2", "1-3", "1-" */
static int
arg_count_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	const char *text = config_setting_get_string(v);
	struct arg_count n = { 0, 0 };
	char *end;

	if (text == NULL || !isdigit((unsigned char)*text))
		goto fail;
	n.min = n.max = strtol(text, &end, 10);
	if (strcmp(end, "-") == 0) {
		n.max = COMMAND_ARGS_MAX;
		end++;
	} else if (*end == '-' && isdigit((unsigned char)end[1]))
		n.max = strtol(end + 1, &end, 10);
	if (*end != '\0' || n.min > n.max || n.max > COMMAND_ARGS_MAX)
		goto fail;
	*(struct arg_count *)field = n;
	return 0;
fail:
	return REFUSE(l, v,
	    "\"%s\" must be a number of arguments, as \"2\", \"1-3\" or "
	    "\"1-\", at most %d",
	    s->name, COMMAND_ARGS_MAX);
}

static bool
arg_count_is_set(const void *field UNUSED)
{
	return true;
}

static void
arg_count_print(const struct setting *s UNUSED, const void *field, FILE *out)
{
	const struct arg_count *n = field;

	fprintf(out, "\"%" PRId64, n->min);
	if (n->max == COMMAND_ARGS_MAX && n->min != n->max)
		fputc('-', out);
	else if (n->max != n->min)
		fprintf(out, "-%" PRId64, n->max);
	fputc('"', out);
}

const struct type type_arg_count = { arg_count_parse, arg_count_is_set,
	arg_count_print };

static int
patterns_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	const char *const *list;
	char reason[128];
	regex_t re;
	size_t i;
	int error;

	if (setting_parse_strings(l, s, field, v) == -1)
		return -1;
	list = *(const char *const **)field;
	if (list[0] == NULL)
		return REFUSE(l, v, "\"%s\" has no pattern", s->name);
	for (i = 0; list[i] != NULL; i++) {
		if ((error = command_compile(&re, list[i])) != 0) {
			regerror(error, &re, reason, sizeof(reason));
			return REFUSE(l, v, "\"%s\": \"%s\": %s", s->name,
			    list[i], reason);
		}
		regfree(&re);
	}
	return 0;
}

const struct type type_patterns = { patterns_parse, setting_pointer_is_set,
	setting_print_strings };

/* A name, or how names begin and then "*". */
static bool
is_variable(const char *text)
{
	size_t n = strcspn(text, "*");

	return n > 0 && !isdigit((unsigned char)*text) &&
	    strspn(text, COMMAND_VARIABLE) == n &&
	    (text[n] == '\0' || text[n + 1] == '\0');
}

static int
variables_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	const char *const *list;
	size_t i;

	if (setting_parse_strings(l, s, field, v) == -1)
		return -1;
	list = *(const char *const **)field;
	for (i = 0; list[i] != NULL; i++) {
		if (!is_variable(list[i]))
			return REFUSE(l, v,
			    "\"%s\": \"%s\" is neither the name of a variable "
			    "nor the beginning of one, as \"LC_*\"",
			    s->name, list[i]);
		if (command_is_reserved(list[i], strcspn(list[i], "*")))
			return REFUSE(l, v,
			    "\"%s\": \"%s\" is never taken from a client",
			    s->name, list[i]);
	}
	return 0;
}

const struct type type_variables = { variables_parse, setting_pointer_is_set,
	setting_print_strings };

static int
positions_parse(struct loader *l, const struct setting *s, void *field,
    const config_setting_t *v)
{
	int i, n = config_setting_length(v);
	int64_t *list;

	if (!config_setting_is_array(v) && !config_setting_is_list(v))
		goto fail;
	list = arena_alloc(l->arena, ((size_t)n + 1) * sizeof(*list));
	for (i = 0; i < n; i++)
		if (!value_get_number(
			config_setting_get_elem(v, (unsigned int)i),
			&list[i]) ||
		    list[i] < 1)
			goto fail;
	*(const int64_t **)field = list;
	return 0;
fail:
	return REFUSE(l, v,
	    "\"%s\" must be a list of positions from 1, as [1, 2]", s->name);
}

static void
positions_print(const struct setting *s UNUSED, const void *field, FILE *out)
{
	const int64_t *list = *(const int64_t *const *)field;
	size_t i;

	fputc('[', out);
	for (i = 0; list[i] != 0; i++)
		fprintf(out, "%s%" PRId64, i > 0 ? ", " : "", list[i]);
	fputc(']', out);
}

const struct type type_positions = { positions_parse, setting_pointer_is_set,
	positions_print };

/* --- what belongs together --- */

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

/* Whatever names the position of an argument names one that can be there. */
static void
check_arguments(
    struct loader *l, const struct service *c, const struct origin *origins)
{
	size_t i;
	int n;

	for (i = 1; c->exec[i] != NULL; i++)
		if ((n = command_placeholder(c->exec[i])) > c->args.min)
			loader_error_at(l, ORIGIN("exec"),
			    "\"exec\" has %%%d, but \"args\" lets a client "
			    "give %" PRId64,
			    n, c->args.min);
	for (i = 0; c->mask_args != NULL && c->mask_args[i] != 0; i++)
		if (c->mask_args[i] > c->args.max)
			loader_error_at(l, ORIGIN("mask-args"),
			    "\"mask-args\" has %" PRId64
			    ", but \"args\" lets "
			    "a client give %" PRId64 " at most",
			    c->mask_args[i], c->args.max);
	for (i = 0; c->arg_match != NULL && c->arg_match[i] != NULL; i++)
		continue;
	if ((int64_t)i > c->args.max)
		loader_error_at(l, ORIGIN("arg-match"),
		    "\"arg-match\" has %zu pattern%s, but \"args\" lets a "
		    "client give %" PRId64 " at most",
		    i, i == 1 ? "" : "s", c->args.max);
}

/* Whether the command says for itself who it runs as, or with which limits. */
static bool
differs(const struct origin *own)
{
	static const char *const names[] = { "user", "group", "groups",
		"chroot", "nice", "allow-user", "allow-group" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (own[setting_index(names[i])].file != NULL)
			return true;
	for (i = 0; i < nsettings; i++)
		if (own[i].file != NULL &&
		    strncmp(settings[i].name, "limit-", 6) == 0)
			return true;
	return false;
}

static void
resolve_command(struct loader *l, struct config *config, struct service *c,
    const struct origin *own, const struct origin *origins)
{
	const struct origin here = { c->file, c->line };

	if (l->source->root && c->user == NULL) {
		loader_error_at(l, &here,
		    "command \"%s\" under root needs \"user\" (\"root\" must "
		    "be written too)",
		    c->name);
		return;
	}
	if (differs(own))
		resolve_identity(l, config, c, origins);
	resolve_files(l, c, origins);
}

static void
read_command(struct loader *l, struct config *config,
    const struct service *service, struct service *c,
    const struct origin *outer, const config_setting_t *group)
{
	struct origin own[nsettings], origins[nsettings];
	struct draft d = { c, own };
	size_t i;

	*c = *service;
	c->handler = HANDLER_COMMAND;
	c->commands = NULL;
	/* Who may come in was asked before: these are lists of its own. */
	memset(&c->allow, 0, sizeof(c->allow));
	memset(&c->deny, 0, sizeof(c->deny));
	c->allow_user = c->allow_group = NULL;
	c->nallow_uids = c->nallow_gids = 0;
	c->socket_user = c->socket_group = NULL;
	c->line = (int)config_setting_source_line(group);
	c->name = arena_strdup(l->arena, config_setting_name(group));
	memset(own, 0, sizeof(own));
	check_name(l, group);
	if (!config_setting_is_group(group)) {
		loader_error(l, group,
		    "\"%s\" must be a group, as { exec = "
		    "[\"/program\"] }",
		    c->name);
		return;
	}
	for (i = 0; i < (size_t)config_setting_length(group); i++)
		loader_apply(l, config, &d, true,
		    config_setting_get_elem(group, (unsigned int)i));
	for (i = 0; i < nsettings; i++)
		origins[i] = own[i].file != NULL ? own[i] : outer[i];
	check_honoured(l, c, own);
	if (own[setting_index("exec")].file == NULL) {
		loader_error(l, group,
		    "command \"%s\" has no program: give it \"exec\"", c->name);
		return;
	}
	if (c->exec != NULL)
		check_arguments(l, c, origins);
	if (!service->disable)
		resolve_command(l, config, c, own, origins);
	if (c->no_new_privileges == -1)
		c->no_new_privileges = c->identity != NULL
		    ? c->identity->uid != 0
		    : geteuid() != 0;
}

/* Beyond the host itself, somebody has been thought of. */
static void
check_allow(
    struct loader *l, const struct service *s, const struct origin *origins)
{
	size_t i;

	if (s->allow.list != NULL)
		return;
	for (i = 0; i < s->nendpoints; i++) {
		if (s->endpoints[i].addr.sa.sa_family == AF_UNIX ||
		    addr_is_loopback(&s->endpoints[i].addr))
			continue;
		loader_error_at(l, ORIGIN("listen"),
		    "service \"%s\": commands on \"%s\" need \"allow\", "
		    "the networks that may use them",
		    s->name, s->endpoints[i].text);
		return;
	}
}

void
command_read(struct loader *l, struct config *config, struct service *service,
    const struct origin *origins, const config_setting_t *group)
{
	struct service *list = (struct service *)service->commands;
	int i;

	check_allow(l, service, origins);

	if (config->speaker.name == NULL && !service->disable)
		resolve_speaker(l, config);
	for (i = 0; i < config_setting_length(group); i++)
		read_command(l, config, service, &list[i], origins,
		    config_setting_get_elem(group, (unsigned int)i));
}
