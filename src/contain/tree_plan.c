#include "contain/tree_plan.h"

#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contain/mounts.h"

const char *const tree_kernel_files[] = { "/proc/acpi", "/proc/asound",
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/latency_stats",
	"/proc/mtrr", "/proc/scsi", "/proc/sys", "/proc/sysrq-trigger",
	"/proc/timer_stats", NULL };
/* Where /usr is not merged, the rest of it is beside it. */
static const char *const system_yes[] = { "/usr", "/bin", "/sbin", "/lib",
	"/lib32", "/lib64", "/libx32", "/boot", "/efi", NULL };
static const char *const system_full[] = { "/etc", "/sys", NULL };
const char *const tree_homes[] = { "/home", "/root", "/run/user", NULL };
static const char *const tmps[] = { "/tmp", "/var/tmp", "/dev/shm", NULL };

struct planner {
	struct tree_plan *plan;
	const struct service *service;
	char *why;
};

int
tree_fail(char why[TREE_WHY_MAX], const char *setting, const char *path,
    const char *reason)
{
	snprintf(why, TREE_WHY_MAX, "\"%s\": %s: %s", setting, path, reason);
	return -1;
}

/* --- paths --- */

/*
 * As realpath(3), but the end of PATH may be missing.  The result is to be
 * freed, or NULL with errno.
 */
static char *
resolve_missing(const char *path)
{
	char head[PATH_MAX], *slash, *real = NULL, *all = NULL;
	ptrdiff_t end;

	if (strlen(path) >= sizeof(head)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	/* Of a directory that does not exist there is no parent. */
	if (strstr(path, "/..") != NULL) {
		errno = ENOENT;
		return NULL;
	}
	strlcpy(head, path, sizeof(head));
	for (slash = strchr(head, '\0'); slash > head + 1 && slash[-1] == '/';)
		*--slash = '\0';
	end = slash - head;
	while ((slash = strrchr(head, '/')) != NULL) {
		*slash = '\0';
		real = realpath(slash == head ? "/" : head, NULL);
		if (real != NULL || errno != ENOENT || slash == head)
			break;
	}
	if (slash == NULL || real == NULL)
		return NULL;
	if (asprintf(&all, "%s%.*s", strcmp(real, "/") == 0 ? "" : real,
		(int)(end - (slash - head)), path + (slash - head)) == -1)
		return NULL;
	free(real);
	return all;
}

/* Add a step for PATH, which is resolved.  Returns 0, or -1. */
static int
add_resolved(struct planner *p, const struct tree_step *step)
{
	struct tree_plan *plan = p->plan;
	struct tree_step *grown =
	    reallocarray(plan->list, plan->n + 1, sizeof(*grown));

	if (grown == NULL)
		return tree_fail(
		    p->why, step->setting, step->path, strerror(errno));
	grown[plan->n] = *step;
	grown[plan->n++].mount = -1;
	plan->list = grown;
	return 0;
}

/* What a session mounts for itself would cover STEP; returns that setting. */
static const char *
covered_by(const struct service *service, const struct tree_step *step)
{
	size_t i;

	if (service->private_pids && mounts_is_in(step->path, "/proc"))
		return "private-pids";
	for (i = 0; service->private_tmp && tmps[i] != NULL; i++)
		if (mounts_is_in(step->path, tmps[i]))
			return "private-tmp";
	return NULL;
}

/*
 * Add STEP for PATH as it was written; if it is not OPTIONAL, it must exist.
 * Returns 0, or -1.
 */
static int
add(struct planner *p, struct tree_step step, const char *path, bool optional)
{
	const char *cover;
	char text[128];
	struct stat st;

	step.path = realpath(path, NULL);
	/* The mount point is made where that is possible. */
	if (step.path == NULL && errno == ENOENT && step.kind == TREE_BIND)
		step.path = resolve_missing(path);
	if (step.path == NULL && optional &&
	    (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (step.path == NULL ||
	    stat(step.kind == TREE_BIND ? step.source : step.path, &st) == -1)
		return tree_fail(p->why, step.setting, path, strerror(errno));
	step.directory = S_ISDIR(st.st_mode);
	if (strcmp(step.path, "/") == 0 && step.kind != TREE_READ_ONLY &&
	    step.kind != TREE_READ_WRITE)
		return tree_fail(
		    p->why, step.setting, path, "is the root directory");
	if ((cover = covered_by(p->service, &step)) != NULL) {
		if (optional || step.implied || step.kind == TREE_READ_WRITE)
			return 0;
		snprintf(text, sizeof(text), "is hidden by \"%s\"", cover);
		return tree_fail(p->why, step.setting, path, text);
	}
	return add_resolved(p, &step);
}

/* --- settings --- */

static int
add_implied(struct planner *p, enum tree_kind kind, const char *setting,
    const char *const *paths)
{
	const struct tree_step step = {
		.kind = kind, .setting = setting, .implied = true
	};

	for (; *paths != NULL; paths++)
		if (add(p, step, *paths, true) == -1)
			return -1;
	return 0;
}

static int
add_one(struct planner *p, enum tree_kind kind, const char *setting,
    const char *path)
{
	const char *const list[] = { path, NULL };

	return add_implied(p, kind, setting, list);
}

/* A list of paths; "-" before one: it may be missing. */
static int
add_list(struct planner *p, enum tree_kind kind, const char *setting,
    const char *const *paths)
{
	const struct tree_step step = { .kind = kind, .setting = setting };

	for (; paths != NULL && *paths != NULL; paths++)
		if (add(p, step, *paths + (**paths == '-'), **paths == '-') ==
		    -1)
			return -1;
	return 0;
}

/* "[-]SOURCE[:PATH]" */
static int
add_bind(
    struct planner *p, const char *setting, const char *text, bool read_only)
{
	struct tree_step step = {
		.kind = TREE_BIND, .setting = setting, .read_only = read_only
	};
	bool optional = *text == '-';
	char *source = strdup(text + optional), *to;
	int result = 0;

	if (source == NULL)
		return tree_fail(p->why, setting, text, strerror(errno));
	if ((to = strchr(source, ':')) != NULL)
		*to++ = '\0';
	step.source = realpath(source, NULL);
	if (step.source != NULL)
		result = add(p, step, to != NULL ? to : source, false);
	else if (!optional || (errno != ENOENT && errno != ENOTDIR))
		result = tree_fail(p->why, setting, source, strerror(errno));
	free(source);
	return result;
}

static int
add_binds(struct planner *p, const char *setting, const char *const *texts,
    bool read_only)
{
	for (; texts != NULL && *texts != NULL; texts++)
		if (add_bind(p, setting, *texts, read_only) == -1)
			return -1;
	return 0;
}

static int
add_system(struct planner *p)
{
	int64_t protect = p->service->protect_system;
	const char *setting = "protect-system";

	if (protect == PROTECT_SYSTEM_NO)
		return 0;
	if (protect == PROTECT_SYSTEM_STRICT &&
	    (add_one(p, TREE_READ_ONLY, setting, "/") == -1 ||
		add_one(p, TREE_READ_WRITE, setting, "/dev") == -1 ||
		add_one(p, TREE_READ_WRITE, setting, "/proc") == -1))
		return -1;
	if (add_implied(p, TREE_READ_ONLY, setting, system_yes) == -1)
		return -1;
	if (protect == PROTECT_SYSTEM_YES)
		return 0;
	return add_implied(p, TREE_READ_ONLY, setting, system_full) == -1 ||
		add_implied(p, TREE_READ_ONLY, setting, tree_kernel_files) == -1
	    ? -1
	    : 0;
}

static int
add_sys(struct planner *p)
{
	const struct tree_step step = { .kind = TREE_SYS,
		.setting = "private-network",
		.implied = true,
		.read_only =
		    p->service->protect_system >= PROTECT_SYSTEM_FULL };

	return p->service->private_network ? add(p, step, "/sys", true) : 0;
}

static int
add_homes(struct planner *p)
{
	int64_t protect = p->service->protect_home;

	if (protect == PROTECT_HOME_NO)
		return 0;
	return add_implied(p,
	    protect == PROTECT_HOME_YES		? TREE_HIDE
		: protect == PROTECT_HOME_TMPFS ? TREE_EMPTY
						: TREE_READ_ONLY,
	    "protect-home", tree_homes);
}

static int
add_all(struct planner *p)
{
	const struct service *s = p->service;

	if (add_system(p) == -1 || add_homes(p) == -1 || add_sys(p) == -1 ||
	    (s->private_devices &&
		add_one(p, TREE_DEV, "private-devices", "/dev") == -1))
		return -1;
	if (add_list(p, TREE_HIDE, "inaccessible-paths",
		s->inaccessible_paths) == -1 ||
	    add_list(p, TREE_READ_ONLY, "read-only-paths",
		s->read_only_paths) == -1 ||
	    add_list(p, TREE_READ_WRITE, "read-write-paths",
		s->read_write_paths) == -1)
		return -1;
	return add_binds(p, "bind-paths", s->bind_paths, false) == -1 ||
		add_binds(p, "bind-read-only-paths", s->bind_read_only_paths,
		    true) == -1
	    ? -1
	    : 0;
}

/* --- order --- */

/* A slash comes first, so that "/a/b" comes before "/a.b". */
static int
compare_paths(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	if (*a == *b)
		return 0;
	if (*a == '\0' || (*a == '/' && *b != '\0'))
		return -1;
	if (*b == '\0' || *b == '/')
		return 1;
	return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
}

static int
compare_steps(const void *x, const void *y)
{
	const struct tree_step *a = x, *b = y;
	int result = strcmp(a->path, "/") == 0 || strcmp(b->path, "/") == 0
	    ? (int)strlen(a->path) - (int)strlen(b->path)
	    : compare_paths(a->path, b->path);

	if (result == 0)
		result = a->implied - b->implied;
	return result != 0 ? result : (int)a->kind - (int)b->kind;
}

struct tree_step *
tree_plan_above(const struct tree_plan *plan, const struct tree_step *at)
{
	ptrdiff_t i;

	for (i = at - plan->list; i-- > 0;)
		if (mounts_is_in(at->path, plan->list[i].path))
			return &plan->list[i];
	return NULL;
}

/* Whether STEP changes nothing below ABOVE, which may be NULL. */
static bool
is_idle(const struct tree_step *step, const struct tree_step *above)
{
	if (above == NULL)
		return step->kind == TREE_READ_WRITE;
	switch (step->kind) {
	case TREE_HIDE:
	case TREE_EMPTY:
		return above->kind == TREE_HIDE || above->kind == TREE_EMPTY;
	case TREE_READ_ONLY:
		return above->kind == TREE_READ_ONLY ||
		    (above->kind == TREE_SYS && above->read_only);
	case TREE_READ_WRITE:
		return above->kind == TREE_READ_WRITE;
	case TREE_BIND:
	case TREE_DEV:
	case TREE_SYS:
		break;
	}
	return false;
}

/* Sort, and keep one step for each path and none without an effect. */
static void
put_in_order(struct tree_plan *plan)
{
	struct tree_step *list = plan->list, *step, *above;
	size_t i, n = plan->n;

	if (n == 0)
		return;
	qsort(list, n, sizeof(*list), compare_steps);
	for (i = plan->n = 0; i < n; i++) {
		if (i > 0 && strcmp(list[i - 1].path, list[i].path) == 0)
			continue;
		step = &list[plan->n];
		*step = list[i];
		above = tree_plan_above(plan, step);
		if (is_idle(step, above))
			continue;
		plan->n++;
		for (; above != NULL; above = tree_plan_above(plan, above))
			above->below = true;
	}
}

int
tree_plan_make(struct tree_plan *plan, const struct service *service,
    char why[TREE_WHY_MAX])
{
	struct planner p = { plan, service, why };

	*plan = (struct tree_plan) { NULL, 0 };
	if (add_all(&p) == -1)
		return -1;
	put_in_order(plan);
	return 0;
}
