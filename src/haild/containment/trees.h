/*
 * trees.h -- the namespaces that haild-load has prepared for a configuration.
 *
 * A tree is a mount namespace that services with the same settings share.
 * haild-load makes them (load/contain/trees.h) and sends their descriptors to
 * the daemon before it exits.
 */

#ifndef TREES_H
#define TREES_H

#include <stddef.h>

#include "contain/contain.h"

struct trees {
	int *list; /* mount namespaces, by the number contained.tree */
	size_t n;
	int network; /* the empty network namespace, or -1 */
};

/* Close all, and be empty. */
void trees_close(struct trees *t);

/* Set grant->tree and network for SERVICE, to descriptors of T itself. */
void trees_grant(const struct trees *t, const struct service *service,
    struct grant *grant);

#endif
