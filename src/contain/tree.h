/*
 * tree.h -- the mount namespace that a service's sessions share.
 *
 * haild-load makes it once, in a child process of its own, and the daemon keeps
 * a descriptor of it (haild/containment/trees.h).  Sessions enter it by
 * setns(2); contain_enter adds what each session has of its own: /tmp, /proc
 * and /dev/pts.
 *
 * The settings are those of systemd.exec(5).  Where two settings apply to a
 * file, the one with the longer path wins.  For the same path, a setting that
 * names paths wins over protect-system, protect-home and private-devices; among
 * these, inaccessible-paths, bind-paths, read-only-paths and read-write-paths
 * win in this order.
 *
 * Nothing is made or changed in the file systems of the host, and mounts do not
 * propagate in either direction: what the host mounts later is not in a tree.
 * Mounts that a session cannot reach are removed, since a session that makes a
 * namespace of its own copies all.
 */

#ifndef TREE_H
#define TREE_H

#include <stdbool.h>

#include "config/config.h"
#include "contain/tree_plan.h"

/* Whether sessions of SERVICE have mounts that differ from the daemon's. */
bool tree_is_wanted(const struct service *service);

/* Whether services A and B can share a tree. */
bool tree_is_same(const struct service *a, const struct service *b);

enum tree_result {
	TREE_BUILT,
	TREE_WRONG,  /* a setting, or a file that it names */
	TREE_DENIED, /* this process may not make namespaces or mounts */
};

/*
 * Put this process, which has a single thread, into a new mount namespace for
 * SERVICE; *NS becomes a descriptor of it.  With private-network, /sys shows
 * the network namespace NETWORK (a descriptor, or -1 for a new one), which this
 * process enters.  Needs Linux 5.11 and CAP_SYS_ADMIN.
 *
 * If the result is not TREE_BUILT, WHY has the reason; for TREE_WRONG it begins
 * with the setting.  Afterwards this process can only exit.  Memory is not
 * freed.
 */
enum tree_result tree_build(const struct service *service, int network, int *ns,
    char why[TREE_WHY_MAX]);

/*
 * How haild-load sends the trees to the daemon: any number of TREES_LIST with
 * up to MESSAGE_FDS_MAX of them, one TREES_NETWORK with the empty network
 * namespace if there is one, then TREES_END with the number of trees.
 */
enum { TREES_LIST = 1, TREES_NETWORK, TREES_END };

#endif
