/*
 * forward_targets.h -- what a session needs to connect to the targets of
 * "forward", without the configuration and from an empty root directory.
 */

#ifndef FORWARD_TARGETS_H
#define FORWARD_TARGETS_H

#include "session/session.h"

struct forward_target {
	struct addr addr;
	const char *text; /* for the log */
	/*
	 * A Unix socket: the path for connect(2), in DIRECTORY, a descriptor,
	 * or -1 if PATH is absolute and needs no directory.
	 */
	const char *path;
	int directory;
	int error; /* errno if it cannot be tried; or 0 */
	bool loop; /* it leads back to this service: not tried */
};

/* In the order in which they are tried. */
struct forward_targets {
	struct forward_target *list;
	size_t n;
	const struct addr *source; /* or NULL */
};

/*
 * Copy the targets of S's service from the configuration; with "round-robin",
 * begin with the one whose turn it is.  Open the directories of Unix sockets
 * with the rights of the session's user.  Called with the daemon's privileges.
 * Exits on failure (logged).
 */
void forward_targets_prepare(
    struct forward_targets *t, const struct session *s);

/*
 * Close all descriptors from 3 up, also those of the log, except CHANNEL and
 * the directories of T.
 */
void forward_targets_keep(const struct forward_targets *t, int channel);

#endif
