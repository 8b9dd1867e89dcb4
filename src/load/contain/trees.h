/*
 * trees.h -- make the namespaces that sessions enter, and send them to the
 * daemon.  What other modules call is in load/service.h.
 *
 * Services with the same settings share a mount namespace (contain/tree.h).  A
 * child process makes each, and sends a descriptor of it.  There is at most one
 * network namespace: empty, for all services with private-network whose
 * sessions can share it (contain_shares_network).
 */

#ifndef LOAD_CONTAIN_TREES_H
#define LOAD_CONTAIN_TREES_H

#include "load/service.h"

/* How long all trees of a configuration may take, and one of them. */
#define TREES_TIME (12 * SECOND)
#define TREE_TIME (4 * SECOND)

/* Close all. */
void trees_forget(void);

#endif
