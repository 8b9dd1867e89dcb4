/*
 * relay_server.h -- the daemon's side of the channels to its relays
 * (session/relay_channel.h).
 *
 * A relay has read what a client sent, so the daemon believes no more than the
 * kind and the size of a message, and of what it reports as much as
 * tls_session_check says.  A message that may not come now ends the relay, and
 * its session.
 */

#ifndef RELAY_SERVER_H
#define RELAY_SERVER_H

#include <signal.h>

#include "haild/state.h"

/* The session of R, or NULL: it is over. */
struct child *relay_child(const struct server *s, const struct relay *r);

/*
 * Count and log that the client of C is refused; IDENTITY is what it has
 * proved, or NULL.
 */
void relay_refuse(struct server *s, struct child *c, const struct refusal *why,
    const char *identity);

/* Handle what relays have sent.  Never waits. */
void relay_messages(struct server *s, int64_t now);

/* The relay of C, whose handshake is not over, has exited as INFO says. */
void relay_handshake_ended(
    struct server *s, struct child *c, const siginfo_t *info, int64_t now);

/* PID, no session, has exited.  Returns whether it was a relay. */
bool relay_exited(struct server *s, pid_t pid, const siginfo_t *info);

/* What the relay of C has reported until now, before C is logged. */
void relay_last_report(struct server *s, struct child *c, int64_t now);

/* The session of C is over. */
void relay_session_ended(struct server *s, struct child *c, int64_t now);

#endif
