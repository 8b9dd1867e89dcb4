/*
 * forward_targets.h -- what a session needs to connect to the targets of
 * "forward", without the configuration and from an empty root directory.
 */

#ifndef FORWARD_TARGETS_H
#define FORWARD_TARGETS_H

#include "session/session.h"

struct forward_target {
	struct addr addr;
	const char *text; /* as the log shows it */
	/*
	 * A Unix socket: the path for connect(2), in DIRECTORY, a descriptor,
	 * or -1 if the path can be used as it is.
	 */
	const char *path;
	int directory;
	int error; /* it cannot be tried: errno */
	bool loop; /* it would lead back to this service */
};

/* In the order in which they are tried. */
struct forward_targets {
	struct forward_target *list;
	size_t n;
	const struct addr *source; /* or NULL */
};

/*
 * Copy the targets of S's service from the configuration, for "round-robin"
 * beginning with the one whose turn it is, and open the directories of Unix
 * sockets as the user of the session, who must be able to reach them.  Called
 * with the daemon's privileges.  Exits on failure (logged).
 */
void forward_targets_prepare(
    struct forward_targets *t, const struct session *s);

/*
 * Close all descriptors from 3 up, those of the log too, except CHANNEL and the
 * directories of T.
 */
void forward_targets_keep(const struct forward_targets *t, int channel);

#endif
