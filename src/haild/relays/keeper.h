/*
 * keeper.h -- the daemon's side of the keeper, which makes relays, and of its
 * signer (session/relay_channel.h).
 *
 * A keeper belongs to one configuration.  At a reload, a new keeper is
 * started.  It replaces the present one when it and the rest of the new
 * configuration are ready.  The old keeper ends when it has answered for all
 * its clients.
 *
 * A keeper is also replaced if it ends, sends an invalid message or does not
 * answer, and if one of its relays is killed by a signal: relays share the
 * address layout of their keeper, and an attacker must not find it by trying.
 * KEEPER_STARTS limits the replacements.
 *
 * The daemon waits for a keeper only at its own start.  Clients may be sent to
 * a keeper that is not ready yet.
 */

#ifndef KEEPER_H
#define KEEPER_H

#include <sys/types.h>

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "haild/relays/keeper_start.h"
#include "haild/relays/relays.h"
#include "session/relay_channel.h"

/* Replacements of keepers in a minute. */
#define KEEPER_STARTS 6

/* How long the keeper may take to answer for a client. */
#define KEEPER_SILENCE (5 * SECOND)

/*
 * How many clients may wait for a keeper's answer; others wait to be accepted.
 */
#define KEEPER_CLIENTS_MAX 64

enum keeper_role { KEEPER_NOW, KEEPER_NEXT, KEEPER_BEFORE, KEEPERS };

struct keepers {
	struct keeper list[KEEPERS];
	uint32_t number; /* of the last keeper */
	bool wanted;	 /* the configuration in use has TLS */
	bool renew;	 /* KEEPER_NOW is to be replaced */
	bool renewing;	 /* KEEPER_NEXT replaces it, and is not for a reload */
	int64_t full_at; /* token bucket of replacements */
};

void keepers_create(struct keepers *k);

/* Whether a service of CONFIG that is served has TLS. */
bool keepers_are_needed(const struct config *config);

/*
 * Start KEEPER_NEXT for another configuration; an earlier KEEPER_NEXT is
 * ended.  Returns 0, or -1 (logged).  Later, keepers_next_runs tells whether it
 * still runs, and list[KEEPER_NEXT].ready whether it is ready.
 */
int keepers_prepare(
    struct keepers *k, const struct keeper_setup *setup, int64_t now);
bool keepers_next_runs(const struct keepers *k);

/* Use KEEPER_NEXT from now on, or no keeper if not WANTED. */
void keepers_switch(struct keepers *k, bool wanted);

/* End KEEPER_NEXT, whose configuration is not used. */
void keepers_cancel(struct keepers *k);

/*
 * Send a client with its socket and its relay's channel.  Returns the number of
 * the keeper; or 0 with errno EAGAIN (no room now) or ESRCH (no keeper).
 */
uint32_t keepers_send(
    struct keepers *k, const struct keeper_client *client, const int fds[2]);

/* Whether PID is a keeper or a signer. */
bool keepers_have(const struct keepers *k, pid_t pid);

/* Whether the keeper with that number still runs. */
bool keepers_has(const struct keepers *k, uint32_t number);

/*
 * The errno for which no client can be sent now, or 0.  N clients are waiting
 * for their relays.
 */
int keepers_busy(const struct keepers *k, unsigned int n);

/*
 * Read a message of keeper I.  Returns true if it is an answer, in REPLY; the
 * caller then calls again, and reports an invalid answer with keepers_lose.
 */
bool keepers_receive(struct keepers *k, int i, struct keeper_relay *reply);
void keepers_lose(struct keepers *k, int i, const char *why);

/*
 * PID has exited and is not reaped.  Returns whether it was a keeper or a
 * signer.
 */
bool keepers_exited(struct keepers *k, pid_t pid, const siginfo_t *info);

/* A relay was killed, or got no signature: start another keeper. */
void keepers_renew(struct keepers *k);

/*
 * Replace a keeper that is lost or silent, and end an old one that has answered
 * for all its clients in RELAYS.  SETUP is for the configuration in use.
 * Returns the next time, or -1.
 */
int64_t keepers_expire(struct keepers *k, const struct relays *relays,
    const struct keeper_setup *setup, int64_t now);

/* haild stops, and has no relays: end all keepers. */
void keepers_finish(struct keepers *k);

#endif
