/*
 * relay_server.h -- the daemon's side of the channels to its relays
 * (session/relay_channel.h).
 *
 * A relay reads what a client sends, so the daemon does not trust it.  It
 * checks the kind and the size of each message, and the contents by
 * tls_session_check.  A message that is not valid now ends the relay and its
 * session.
 */

#ifndef RELAY_SERVER_H
#define RELAY_SERVER_H

#include <signal.h>

#include "haild/relays/ended.h"
#include "haild/state.h"

/* The session of R, or NULL after its end. */
struct child *relay_child(const struct server *s, const struct relay *r);

/*
 * Count and log that the client of C is refused.  IDENTITY is its proved name,
 * or NULL.
 */
void relay_refuse(struct server *s, struct child *c, const struct refusal *why,
    const char *identity);

/* Handle the messages of relays.  Never waits. */
void relay_messages(struct server *s, int64_t now);

/*
 * The relay of C has exited during the handshake, as INFO says, and has used
 * ACCOUNT.
 */
void relay_handshake_ended(struct server *s, struct child *c,
    const siginfo_t *info, const struct leaf_account *account, int64_t now);

/*
 * PID, which is not a session's, has exited.  Returns whether it was a relay.
 */
bool relay_exited(struct server *s, pid_t pid, const siginfo_t *info);

/*
 * Read the last messages of C's relay, before the end of C is logged.  C has
 * bytes after that only if they are the last ones.
 */
void relay_last_report(struct server *s, struct child *c, int64_t now);

/*
 * The session of C is over, and is to be reported as E; false if that can be
 * done now, true if E's report will be called when the relay has told its
 * bytes.
 */
bool relay_hold_end(
    struct server *s, const struct child *c, const struct ended *e);

/* The session of C is over; its process has ended as INFO says. */
void relay_session_ended(
    struct server *s, struct child *c, const siginfo_t *info, int64_t now);

#endif
