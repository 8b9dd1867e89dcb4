/*
 * forward_connect.h -- connect to a target of "forward".
 */

#ifndef FORWARD_CONNECT_H
#define FORWARD_CONNECT_H

#include "session/session.h"

/*
 * What a session needs to connect, without the configuration.  The targets are
 * in the order in which they are tried.
 */
struct forward_targets {
	struct target *list;
	size_t n;
	const struct addr *source; /* or NULL */
};

/*
 * Copy the targets of S's service from the configuration, for "round-robin"
 * beginning with the one whose turn it is.  Called with the daemon's
 * privileges.  Exits on failure (logged).
 */
void forward_targets_prepare(
    struct forward_targets *t, const struct session *s);

/*
 * Connect to the first target that accepts; each may take SERVICE's
 * connect-timeout.  Returns a descriptor that does not block, and TEXT "to
 * TARGET"; or -1, with *ERROR the errno of the last target (ETIMEDOUT: no
 * answer), and TEXT tells what each target answered.
 */
int forward_connect(const struct forward_targets *t,
    const struct service *service, char *text, size_t size, int *error);

#endif
