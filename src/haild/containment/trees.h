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
#define TREES_NONE ((struct trees) { NULL, 0, -1 })

/*
 * Receive what haild-load has sent to the socket FD (contain/tree.h); it has
 * ended.  Returns 0, or -1 (logged), and T is empty.
 */
int trees_receive(struct trees *t, int fd);

/* Close all, and be empty. */
void trees_close(struct trees *t);

/*
 * Set grant->tree and network for SERVICE, to descriptors of T itself.  Where
 * contain_shares_network is false, a session must have a network namespace of
 * its own.
 */
void trees_grant(
    const struct trees *t, const struct service *service, struct grant *grant);

#endif
