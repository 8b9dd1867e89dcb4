/*
 * config.c -- read the files, fill the settings, check what belongs together.
 *
 * Two passes over the files: the top level first, since its defaults hold for
 * every service wherever it stands; then the services.  Everything that is
 * wrong is reported before the configuration is refused.
 */

#include "config.h"

#include <sys/stat.h>

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "io.h"
#include "loader.h"
#include "settings.h"

#define FILE_MAX (4 << 20) /* bytes of one file */

#define MAGIC UINT64_C(0x6861696c64000001)

struct file {
	char *name;
	config_t tree;
};

static void
report(struct loader *l, bool error, const struct origin *origin,
    const char *fmt, va_list ap)
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

/* --- files ------------------------------------------------------------------
 */

/*
 * Open without ever waiting, and refuse what a stranger could have put there.
 */
static int
open_checked(struct loader *l)
{
	struct stat st;
	int fd;

	if (lstat(l->file, &st) == 0 && S_ISLNK(st.st_mode) && st.st_uid != 0 &&
	    st.st_uid != geteuid()) {
		loader_error(l, NULL, "is a symbolic link of uid %u",
		    (unsigned int)st.st_uid);
		return -1;
	}
	fd = open(l->file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1) {
		loader_error(l, NULL, "%s", strerror(errno));
	} else if (S_ISDIR(st.st_mode)) {
		loader_error(l, NULL, "is a directory");
	} else if (!S_ISREG(st.st_mode)) {
		loader_error(l, NULL, "is not a regular file");
	} else if (l->source->root && (st.st_mode & S_IWOTH)) {
		loader_error(l, NULL, "is writable by everyone");
	} else if (st.st_size > FILE_MAX) {
		loader_error(l, NULL, "is larger than %d MB", FILE_MAX >> 20);
	} else {
		return fd;
	}
	if (fd != -1)
		close(fd);
	return -1;
}

/* The whole file as a string of the heap, or NULL after an error. */
static char *
read_file(struct loader *l)
{
	char *text = NULL;
	size_t used = 0;
	ssize_t n = 0;
	int fd;

	if ((fd = open_checked(l)) == -1)
		return NULL;
	if ((text = malloc(FILE_MAX + 1)) == NULL) {
		loader_error(l, NULL, "%s", strerror(errno));
		close(fd);
		return NULL;
	}
	while (used < FILE_MAX &&
	    (n = io_read(fd, text + used, FILE_MAX - used)) > 0)
		used += (size_t)n;
	text[used] = '\0';
	close(fd);
	if (n == -1)
		loader_error(l, NULL, "%s", strerror(errno));
	else if (used == 0)
		loader_error(l, NULL, "is empty");
	else if (strlen(text) != used)
		loader_error(l, NULL, "has a NUL byte in it");
	else
		return text;
	free(text);
	return NULL;
}

/*
 * libconfig would open whatever @include names, unchecked, and wait for a
 * FIFO: refused before it sees the text.
 */
static bool
has_include(struct loader *l, const char *text)
{
	struct origin origin = { l->file, 1 };
	const char *p, *end;

	for (p = text;; p = end + 1, origin.line++) {
		p += strspn(p, " \t");
		if (strncmp(p, "@include", 8) == 0) {
			loader_error_at(l, &origin,
			    "@include is not supported: use conf.d");
			return true;
		}
		if ((end = strchr(p, '\n')) == NULL)
			return false;
	}
}

static int
parse_file(struct loader *l, struct file *f)
{
	struct origin origin = { f->name, 0 };
	char *text;
	int ok = -1;

	l->file = f->name;
	config_init(&f->tree);
	if ((text = read_file(l)) == NULL)
		return -1;
	if (!has_include(l, text)) {
		if (config_read_string(&f->tree, text))
			ok = 0;
		else {
			origin.line = config_error_line(&f->tree);
			loader_error_at(
			    l, &origin, "%s", config_error_text(&f->tree));
			config_destroy(&f->tree); /* half a tree misleads */
			config_init(&f->tree);
		}
	}
	free(text);
	return ok;
}

/* --- where the text comes from ----------------------------------------------
 */

static int
is_config_name(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return d->d_name[0] != '.' && len > 5 &&
	    strcmp(d->d_name + len - 5, ".conf") == 0;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Add a file to the list; ends the process when there is no memory. */
static struct file *
add_file(struct file **files, size_t *n, char *name)
{
	struct file *f;

	f = reallocarray(*files, *n + 1, sizeof(**files));
	if (f == NULL || name == NULL)
		abort();
	*files = f;
	f = &(*files)[(*n)++];
	f->name = name;
	return f;
}

static size_t
read_files(struct loader *l, struct file **files)
{
	struct dirent **names = NULL;
	size_t n = 0;
	char *name;
	int i, found = 0;

	parse_file(l, add_file(files, &n, strdup(l->source->file)));
	if (l->source->dir != NULL)
		found =
		    scandir(l->source->dir, &names, is_config_name, by_name);
	for (i = 0; i < found; i++) {
		if (asprintf(
			&name, "%s/%s", l->source->dir, names[i]->d_name) == -1)
			name = NULL;
		parse_file(l, add_file(files, &n, name));
		free(names[i]);
	}
	free(names);
	return n;
}

static void
add_string(config_setting_t *parent, const char *name, const char *text)
{
	config_setting_t *s;

	s = config_setting_add(parent, name, CONFIG_TYPE_STRING);
	config_setting_set_string(s, text);
}

/* "-f -l address [-u user] [-m text | -- program arg ...]" as a service. */
static size_t
read_command_line(struct loader *l, struct file **files)
{
	const struct config_source *source = l->source;
	size_t n = 0;
	struct file *f = add_file(files, &n, strdup("command line"));
	config_setting_t *service, *list;
	const char *name = "message";
	char *const *arg;

	config_init(&f->tree);
	if (source->exec != NULL) {
		name = strrchr(source->exec[0], '/');
		name = name == NULL ? source->exec[0] : name + 1;
	}
	service = config_setting_add(
	    config_root_setting(&f->tree), name, CONFIG_TYPE_GROUP);
	if (service == NULL) /* not a name to libconfig: "[", "7z" */
		service = config_setting_add(config_root_setting(&f->tree),
		    "program", CONFIG_TYPE_GROUP);
	list = config_setting_add(service, "listen", CONFIG_TYPE_ARRAY);
	config_setting_set_string_elem(list, -1, source->listen);
	if (source->user != NULL)
		add_string(service, "user", source->user);
	if (source->message != NULL)
		add_string(service, "message", source->message);
	if (source->exec != NULL) {
		list = config_setting_add(service, "exec", CONFIG_TYPE_ARRAY);
		for (arg = source->exec; *arg != NULL; arg++)
			config_setting_set_string_elem(list, -1, *arg);
	}
	return n;
}

/* --- settings ----------------------------------------------------------------
 */

/* The values and their places while they are read. */
struct draft {
	struct service *service;
	struct origin *origins; /* as settings[] */
};

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

/* Read one setting into CONFIG or the draft. */
static void
apply_setting(struct loader *l, struct config *config, struct draft *d,
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

/* --- what belongs together
 * ----------------------------------------------------- */

static void
check_handler(struct loader *l, struct service *service)
{
	const struct origin here = { service->file, service->line };
	const struct {
		const char *name;
		bool given;
		enum handler handler;
	} handlers[] = {
		{ "message", service->message != NULL, HANDLER_MESSAGE },
		{ "builtin", service->builtin != NULL, HANDLER_BUILTIN },
		{ "exec", service->exec != NULL, HANDLER_EXEC },
	};
	const char *first = NULL;
	size_t i;

	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
		if (!handlers[i].given)
			continue;
		if (first != NULL)
			loader_error_at(l, &here,
			    "service \"%s\" has two handlers, \"%s\" and "
			    "\"%s\"",
			    service->name, first, handlers[i].name);
		first = handlers[i].name;
		service->handler = handlers[i].handler;
	}
	if (first == NULL)
		loader_error_at(l, &here,
		    "service \"%s\" has no handler: give it \"message\", "
		    "\"builtin\" or \"exec\"",
		    service->name);
}

static const char *
handler_name(enum handler handler)
{
	return handler == HANDLER_MESSAGE ? "message"
	    : handler == HANDLER_BUILTIN  ? "builtin"
					  : "exec";
}

static bool
has_path(const struct service *service)
{
	size_t i;

	for (i = 0; i < service->nendpoints; i++)
		if (service->endpoints[i].addr.sa.sa_family == AF_UNIX)
			return true;
	return false;
}

/* What was written in the service itself must mean something there. */
static void
check_honoured(
    struct loader *l, struct service *service, const struct origin *own)
{
	size_t i;

	for (i = 0; i < nsettings; i++) {
		if (own[i].file == NULL)
			continue;
		if (service->handler != 0 &&
		    (settings[i].handlers & service->handler) == 0)
			loader_error_at(l, &own[i],
			    "\"%s\" means nothing to the handler \"%s\"",
			    settings[i].name, handler_name(service->handler));
		if (strncmp(settings[i].name, "socket-", 7) == 0 &&
		    !has_path(service) && service->nendpoints > 0)
			loader_error_at(l, &own[i],
			    "\"%s\" means nothing without a Unix socket in "
			    "\"listen\"",
			    settings[i].name);
	}
}

static const struct service *
claimed_by(const struct config *config, size_t before, const struct endpoint *e,
    size_t *which)
{
	const struct service *s;
	size_t i, j;

	if (e->addr.sa.sa_family != AF_UNIX && addr_port(&e->addr) == 0)
		return NULL;
	for (i = 0; i <= before; i++) {
		s = &config->services[i];
		if (s->disable)
			continue;
		for (j = 0; j < s->nendpoints; j++) {
			if (&s->endpoints[j] == e)
				return NULL;
			if (addr_equal(&s->endpoints[j].addr, &e->addr) ||
			    addr_overlaps(&s->endpoints[j].addr, &e->addr)) {
				*which = j;
				return s;
			}
		}
	}
	return NULL;
}

static void
check_claims(struct loader *l, const struct config *config, size_t at,
    const struct origin *origin)
{
	const struct service *service = &config->services[at], *other;
	size_t i, which;

	for (i = 0; i < service->nendpoints; i++) {
		other = claimed_by(config, at, &service->endpoints[i], &which);
		if (other == NULL)
			continue;
		loader_error_at(l, origin,
		    "listen \"%s\": service \"%s\" has \"%s\" already",
		    service->endpoints[i].text, other->name,
		    other->endpoints[which].text);
		return;
	}
}

/* --- services
 * ------------------------------------------------------------------ */

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
		apply_setting(l, config, &d, true,
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
	if (!s->disable) {
		check_claims(l, config, at, &origins[setting_index("listen")]);
		resolve_identity(l, config, s, origins);
		resolve_files(l, s, origins);
	}
	if (s->no_new_privileges == -1)
		s->no_new_privileges = s->identity != NULL
		    ? s->identity->uid != 0
		    : geteuid() != 0;
}

static size_t
count_services(struct file *files, size_t nfiles)
{
	size_t i, count = 0;
	int j;

	for (i = 0; i < nfiles; i++) {
		config_setting_t *root = config_root_setting(&files[i].tree);

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
    struct file *files, size_t nfiles, bool services)
{
	config_setting_t *root, *v;
	size_t i;
	int j;

	for (i = 0; i < nfiles; i++) {
		root = config_root_setting(&files[i].tree);
		l->file = files[i].name;
		for (j = 0; j < config_setting_length(root); j++) {
			v = config_setting_get_elem(root, (unsigned int)j);
			if (config_setting_is_group(v) != services)
				continue;
			if (services)
				read_service(
				    l, config, config->nservices++, top, v);
			else
				apply_setting(l, config, top, false, v);
		}
	}
}

static void
check_any_service(struct loader *l, const struct config *config)
{
	size_t i;

	l->file = l->source->file;
	if (config->nservices == 0)
		loader_error(l, NULL, "no service is configured");
	for (i = 0; i < config->nservices; i++)
		if (!config->services[i].disable)
			return;
	if (config->nservices > 0)
		loader_error(l, NULL, "every service is disabled");
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
	struct file *files = NULL;
	size_t nfiles, i;

	/* The first thing in the arena: where the daemon finds it. */
	config = arena_alloc(arena, sizeof(*config));
	memset(origins, 0, sizeof(origins));
	apply_presets(&l, config, &service);
	nfiles = source->listen != NULL ? read_command_line(&l, &files)
					: read_files(&l, &files);
	config->services = arena_alloc(
	    arena, count_services(files, nfiles) * sizeof(*config->services));
	read_pass(&l, config, &top, files, nfiles, false);
	if (source->root)
		resolve_haild(&l, config);
	read_pass(&l, config, &top, files, nfiles, true);
	if (l.errors == 0)
		check_any_service(&l, config);

	for (i = 0; i < nfiles; i++) {
		config_destroy(&files[i].tree);
		free(files[i].name);
	}
	free(files);
	config->magic = MAGIC;
	return l.errors == 0 ? config : NULL;
}

const struct config *
config_check(const void *arena)
{
	const struct config *config = arena;

	return config->magic == MAGIC ? config : NULL;
}

const struct service *
config_find(const struct config *config, const char *name)
{
	size_t i;

	for (i = 0; i < config->nservices; i++)
		if (config->services[i].name != NULL &&
		    strcmp(config->services[i].name, name) == 0)
			return &config->services[i];
	return NULL;
}

/* --- and back
 * --------------------------------------------------------------------- */

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

static void
print_service(const struct service *service, FILE *out)
{
	const struct setting *s;
	size_t i;

	fprintf(out, "\n%s: {\n", service->name);
	for (i = 0; i < nsettings; i++) {
		s = &settings[i];
		if (s->scope == GLOBAL || !(s->handlers & service->handler))
			continue;
		if (strncmp(s->name, "socket-", 7) == 0 && !has_path(service))
			continue;
		print_setting(s, service, "\t", out);
	}
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
