#include "load/contain/presets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "contain/confine.h"
#include "lib/log.h"

#define LANDLOCK_SCOPES 6 /* the ABI that has them, of Linux 6.12 */

/*
 * What programs need to change the system, or to look into other processes.
 * io_uring, userfaultfd and bpf have had more holes than other calls.
 */
#define CALLS                                                             \
	"[\"~@clock\", \"~@cpu-emulation\", \"~@debug\", \"~@keyring\", " \
	"\"~@module\", \"~@mount\", \"~@obsolete\", \"~@raw-io\", "       \
	"\"~@reboot\", \"~@swap\", \"~bpf\", \"~io_uring_setup\", "       \
	"\"~io_uring_enter\", \"~io_uring_register\", "                   \
	"\"~perf_event_open\", \"~userfaultfd\"]"
#define FAMILIES "[\"AF_UNIX\", \"AF_INET\", \"AF_INET6\", \"AF_NETLINK\"]"
/* haild's own, and what tells much about the system or configures it. */
#define HIDDEN                                                          \
	"\"-" SYSCONFDIR "/haild\", \"-" STATEDIR "\", \"-" RUNSTATEDIR \
	"/haild\", \"-/boot\", \"-/sys/fs/bpf\", \"-/sys/fs/cgroup\", " \
	"\"-/sys/kernel/debug\", \"-/sys/kernel/tracing\""

/* clang-format off */
const struct part parts[] = {
{ "sandbox",                   NULL,           NULL },
{ "private-network",           NULL,           "true" },
{ "private-tmp",               NULL,           "true" },
{ "private-devices",           "true",         "true" },
{ "private-pids",              NULL,           "true" },
{ "private-ipc",               NULL,           "true" },
{ "protect-hostname",          NULL,           "true" },
{ "protect-system",            "\"full\"",     "\"strict\"" },
{ "protect-home",              "\"yes\"",      "\"yes\"" },
{ "read-only-paths",           NULL,           NULL },
{ "read-write-paths",          NULL,           NULL },
{ "inaccessible-paths",        "[" HIDDEN "]", "[" HIDDEN ", \"-/run\"]" },
{ "bind-paths",                NULL,           NULL },
{ "bind-read-only-paths",      NULL,           NULL },
{ "system-call-filter",        CALLS,          CALLS },
{ "restrict-address-families", FAMILIES,       FAMILIES },
{ "restrict-namespaces",       "true",         "true" },
{ "landlock-scope",            "true",         "true" },
{ "capabilities",              "[]",           "[]" },
{ "no-new-privileges",         "true",         "true" },
{ "memory-max",                NULL,           NULL },
{ "tasks-max",                 NULL,           NULL },
{ "cpu-quota",                 NULL,           NULL },
{ "service-memory-max",        NULL,           NULL },
{ "service-tasks-max",         NULL,           NULL },
{ "oom-policy",                NULL,           NULL },
{ "oom-score-adjust",          NULL,           NULL },
{ "cpu-affinity",              NULL,           NULL },
};
/* clang-format on */

const size_t nparts = sizeof(parts) / sizeof(parts[0]);

#define PRESETS (SANDBOX_STRICT + 1)

const char *
part_value(const struct part *part, int64_t preset)
{
	switch (preset) {
	case SANDBOX_BASIC:
		return part->basic;
	case SANDBOX_STRICT:
		return part->strict;
	default:
		return NULL;
	}
}

/* The index of NAME in parts[], or nparts. */
static size_t
find_part(const char *name)
{
	size_t i;

	for (i = 0; i < nparts; i++)
		if (strcmp(parts[i].name, name) == 0)
			break;
	return i;
}

bool
part_is_written(const struct service *service, const char *name)
{
	return (service->contained.written & UINT64_C(1) << find_part(name)) !=
	    0;
}

/* --- filling in --- */

/* A service for each preset that has its values.  Made once for a load. */
static const struct service *
get_presets(struct loader *l)
{
	const struct setting *s;
	size_t preset, i;
	const char *text;

	if (l->presets != NULL)
		return l->presets;
	if ((l->presets = calloc(PRESETS, sizeof(*l->presets))) == NULL)
		fatal(EX_OSERR, "cannot read the configuration");
	for (preset = 0; preset < PRESETS; preset++)
		for (i = 0; i < nparts; i++) {
			s = setting_find(parts[i].name, true);
			text = part_value(&parts[i], (int64_t)preset);
			if (text == NULL)
				text = s->preset;
			if (text != NULL)
				settings_read_text(
				    l, s, &l->presets[preset], text);
		}
	return l->presets;
}

static size_t
count(const char *const *list)
{
	size_t n = 0;

	while (list != NULL && list[n] != NULL)
		n++;
	return n;
}

/* A and what of B is not in it; one may be NULL. */
static const char *const *
join(struct loader *l, const char *const *a, const char *const *b)
{
	size_t na = count(a), nb = count(b), n = 0, i, j;
	const char **all;

	if (a == NULL || b == NULL)
		return a != NULL ? a : b;
	all = arena_alloc(l->arena, (na + nb + 1) * sizeof(*all));
	for (; n < na; n++)
		all[n] = a[n];
	for (i = 0; i < nb; i++) {
		for (j = 0; j < na && strcmp(a[j], b[i]) != 0; j++)
			continue;
		if (j == na)
			all[n++] = b[i];
	}
	return all;
}

/*
 * The "inaccessible-paths" of SERVICE as they were written, or NULL.  A command
 * has inherited those of its service with the preset's among them.
 */
static const char *const *
written_hidden(struct loader *l, const struct service *service)
{
	const char *const *list = service->inaccessible_paths;

	if (ORIGIN(l, "inaccessible-paths")->file == NULL)
		list = NULL;
	else if (service->handler == HANDLER_COMMAND &&
	    l->own[setting_index("inaccessible-paths")].file == NULL)
		list = l->hidden;
	if (service->handler != HANDLER_COMMAND)
		l->hidden = list;
	return list;
}

void
presets_apply(struct loader *l, struct service *service)
{
	bool contained =
	    (service->handler & (HANDLER_PROGRAMS | HANDLER_COMMAND)) != 0;
	const struct service *preset = get_presets(l);
	const char *const *hidden = written_hidden(l, service);
	struct sandbox *x = &service->contained;
	const struct setting *s;
	uint64_t written = 0;
	size_t i;

	if (contained && service->sandbox > SANDBOX_NONE &&
	    service->sandbox < PRESETS)
		preset += service->sandbox;
	for (i = 0; i < nparts; i++) {
		s = setting_find(parts[i].name, true);
		if (contained && l->origins[s - settings].file != NULL)
			written |= UINT64_C(1) << i;
		else
			memcpy(setting_field(s, service),
			    setting_field(s, preset), s->type->size);
	}
	service->inaccessible_paths =
	    join(l, contained ? hidden : NULL, preset->inaccessible_paths);
	*x = (struct sandbox) { .tree = NO_TREE,
		.capabilities = CAPABILITIES_ALL,
		.pool_first = x->pool_first,
		.pool_last = x->pool_last,
		.written = written };
}

const char *const *
presets_hidden(const struct loader *l, const struct service *service)
{
	return l->presets[service->sandbox].inaccessible_paths;
}

/* --- haild -T --- */

void
presets_note(const struct service *service, const struct setting *setting,
    char *buf, size_t size)
{
	size_t at = find_part(setting->name);
	const char *value;
	bool written;

	buf[0] = '\0';
	if (at == nparts || setting->scope == GLOBAL)
		return;
	value = part_value(&parts[at], service->sandbox);
	written = part_is_written(service, setting->name);
	if (value != NULL &&
	    (!written || strcmp(setting->name, "inaccessible-paths") == 0))
		snprintf(buf, size, "%ssandbox = \"%s\"",
		    written ? "with those of " : "",
		    preset_words[service->sandbox]);
	else if (!written)
		snprintf(buf, size, "default");
	if (strcmp(setting->name, "landlock-scope") == 0 &&
	    service->landlock_scope && !presets_has_scopes())
		snprintf(buf + strlen(buf), size - strlen(buf),
		    "%sno effect on this kernel: needs Linux 6.12",
		    buf[0] != '\0' ? "; " : "");
}

bool
presets_has_scopes(void)
{
	return landlock_version() >= LANDLOCK_SCOPES;
}
