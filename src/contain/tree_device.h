/*
 * tree_device.h -- the small /dev of private-devices: null, zero, full, random,
 * urandom, tty, links to standard input and others, terminals of its own and
 * /dev/shm.
 */

#ifndef TREE_DEVICE_H
#define TREE_DEVICE_H

#include "config/config.h"

#define TREE_DEVICES 6

/* What is taken from the host's /dev. */
struct tree_device {
	int nodes[TREE_DEVICES]; /* copies of mounts, or -1 */
	int shm;		 /* likewise; -1: only a mount point */
	/* Each session mounts its own (contain_enter). */
	bool private_shm, private_terminals;
	char log[64]; /* the link /dev/log, or "" */
};

/* Before anything is mounted. */
void tree_device_prepare(
    struct tree_device *device, const struct service *service);

/*
 * Fill DIR, an empty tmpfs at /dev.  Returns 0, or -1 with errno.
 */
int tree_device_fill(const struct tree_device *device, int dir);

#endif
