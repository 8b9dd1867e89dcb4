/*
 * channel_server.h -- the daemon's side of the channels to its sessions.
 *
 * The child may have read what a client sent, so the daemon believes no more
 * than the kind and the size of a message; one that may not come now ends the
 * session.  A REPORT stays in the socket until the child has exited, and what
 * follows it is not read.
 */

#ifndef CHANNEL_SERVER_H
#define CHANNEL_SERVER_H

#include "haild/state.h"
#include "session/channel.h"

/* Added to start-timeout, or to the time for a header of the PROXY protocol. */
#define START_GRACE (5 * SECOND)

/*
 * Whether a session of SERVICE for CLIENT has a channel; and whether the child
 * sends more through it than a REPORT.
 */
bool channel_wanted(const struct service *service, const struct client *client);
bool channel_starts(const struct service *service, const struct client *client);

/* Open one for C.  Returns the child's end, for the caller to close; or -1. */
int channel_open(struct child *c);

/*
 * The child was started at NOW: watch its channel, if any, and set the deadline
 * of its start.
 */
void channel_watch(struct server *s, struct child *c,
    const struct service *service, const struct client *client, int64_t now);

/* After an upgrade: watch all channels that there are. */
void channel_watch_all(struct server *s);

/*
 * Handle the messages that have come from the child.  Never waits.  Returns
 * whether it has reported that it did not end as it should.
 */
bool channel_serve(struct server *s, struct child *c, int64_t now);

/* The child has exited: fill R from its REPORT.  False if it sent none. */
bool channel_last_report(struct child *c, struct channel_report *r);

/*
 * The session's child, or its relay, reports that the proxy has announced
 * CLIENT.  Returns the answer, or CHANNEL_NO_ANSWER if the report is invalid.
 */
enum channel_answer channel_announced(
    struct server *s, struct child *c, const struct channel_client *client);

/*
 * The child or relay reports a proxy header without a client, or an invalid
 * one.  Returns false if FAULT is invalid.
 */
bool channel_proxy_fault(struct server *s, struct child *c, uint32_t fault);

/* Close the daemon's end, if there is one. */
void channel_close(struct server *s, struct child *c);

#endif
