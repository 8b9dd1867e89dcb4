/*
 * session_start.h -- fork the process of a session, for a client that was
 * accepted, or over TLS for a client that was verified; and account for it at
 * its end.
 */

#ifndef SESSION_START_H
#define SESSION_START_H

#include <signal.h>

#include "haild/state.h"
#include "session/channel.h"

/*
 * Fork the process that serves CLIENT, whose socket is client->fd.  C is its
 * slot: just reserved, or with a finished handshake.  The caller closes the
 * socket.  Returns REFUSED_NOT; or why not, and then only the channel of C has
 * changed.
 */
struct refusal session_start(struct server *s, const struct service *service,
    struct child *c, const struct client *client, int64_t now);

/*
 * Connect R, whose client is admitted to SERVICE, to its session by a stream,
 * and start both.  A short message needs no process: the daemon puts it into
 * the stream, and R is the session's process.  Returns as session_start does.
 */
struct refusal session_start_relayed(struct server *s,
    const struct service *service, struct relay *r, struct child *c,
    const struct tls_session *tls, int64_t now);

/*
 * The session of C has ended: count it, unless it was refused, and log it.
 * The arguments are report_end's.
 */
void session_ended(const struct child *c, const char *identity,
    const siginfo_t *info, const struct channel_report *report,
    const struct leaf_account *account, int64_t now);

#endif
