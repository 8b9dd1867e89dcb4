#include "haild/containment/trees.h"

#include <stdlib.h>
#include <unistd.h>

void
trees_close(struct trees *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		close(t->list[i]);
	free(t->list);
	if (t->network > 0)
		close(t->network);
	*t = (struct trees) { NULL, 0, -1 };
}

void
trees_grant(const struct trees *t, const struct service *service,
    struct grant *grant)
{
	if (service->contained.tree != NO_TREE &&
	    (size_t)service->contained.tree < t->n)
		grant->tree = t->list[service->contained.tree];
	if (service->private_network)
		grant->network = t->network;
}
