/*
 * check.c -- whether the parts of containment go together, and what is made of
 * them.
 */

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contain/tree_plan.h"
#include "load/contain/filters.h"
#include "load/contain/needs.h"
#include "load/contain/pools.h"
#include "load/contain/presets.h"
#include "load/types/rules.h"

/* --- what goes together --- */

/* Sessions that share a user can signal each other, whatever else they have. */
static void
check_strict(struct loader *l, const struct service *service)
{
	int64_t n = service->wait ? 1 : service->max_sessions;
	const struct origin *origin = ORIGIN(l, "user");
	char proposal[POOLS_PROPOSAL_MAX];

	if (service->sandbox != SANDBOX_STRICT || !l->source->root ||
	    pools_named(service->user))
		return;
	loader_error_at(l, origin->file != NULL ? origin : ORIGIN(l, "sandbox"),
	    "\"sandbox\": \"strict\" needs a user for each session of \"%s\": "
	    "write user = \"pool:FIRST-LAST\"; %s",
	    service->name, pools_propose(l, n, proposal, sizeof(proposal)));
}

/*
 * The init process of a PID namespace takes all other processes with it when it
 * ends.
 */
static void
check_leftovers(struct loader *l, struct service *service)
{
	if (!service->private_pids || service->leftovers != LEFTOVERS_KEEP)
		return;
	if (ORIGIN(l, "leftovers")->file != NULL)
		loader_error_at(l, ORIGIN(l, "leftovers"),
		    "\"leftovers\" cannot be \"keep\" with \"private-pids\": "
		    "all processes of the session end with its program");
	else
		service->leftovers = LEFTOVERS_KILL; /* of "wait" */
}

static void
check_privileges(struct loader *l, struct service *service)
{
	if (service->oom_score_adjust < 0 && !l->source->root)
		loader_error_at(l, ORIGIN(l, "oom-score-adjust"),
		    "\"oom-score-adjust\": a value below 0 needs root, and "
		    "haild does not run as root");
	if (!service->landlock_scope || service->no_new_privileges)
		return;
	/* Landlock demands it of a process without CAP_SYS_ADMIN. */
	if (ORIGIN(l, "no-new-privileges")->file != NULL)
		loader_error_at(l, ORIGIN(l, "no-new-privileges"),
		    "\"no-new-privileges\" must be true with "
		    "\"landlock-scope\"");
	else
		service->no_new_privileges = true;
}

/* The limit of each session is not above that of all. */
static void
check_limits(struct loader *l, const struct service *service)
{
	static const char text[] = "\"%s\" of a session is %" PRId64
				   ", more than \"%s\", which is %" PRId64;

	if (service->service_memory_max != -1 &&
	    service->memory_max > service->service_memory_max)
		loader_error_at(l, ORIGIN(l, "memory-max"), text, "memory-max",
		    service->memory_max, "service-memory-max",
		    service->service_memory_max);
	if (service->service_tasks_max != -1 &&
	    service->tasks_max > service->service_tasks_max)
		loader_error_at(l, ORIGIN(l, "tasks-max"), text, "tasks-max",
		    service->tasks_max, "service-tasks-max",
		    service->service_tasks_max);
}

/* --- paths --- */

static void
check_exist(struct loader *l, struct service *service, const char *name,
    const char *const *list)
{
	char path[PATH_MAX];

	for (; list != NULL && *list != NULL; list++) {
		if ((*list)[0] != '/')
			continue; /* may be missing, or is an error already */
		strlcpy(path, *list, sizeof(path));
		path[strcspn(path, ":")] = '\0';
		if (access(path, F_OK) == -1 && errno != EACCES)
			loader_missing(l, service, ORIGIN(l, name),
			    "\"%s\": %s: %s", name, path, strerror(errno));
	}
}

/* Whether PATH is DIR, or below it.  "/" hides and shows nothing. */
static bool
is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return n > 1 && strncmp(path, dir, n) == 0 &&
	    (path[n] == '/' || path[n] == '\0');
}

/*
 * PATH as the tree has it, in BUF: without symbolic links, unless it is
 * missing.
 */
static const char *
resolve(const char *path, char buf[PATH_MAX])
{
	size_t n;

	if (realpath(path, buf) != NULL)
		return buf;
	strlcpy(buf, path, PATH_MAX);
	for (n = strlen(buf); n > 1 && buf[n - 1] == '/';)
		buf[--n] = '\0';
	return buf;
}

/*
 * Return the longest element of LIST that contains PATH, or NULL.  Its length,
 * or 0, is stored in LEN.
 */
static const char *
find_above(const char *const *list, const char *path, size_t *len)
{
	const char *found = NULL, *element;
	char dir[PATH_MAX];

	for (*len = 0; list != NULL && *list != NULL; list++) {
		element = *list + (**list == '-');
		if (!is_below(path, resolve(element, dir)) ||
		    strlen(dir) <= *len)
			continue;
		*len = strlen(dir);
		found = element;
	}
	return found;
}

/*
 * What hides PATH from the program, with the setting in *BY; or NULL.  The
 * longest path applies; for the same one, see tree.h.
 */
static const char *
find_hidden(const struct service *service, const char *path, const char **by)
{
	size_t hidden, shown, writable;
	const char *found;

	find_above(service->read_only_paths, path, &shown);
	find_above(service->read_write_paths, path, &writable);
	if (writable > shown)
		shown = writable;
	*by = "inaccessible-paths";
	found = find_above(service->inaccessible_paths, path, &hidden);
	if (found != NULL && hidden >= shown)
		return found;
	if (service->protect_home != PROTECT_HOME_YES &&
	    service->protect_home != PROTECT_HOME_TMPFS)
		return NULL;
	*by = "protect-home";
	found = find_above(tree_homes, path, &hidden);
	return hidden > shown ? found : NULL;
}

/* Report PATH, the value of NAME, if it is hidden from the program. */
static void
check_visible(struct loader *l, struct service *service, const char *name,
    const char *path)
{
	char real[PATH_MAX];
	const char *by, *hidden = find_hidden(service, path, &by);

	/* It may be a link to what is hidden. */
	if (hidden == NULL)
		hidden = find_hidden(service, resolve(path, real), &by);
	if (hidden != NULL)
		loader_error_at(l, ORIGIN(l, name),
		    "\"%s\": %s is not visible to the program, because "
		    "\"%s\" hides %s",
		    name, path, by, hidden);
}

/*
 * For the same path, inaccessible-paths win, and those of a preset cannot be
 * removed: what LIST, the value of NAME, says of them would have no effect.
 */
static void
check_exceptions(struct loader *l, const struct service *service,
    const char *name, const char *const *list)
{
	const char *const *preset = presets_hidden(l, service);
	const char *const *p;
	char path[PATH_MAX], hidden[PATH_MAX];
	const char *colon, *text;

	for (; preset != NULL && list != NULL && *list != NULL; list++) {
		text = *list + (**list == '-');
		if ((colon = strchr(text, ':')) != NULL)
			text = colon + 1;
		resolve(text, path);
		for (p = preset; *p != NULL; p++)
			if (strcmp(path, resolve(*p + (**p == '-'), hidden)) ==
			    0)
				loader_error_at(l, ORIGIN(l, name),
				    "\"%s\": %s itself stays inaccessible with "
				    "\"sandbox\": \"%s\"; name paths below it",
				    name, text, preset_words[service->sandbox]);
	}
}

static void
check_mounts(struct loader *l, struct service *service)
{
	const struct {
		const char *name;
		const char *const *list;
	} paths[] = {
		{ "read-only-paths", service->read_only_paths },
		{ "read-write-paths", service->read_write_paths },
		{ "inaccessible-paths", service->inaccessible_paths },
		{ "bind-paths", service->bind_paths },
		{ "bind-read-only-paths", service->bind_read_only_paths },
	}, *p;
	const size_t n = sizeof(paths) / sizeof(paths[0]);

	for (p = paths; l->source->root && p < paths + n; p++)
		check_exist(l, service, p->name, p->list);
	for (p = paths; p < paths + n; p++)
		if (p->list != service->inaccessible_paths)
			check_exceptions(l, service, p->name, p->list);
	/* With these, what is hidden may be visible again. */
	if (service->chroot != NULL || service->bind_paths != NULL ||
	    service->bind_read_only_paths != NULL || service->exec == NULL ||
	    service->exec[0] == NULL)
		return;
	check_visible(l, service, "exec", service->exec[0]);
	check_visible(l, service, "directory", service->directory);
}

/* --- what is made of them --- */

static void
make_capabilities(struct service *service)
{
	const char *const *name = service->capabilities;
	struct sandbox *x = &service->contained;
	int n;

	if (name == NULL)
		return;
	for (x->capabilities = 0; *name != NULL; name++)
		if ((n = text_capability(*name)) != -1)
			x->capabilities |= UINT64_C(1) << n;
}

static void
make_cpus(struct loader *l, struct service *service)
{
	long have = sysconf(_SC_NPROCESSORS_CONF);
	const char *const *list = service->cpu_affinity;
	unsigned int first, last, top = 0, bits = sizeof(long) * CHAR_BIT;
	unsigned long *mask;

	for (; list != NULL && *list != NULL; list++)
		if (text_cpus(*list, &first, &last) && last > top)
			top = last;
	if (service->cpu_affinity == NULL)
		return;
	if ((long)top >= have && have > 0)
		loader_missing(l, service, ORIGIN(l, "cpu-affinity"),
		    "\"cpu-affinity\": there is no CPU %u: this system has "
		    "%ld, "
		    "numbered from 0",
		    top, have);
	service->contained.cpus_size = (top / bits + 1) * sizeof(*mask);
	mask = arena_alloc(l->arena, service->contained.cpus_size);
	memset(mask, 0, service->contained.cpus_size);
	for (list = service->cpu_affinity; *list != NULL; list++)
		if (text_cpus(*list, &first, &last))
			for (; first <= last; first++)
				mask[first / bits] |= 1UL << first % bits;
	service->contained.cpus = mask;
}

void
contained_check(struct loader *l, struct service *service)
{
	bool program =
	    (service->handler & (HANDLER_EXEC | HANDLER_COMMAND)) != 0;

	if (program) {
		check_limits(l, service);
		check_privileges(l, service);
		check_leftovers(l, service);
		make_capabilities(service);
		filters_build(l, service);
	}
	if (service->disable)
		return;
	needs_check(l, service);
	if (program) {
		check_strict(l, service);
		check_mounts(l, service);
		needs_check_scopes(l, service);
		make_cpus(l, service);
		if (l->source->advise)
			pools_advise(l, service);
	}
}

/* --- haild -t --- */

/* No sandbox, and the configuration does not say so explicitly. */
static bool
is_bare(const struct service *c)
{
	return c->sandbox == SANDBOX_NONE && !part_is_written(c, "sandbox");
}

static bool
is_unlimited(const struct service *c)
{
	return c->sandbox == SANDBOX_STRICT &&
	    (!part_is_written(c, "memory-max") ||
		!part_is_written(c, "tasks-max"));
}

/* Whether IS holds for what SERVICE runs, or for one of its commands. */
static bool
has_any(const struct service *service, bool (*is)(const struct service *))
{
	const struct service *c = service->commands;

	if (service->handler == HANDLER_EXEC)
		return is(service);
	for (; c != NULL && c->name != NULL; c++)
		if (is(c))
			return true;
	return false;
}

void
contained_advise(struct loader *l, const struct service *service)
{
	const struct origin origin = { .file = service->file,
		.line = service->line };
	const unsigned int both = CGROUP_MEMORY | CGROUP_PIDS;

	if (service->disable || !shares_has_sources(service))
		return;
	if (has_any(service, is_bare))
		loader_report(l, false, &origin,
		    "service \"%s\" runs programs without a sandbox: set "
		    "\"sandbox\" to \"basic\" or \"strict\", or to \"none\" "
		    "if this is intended",
		    service->name);
	if ((l->source->cgroup & both) == both &&
	    has_any(service, is_unlimited))
		loader_report(l, false, &origin,
		    "service \"%s\" does not limit the memory or the "
		    "processes of a session: add \"memory-max\" and "
		    "\"tasks-max\"",
		    service->name);
}
