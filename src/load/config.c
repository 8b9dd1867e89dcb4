/*
 * config.c -- from texts to settings, and back.
 *
 * Two passes over the files: the top level first, since its defaults hold for
 * every service wherever it stands; then the services.  Everything that is
 * wrong is reported before the configuration is refused.
 */

#include "config/config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/arena.h"
#include "load/loader.h"
#include "load/settings.h"

/* A string may have several lines; what is said of it has one. */
static void
flatten(char *line)
{
	for (; *line != '\0'; line++)
		if ((unsigned char)*line < ' ' || *line == '\177')
			*line = '?';
}

static void __attribute__((format(printf, 4, 0))) report(struct loader *l,
    bool error, const struct origin *origin, const char *fmt, va_list ap)
{
	char text[1024], line[1400];

	vsnprintf(text, sizeof(text), fmt, ap);
	if (origin == NULL || origin->file == NULL)
		strlcpy(line, text, sizeof(line));
	else if (origin->line == 0)
		snprintf(line, sizeof(line), "%s: %s", origin->file, text);
	else
		snprintf(line, sizeof(line), "%s:%d: %s", origin->file,
		    origin->line, text);
	flatten(line);
	if (error)
		l->errors++;
	l->sink(l->arg, error, line);
}

void
loader_error_at(
    struct loader *l, const struct origin *origin, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(l, true, origin, fmt, ap);
	va_end(ap);
}

void
loader_warn_at(
    struct loader *l, const struct origin *origin, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(l, false, origin, fmt, ap);
	va_end(ap);
}

void
loader_error(
    struct loader *l, const config_setting_t *value, const char *fmt, ...)
{
	struct origin origin = { l->file,
		value == NULL ? 0 : (int)config_setting_source_line(value) };
	va_list ap;

	va_start(ap, fmt);
	report(l, true, &origin, fmt, ap);
	va_end(ap);
}

void
loader_missing(struct loader *l, struct service *service,
    const struct origin *origin, const char *fmt, ...)
{
	bool error = !l->source->tolerant || l->config->strict_start;
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (error) {
		loader_error_at(l, origin, "%s", text);
		return;
	}
	loader_error_at(
	    l, origin, "%s; \"%s\" is out of service", text, service->name);
	l->errors--; /* this one stops nothing */
	if (service->missing == NULL)
		service->missing = arena_strdup(l->arena, text);
}

/* --- settings --- */

static void *
field_of(
    struct config *config, struct service *service, const struct setting *s)
{
	char *base = s->scope == GLOBAL ? (char *)config : (char *)service;

	return base + s->offset;
}

/* Fill in the defaults, read by the same code as what people write. */
static void
apply_presets(struct loader *l, struct config *config, struct service *service)
{
	config_t tree;
	char text[256];
	size_t i;

	service->no_new_privileges = -1;
	for (i = 0; i < nsettings; i++) {
		const struct setting *s = &settings[i];

		if (s->preset == NULL)
			continue;
		snprintf(text, sizeof(text), "x = %s", s->preset);
		config_init(&tree);
		if (!config_read_string(&tree, text) ||
		    s->type->parse(l, s, field_of(config, service, s),
			config_lookup(&tree, "x")) == -1)
			abort(); /* a mistake in the table */
		config_destroy(&tree);
	}
}

void
loader_apply(struct loader *l, struct config *config, struct draft *d,
    bool in_service, const config_setting_t *v)
{
	const char *name = config_setting_name(v);
	const struct setting *s = setting_find(name, in_service);
	struct origin *origin;

	if (s == NULL) {
		loader_error(l, v, "unknown setting \"%s\"", name);
		return;
	}
	if (in_service && s->scope == GLOBAL) {
		loader_error(l, v,
		    "\"%s\" is not for one service: put it at "
		    "the top",
		    name);
		return;
	}
	if (!in_service && s->scope == OWN) {
		loader_error(l, v, "\"%s\" belongs in a service", name);
		return;
	}
	origin = &d->origins[s - settings];
	if (!in_service && origin->file != NULL) {
		loader_error(l, v, "\"%s\" was given at %s:%d already", name,
		    origin->file, origin->line);
		return;
	}
	origin->file = arena_strdup(l->arena, l->file);
	origin->line = (int)config_setting_source_line(v);
	s->type->parse(l, s, field_of(config, d->service, s), v);
}

/* --- services --- */

static void
read_service(struct loader *l, struct config *config, size_t at,
    const struct draft *top, const config_setting_t *group)
{
	struct service *services = (struct service *)config->services;
	struct service *s = &services[at];
	struct origin own[nsettings], origins[nsettings];
	struct draft d = { s, own };
	const char *name = config_setting_name(group);
	const struct service *other;
	size_t i;

	*s = *top->service;
	s->file = arena_strdup(l->arena, l->file);
	s->line = (int)config_setting_source_line(group);
	memset(own, 0, sizeof(own));
	if (strlen(name) > SERVICE_NAME_MAX)
		loader_error(l, group,
		    "\"%s\": a service's name has at most "
		    "%d bytes",
		    name, SERVICE_NAME_MAX);
	if ((other = config_find(config, name)) != NULL)
		loader_error(l, group,
		    "service \"%s\" was given at %s:%d "
		    "already",
		    name, other->file, other->line);
	s->name = arena_strdup(l->arena, name);

	for (i = 0; i < (size_t)config_setting_length(group); i++)
		loader_apply(l, config, &d, true,
		    config_setting_get_elem(group, (unsigned int)i));
	for (i = 0; i < nsettings; i++)
		origins[i] = own[i].file != NULL ? own[i] : top->origins[i];

	check_handler(l, s);
	if (s->listen == NULL || s->listen[0] == NULL)
		loader_error(l, group,
		    "service \"%s\" listens nowhere: give it \"listen\"", name);
	else
		resolve_endpoints(l, s, origins);
	check_honoured(l, s, own);
	check_wait(l, s, own);
	if (!s->disable) {
		check_claims(l, config, at, &origins[setting_index("listen")]);
		resolve_identity(l, config, s, origins);
		resolve_files(l, s, origins);
	}
	if (s->commands != NULL)
		command_read(l, config, s, origins,
		    config_setting_get_member(group, "commands"));
	if (s->no_new_privileges == -1)
		s->no_new_privileges = s->identity != NULL
		    ? s->identity->uid != 0
		    : geteuid() != 0;
}

static size_t
count_services(const struct files *files)
{
	size_t i, count = 0;
	int j;

	for (i = 0; i < files->n; i++) {
		config_setting_t *root =
		    config_root_setting(&files->list[i].tree);

		for (j = 0; j < config_setting_length(root); j++)
			if (config_setting_is_group(
				config_setting_get_elem(root, (unsigned int)j)))
				count++;
	}
	return count;
}

/* One pass: the services, or everything else. */
static void
read_pass(struct loader *l, struct config *config, struct draft *top,
    const struct files *files, bool services)
{
	config_setting_t *root, *v;
	size_t i;
	int j;

	for (i = 0; i < files->n; i++) {
		root = config_root_setting(&files->list[i].tree);
		l->file = files->list[i].name;
		for (j = 0; j < config_setting_length(root); j++) {
			v = config_setting_get_elem(root, (unsigned int)j);
			if (config_setting_is_group(v) != services)
				continue;
			if (services)
				read_service(
				    l, config, config->nservices++, top, v);
			else
				loader_apply(l, config, top, false, v);
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
	if (config->nservices == 0)
		loader_error(l, NULL, "no service is configured");
	for (i = 0; i < config->nservices; i++)
		if (!config->services[i].disable)
			return;
	if (config->nservices > 0)
		loader_error(l, NULL, "every service is disabled");
}

/* There is one inetd.conf. */
static void
check_inetd(struct loader *l, const struct origin *origins)
{
	const struct origin *o = &origins[setting_index("inetd-conf")];

	if (l->source->inetd != NULL && o->file != NULL)
		loader_error_at(
		    l, o, "\"inetd-conf\" and -I exclude each other");
}

static void
set_changes(struct loader *l, struct config *config)
{
	char text[1024];

	config_diff(l->source->previous, config, text, sizeof(text));
	config->changes = arena_strdup(l->arena, text);
}

const struct config *
config_build(const struct config_source *source, struct arena *arena,
    config_sink *sink, void *arg)
{
	struct loader l = {
		.source = source, .arena = arena, .sink = sink, .arg = arg
	};
	struct origin origins[nsettings];
	struct service service = { 0 };
	struct draft top = { &service, origins };
	struct config *config;
	struct files files;

	/* The first thing in the arena: where the daemon finds it. */
	config = arena_alloc(arena, sizeof(*config));
	memset(origins, 0, sizeof(origins));
	l.config = config;
	apply_presets(&l, config, &service);
	files_read(&l, &files);
	if (source->inetd != NULL)
		config->inetd_conf = arena_strdup(arena, source->inetd);
	if (source->inetd != NULL && source->file == NULL)
		config->max_sessions = SESSIONS_MAX; /* as inetd: no limit */
	read_pass(&l, config, &top, &files, false);
	config->source_v4 = service.source_v4;
	config->source_v6 = service.source_v6;
	check_inetd(&l, origins);
	files_read_inetd(&l, &files, config);
	files_keep(&l, &files, config);
	config->services = arena_alloc(
	    arena, count_services(&files) * sizeof(*config->services));
	if (source->root)
		resolve_haild(&l, config);
	read_pass(&l, config, &top, &files, true);
	if (l.errors == 0)
		check_any_service(&l, config);

	lookup_free(&l.lookup);
	files_free(&files);
	strlcpy(config->stamp, config_stamp_text(), sizeof(config->stamp));
	if (l.errors == 0 && source->previous != NULL)
		set_changes(&l, config);
	return l.errors == 0 ? config : NULL;
}

/* --- and back --- */

static void
print_setting(
    const struct setting *s, const void *base, const char *indent, FILE *out)
{
	const void *field = (const char *)base + s->offset;

	if (!s->type->is_set(field))
		return;
	fprintf(out, "%s%s = ", indent, s->name);
	s->type->print(s, field, out);
	fputc('\n', out);
}

void
config_print_settings(
    const struct service *service, const char *indent, FILE *out)
{
	const struct setting *s;
	size_t i;

	for (i = 0; i < nsettings; i++) {
		s = &settings[i];
		if (s->scope == GLOBAL || !(s->handlers & service->handler))
			continue;
		if (check_needs(service, s) != NULL)
			continue;
		if (service->wait && !config_waits_with(s->name))
			continue;
		print_setting(s, service, indent, out);
	}
}

static void
print_service(const struct service *service, FILE *out)
{
	fprintf(out, "\n%s: {\n", service->name);
	config_print_settings(service, "\t", out);
	fputs("}\n", out);
}

void
config_print(const struct config *config, FILE *out)
{
	size_t i;

	for (i = 0; i < nsettings; i++)
		if (settings[i].scope == GLOBAL)
			print_setting(&settings[i], config, "", out);
	for (i = 0; i < config->nservices; i++)
		print_service(&config->services[i], out);
}

/* --- what is different --- */

static void
print_ids(const struct service *service, FILE *out)
{
	if (service->identity != NULL)
		fprintf(out, "%u %u\n", (unsigned int)service->identity->uid,
		    (unsigned int)service->identity->gid);
}

/* As config_print has it, on the heap. */
static char *
service_text(const struct service *service)
{
	const struct service *command;
	char *text = NULL;
	size_t size;
	FILE *out;

	if ((out = open_memstream(&text, &size)) == NULL)
		abort();
	print_service(service, out);
	/* Printed the same, it can still be resolved to something else. */
	print_ids(service, out);
	for (command = service->commands;
	     command != NULL && command->name != NULL; command++)
		print_ids(command, out);
	fclose(out);
	return text;
}

static bool
is_same(const struct service *a, const struct service *b)
{
	char *x = service_text(a), *y = service_text(b);
	bool same = strcmp(x, y) == 0;

	free(x);
	free(y);
	return same;
}

enum change { ADDED, CHANGED, REMOVED, NCHANGES };

static bool
is_change(enum change kind, const struct service *s, const struct service *in)
{
	if (kind == CHANGED)
		return in != NULL && !is_same(s, in);
	return in == NULL;
}

void
config_diff(
    const struct config *old, const struct config *new, char *buf, size_t size)
{
	static const char *const words[] = { "added ", "changed ", "removed " };
	const struct config *of, *in;
	bool any;
	size_t i;
	int kind;

	buf[0] = '\0';
	for (kind = 0; kind < NCHANGES; kind++) {
		of = kind == REMOVED ? old : new;
		in = kind == REMOVED ? new : old;
		any = false;
		for (i = 0; i < of->nservices; i++) {
			const struct service *s = &of->services[i];

			if (!is_change(
				(enum change)kind, s, config_find(in, s->name)))
				continue;
			if (any)
				strlcat(buf, ", ", size);
			else {
				if (buf[0] != '\0')
					strlcat(buf, "; ", size);
				strlcat(buf, words[kind], size);
			}
			strlcat(buf, s->name, size);
			any = true;
		}
	}
	if (buf[0] == '\0')
		strlcpy(buf, "nothing", size);
}
