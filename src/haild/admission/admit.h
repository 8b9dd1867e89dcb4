/*
 * admit.h -- whether a client may have a session: decided before the fork.
 *
 * By access (the client's address or user), by the number of sessions (of all
 * services, of the service, of the client's source), and by rates.  Every step
 * is O(log n) in the number of sources.
 *
 * Runs in the daemon only: the table of sources (sources.h) is not mapped in a
 * child, so nothing between fork and exec, no built-in service and no helper
 * process may call any of this.
 */

#ifndef ADMIT_H
#define ADMIT_H

#include "config/client.h"
#include "config/config.h"
#include "haild/admission/refusal.h"
#include "haild/admission/sources.h"

struct admission {
	const struct config *config; /* the one that is served */
	struct sources sources;
	int64_t load_average; /* of one minute, in hundredths */
	int64_t load_read_at;
};

/* How much of its limits a service has used. */
struct usage {
	unsigned int live; /* sessions, reserved ones included */
	int64_t full_at;   /* the bucket of its rate (bucket.h) */
};

/*
 * Read the load average, at most once a second, if there is a max-load; before
 * clients are admitted.  Returns the next time, or -1: no client waits for it.
 */
int64_t admit_read_load(struct admission *a, int64_t now);

/*
 * The limit at which SERVICE's clients wait in the kernel's queue, because its
 * listeners are not polled.  REFUSED_NOT if there is none, or if its clients
 * are refused at limits.  LIVE is the number of all sessions.
 */
struct refusal admit_wait(const struct admission *a,
    const struct service *service, const struct usage *usage, unsigned int live,
    int64_t now);

/*
 * Whether CLIENT, just accepted, may have a session of SERVICE, while LIVE
 * sessions are open.  If so (REFUSED_NOT), the session is counted for the
 * client's source in REFS, and one token is taken from each bucket; the caller
 * gives REFS back with admit_left.  Sets client->proxied.
 */
struct refusal admit(struct admission *a, const struct service *service,
    struct usage *usage, unsigned int live, struct client *client,
    struct source_refs *refs, int64_t now);

/* The sessions that a source has, and may have (-1: no limit). */
struct source_use {
	uint32_t live;
	int64_t limit;
};
enum { USE_OF_SERVICE, USE_OF_ALL, NUSES };

/*
 * How much of its limits the client's source has used, of SERVICE and of all
 * services, now.  IDENTITY counts in place of the address; NULL: none.
 */
void admit_uses(struct admission *a, const struct service *service,
    const struct addr *addr, uid_t uid, const char *identity,
    struct source_use uses[NUSES], int64_t now);

/*
 * A proxy whose session counts in REFS has announced its client, ANNOUNCED, a
 * TCP address.  Decides by access, source limit and source rate of SERVICE as
 * it is configured now (NULL: no longer) and of all services.  If REFUSED_NOT,
 * REFS counts for ANNOUNCED from now on; if not, nothing has changed.
 */
struct refusal admit_announced(struct admission *a,
    const struct service *service, const struct addr *announced,
    struct source_refs *refs, int64_t now);

/*
 * Decide about a client whose handshake is over.  Its relay has reported TLS
 * (checked by tls_session_check), and its session is counted in REFS.  ADDR is
 * NULL behind a proxy that has not named the client.  SERVICE is as configured
 * now; NULL, or a service without TLS, refuses.
 *
 * Decides by address again, then by allow-identity, max-per-identity and the
 * rate of the identity.  Sets tls->identity to the allowed name, if there is
 * one, even if a limit refuses the client.  If the client is admitted, REFS
 * counts the identity from now on, and the address gets its token back.
 * Otherwise the count does not change.
 */
struct refusal admit_proved(struct admission *a, const struct service *service,
    const struct addr *addr, struct tls_session *tls, struct source_refs *refs,
    int64_t now);

/*
 * A proxy's session of SERVICE (NULL: no longer configured) has ended without a
 * client: the client was refused, or none was announced.  Put back the
 * service's token, which admit took before the client was known.  Otherwise one
 * source behind the proxy could use up the service's rate with refused clients.
 */
void admit_return_token(const struct service *service, struct usage *usage);

/* A session has ended or did not begin: stop counting REFS. */
void admit_left(struct admission *a, struct source_refs *refs, int64_t now);

/*
 * Count a session again by the limits that SERVICE (NULL: none) has now.
 * IDENTITY is the name that tls_session_identity returned, or NULL.
 */
void admit_recount(struct admission *a, const struct service *service,
    const struct addr *addr, uid_t uid, const char *identity,
    struct source_refs *refs, int64_t now);

#endif
