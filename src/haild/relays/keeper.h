/*
 * keeper.h -- the daemon's side of the keeper, which makes relays, and of its
 * signer (session/relay_channel.h).
 *
 * A keeper belongs to one configuration.  At a reload the new one is started
 * beside the present one, and replaces it when it is ready and the rest of the
 * new configuration is, too; the old one ends when it has answered for all its
 * clients.  A keeper that ends, sends an invalid message or does not answer is
 * replaced, as is one of whose relays one was killed by a signal: relays share
 * the address layout of their keeper, and an attacker must not find it out by
 * trying.  KEEPER_STARTS bounds that.
 *
 * The daemon never waits for a keeper, except at its start.  Clients may be
 * sent to one that is not ready yet.
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

/* Replacements in a minute. */
#define KEEPER_STARTS 6

/* From a client until the keeper's answer. */
#define KEEPER_SILENCE (5 * SECOND)

/* Clients that a keeper may have to answer for; others wait to be accepted. */
#define KEEPER_CLIENTS_MAX 64

enum keeper_role { KEEPER_NOW, KEEPER_NEXT, KEEPER_BEFORE, KEEPERS };

struct keepers {
	struct keeper list[KEEPERS];
	uint32_t number; /* of the last one */
	bool wanted;	 /* the configuration in use has TLS */
	bool renew;	 /* KEEPER_NOW is to be replaced */
	bool renewing;	 /* KEEPER_NEXT is for that, not for a reload */
	int64_t full_at; /* the bucket of replacements */
};

void keepers_create(struct keepers *k);

/* Whether a service of CONFIG that is served has TLS. */
bool keepers_are_needed(const struct config *config);

/*
 * Start KEEPER_NEXT for another configuration, in place of one that is there.
 * Returns 0, or -1 (logged).  Then keepers_next_runs says whether it still
 * runs, and it is ready when list[KEEPER_NEXT].ready is set.
 */
int keepers_prepare(
    struct keepers *k, const struct keeper_setup *setup, int64_t now);
bool keepers_next_runs(const struct keepers *k);

/* Use KEEPER_NEXT from now on, or without WANTED none. */
void keepers_switch(struct keepers *k, bool wanted);

/* End KEEPER_NEXT, whose configuration is not used. */
void keepers_cancel(struct keepers *k);

/*
 * Send a client with its socket and its relay's channel.  Returns the number of
 * the keeper; 0 with errno: EAGAIN, no room now; ESRCH, there is none.
 */
uint32_t keepers_send(
    struct keepers *k, const struct keeper_client *client, const int fds[2]);

/* Whether PID is a keeper or a signer. */
bool keepers_have(const struct keepers *k, pid_t pid);

/* Whether the keeper with that number still runs. */
bool keepers_has(const struct keepers *k, uint32_t number);

/*
 * Why clients cannot be sent now, errno; 0: they can.  N clients are waiting
 * for their relays.
 */
int keepers_busy(const struct keepers *k, unsigned int n);

/*
 * The channel of keeper I is readable.  Returns true if it answers for a
 * client, in REPLY; to be called again.  An invalid one is the caller's to
 * report with keepers_lose.
 */
bool keepers_receive(struct keepers *k, int i, struct keeper_relay *reply);
void keepers_lose(struct keepers *k, int i, const char *why);

/* PID has exited and is not reaped.  Returns whether it was one of them. */
bool keepers_exited(struct keepers *k, pid_t pid, const siginfo_t *info);

/* A relay was killed, or got no signature: start another keeper. */
void keepers_renew(struct keepers *k);

/*
 * Replace what is lost or silent, and end the old one that has answered for all
 * its clients in RELAYS.  SETUP is for the configuration in use.  Returns the
 * next time, or -1.
 */
int64_t keepers_expire(struct keepers *k, const struct relays *relays,
    const struct keeper_setup *setup, int64_t now);

/* haild stops, and has no relays: end them all. */
void keepers_finish(struct keepers *k);

#endif
