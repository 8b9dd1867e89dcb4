#include "load/contain/needs.h"

#include <stdio.h>
#include <string.h>

#include "contain/cgroup.h"
#include "load/contain/presets.h"

enum need {
	NEEDS_NOTHING,
	NEEDS_PRIVILEGES,
	NEEDS_CPU,
	NEEDS_MEMORY,
	NEEDS_PIDS
};

static const struct {
	const char *part;
	enum need need;
} needs[] = {
	{ "private-network", NEEDS_PRIVILEGES },
	{ "private-tmp", NEEDS_PRIVILEGES },
	{ "private-devices", NEEDS_PRIVILEGES },
	{ "private-pids", NEEDS_PRIVILEGES },
	{ "private-ipc", NEEDS_PRIVILEGES },
	{ "protect-hostname", NEEDS_PRIVILEGES },
	{ "protect-system", NEEDS_PRIVILEGES },
	{ "protect-home", NEEDS_PRIVILEGES },
	{ "read-only-paths", NEEDS_PRIVILEGES },
	{ "read-write-paths", NEEDS_PRIVILEGES },
	{ "inaccessible-paths", NEEDS_PRIVILEGES },
	{ "bind-paths", NEEDS_PRIVILEGES },
	{ "bind-read-only-paths", NEEDS_PRIVILEGES },
	{ "capabilities", NEEDS_PRIVILEGES },
	{ "cpu-quota", NEEDS_CPU },
	{ "memory-max", NEEDS_MEMORY },
	{ "service-memory-max", NEEDS_MEMORY },
	{ "tasks-max", NEEDS_PIDS },
	{ "service-tasks-max", NEEDS_PIDS },
};

static const struct {
	const char *name;
	unsigned int bit;
} controllers[] = {
	[NEEDS_CPU] = { "cpu", CGROUP_CPU },
	[NEEDS_MEMORY] = { "memory", CGROUP_MEMORY },
	[NEEDS_PIDS] = { "pids", CGROUP_PIDS },
};

/* Whether the value of S in SERVICE asks for something. */
static bool
is_used(const struct service *service, const struct setting *s)
{
	const void *field = setting_field(s, service);

	if (s->flags & NONE)
		return memcmp(field, s->type->none, s->type->size) != 0;
	if (s->type == &type_boolean)
		return *(const bool *)field;
	if (s->type == &type_word)
		return *(const int64_t *)field != 0;
	return setting_is_set(s, service);
}

/*
 * haild -t does not know what the daemon has: one warning tells what the host
 * lacks (needs_host_controllers).
 */
static void
report_controller(struct loader *l, struct service *service,
    const struct setting *s, const char *controller)
{
	if (l->source->trial != TRIAL_WARN)
		loader_missing(l, service, ORIGIN(l, s->name),
		    "\"%s\" needs the %s controller, which haild's cgroup "
		    "lacks: under systemd, " CGROUP_ADVICE,
		    s->name, controller);
	else if (!l->controllers_reported) {
		l->controllers_reported = true;
		loader_report(l, false, ORIGIN(l, s->name),
		    "\"%s\" needs the %s controller, which this host's cgroup "
		    "v2 lacks",
		    s->name, controller);
	}
}

/*
 * "strict" includes a cgroup for each session.  Its parts, written one by one,
 * do not.
 */
static void
check_leaves(struct loader *l, struct service *service)
{
	if (service->sandbox == SANDBOX_STRICT &&
	    (l->source->cgroup & CGROUP_LEAVES) == 0)
		loader_missing(l, service, ORIGIN(l, "sandbox"),
		    "\"sandbox\": \"strict\" needs a cgroup for each session, "
		    "and haild cannot create any: under systemd, " CGROUP_ADVICE
		    "; in a container, mount the cgroup file system writable");
}

void
needs_check(struct loader *l, struct service *service)
{
	bool by_preset = false;
	const struct setting *s;
	size_t i;

	if (l->source->root) /* else "needs root" says enough */
		check_leaves(l, service);
	for (i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		s = setting_find(needs[i].part, true);
		/* Other parts of "commands" are defaults for each of them. */
		if ((s->handlers & service->handler) == 0 ||
		    (service->handler == HANDLER_COMMANDS && s->scope != OWN) ||
		    !is_used(service, s))
			continue;
		if (needs[i].need != NEEDS_PRIVILEGES) {
			if ((l->source->cgroup &
				controllers[needs[i].need].bit) == 0)
				report_controller(l, service, s,
				    controllers[needs[i].need].name);
		} else if (l->source->root)
			continue;
		else if (part_is_written(service, s->name))
			loader_missing(l, service, ORIGIN(l, s->name),
			    "\"%s\": needs root", s->name);
		else
			by_preset = true;
	}
	if (by_preset)
		loader_missing(l, service, ORIGIN(l, "sandbox"),
		    "\"sandbox\": \"%s\" needs root",
		    preset_words[service->sandbox]);
}

void
needs_check_scopes(struct loader *l, const struct service *service)
{
	if (!service->landlock_scope || l->scopes_reported ||
	    presets_has_scopes() || l->source->trial == TRIAL_NONE)
		return;
	l->scopes_reported = true;
	loader_report(l, false,
	    part_is_written(service, "landlock-scope")
		? ORIGIN(l, "landlock-scope")
		: ORIGIN(l, "sandbox"),
	    "this kernel has no Landlock scopes (needs Linux 6.12); continuing "
	    "without \"landlock-scope\": sessions of one user can signal each "
	    "other, except with \"private-pids\"");
}

unsigned int
needs_host_controllers(void)
{
	static const char *const files[] = {
		"/sys/fs/cgroup/cgroup.controllers",
		"/sys/fs/cgroup/unified/cgroup.controllers",
	};
	unsigned int found = 0;
	char word[32];
	size_t i, j;
	FILE *f;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if ((f = fopen(files[i], "re")) == NULL)
			continue;
		while (fscanf(f, "%31s", word) == 1)
			for (j = NEEDS_CPU; j <= NEEDS_PIDS; j++)
				if (strcmp(controllers[j].name, word) == 0)
					found |= controllers[j].bit;
		fclose(f);
	}
	return found;
}
