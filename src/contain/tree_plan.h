/*
 * tree_plan.h -- what is mounted where in a tree (tree.h), and in which order.
 */

#ifndef TREE_PLAN_H
#define TREE_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"

#define TREE_WHY_MAX 1024 /* the reason why there is no tree */

/* For the same path, an earlier one wins. */
enum tree_kind {
	TREE_HIDE,	/* nothing can be read; it may have mounts below */
	TREE_BIND,	/* the file or directory SOURCE */
	TREE_EMPTY,	/* an empty directory, read-only */
	TREE_DEV,	/* a small /dev */
	TREE_SYS,	/* a sysfs of its own */
	TREE_READ_ONLY, /* the host's files, read-only */
	TREE_READ_WRITE /* the host's files, unchanged */
};

struct tree_step {
	enum tree_kind kind;
	const char *path;    /* absolute, without symbolic links */
	const char *source;  /* of TREE_BIND, likewise */
	const char *setting; /* its name */
	bool implied;	     /* by a setting that names no path */
	bool read_only;	     /* of TREE_BIND and TREE_SYS */
	bool directory;	     /* PATH, or SOURCE, is one */
	bool below;	     /* other steps have paths below it */
	int mount;	     /* a descriptor of the mount to attach; -1 */
};

struct tree_plan {
	struct tree_step *list; /* a path comes after those it is below */
	size_t n;
};

/*
 * Files in /proc that change the whole host, and that protect-system = "full"
 * protects; the last one is NULL.
 */
extern const char *const tree_kernel_files[];

/* The directories of protect-home; the last one is NULL. */
extern const char *const tree_homes[];

/*
 * Make the plan for SERVICE from the files of this process's namespace.
 * Returns 0, or -1 with the reason in WHY.
 */
int tree_plan_make(struct tree_plan *plan, const struct service *service,
    char why[TREE_WHY_MAX]);

/*
 * The step before AT in PLAN whose path is above that of AT and nearest; or
 * NULL.
 */
struct tree_step *tree_plan_above(
    const struct tree_plan *plan, const struct tree_step *at);

/* Write the reason to WHY.  Returns -1. */
int tree_fail(char why[TREE_WHY_MAX], const char *setting, const char *path,
    const char *reason);

#endif
