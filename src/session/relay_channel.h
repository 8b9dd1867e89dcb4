/*
 * relay_channel.h -- messages between the daemon and the processes of
 * haild-tls: the keeper, and one relay for each TLS session.
 *
 *	daemon	KEEPER_START		the first message to the keeper
 *	keeper	KEEPER_READY		once: it and the signer can serve
 *	daemon	KEEPER_CLIENT		for each client; never waits for room
 *	keeper	KEEPER_RELAY		its relay was started
 *
 * The daemon ends a keeper by closing the channel; its relays continue.  The
 * daemon also starts the signer, whose only socket is its pair with the keeper.
 * KEEPER_START is the first message in that pair too.
 *
 * On the channel of a relay:
 *
 *	daemon	RELAY_GO		the relay's pid is known: begin
 *	relay	RELAY_ANNOUNCE or RELAY_PROXY_FAULT	once, behind a proxy
 *	daemon	RELAY_ANSWER		to RELAY_ANNOUNCE
 *	relay	RELAY_PROVED or RELAY_FAULT	once
 *	daemon	RELAY_SESSION		admitted; the stream is the descriptor
 *		or RELAY_ANSWER		refused or busy
 *	relay	RELAY_GONE		at most once for each reason
 *	relay	RELAY_BYTES		now and then, the last time at the end
 *	daemon	RELAY_CUT		the session, one that forwards, is not
 *					complete: send no close_notify
 *
 * After RELAY_PROXY_FAULT, RELAY_FAULT and a refusal the relay sends its alert
 * or busy-message and exits.  When the session is over, the daemon closes the
 * channel, or shuts down its own direction until the last RELAY_BYTES has come:
 * the relay sends the rest of the stream and exits within RELAY_GRACE, or is
 * killed.
 */

#ifndef RELAY_CHANNEL_H
#define RELAY_CHANNEL_H

#include <sys/types.h>

#include "config/client.h"
#include "config/tls.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/message.h"
#include "session/channel.h"

/* How long a relay may live after its session. */
#define RELAY_GRACE (5 * SECOND)

/* 0, 1 and 2, and each descriptor that is missing, are /dev/null. */
enum keeper_fd {
	KEEPER_DAEMON = 3,
	KEEPER_CONFIG, /* the sealed memfd */
	KEEPER_SIGNER, /* the pair with the signer */
	KEEPER_ROOT,   /* an empty root directory, for the relays */
	KEEPER_LOG,
	KEEPER_LOG_ERROR,
	KEEPER_END,
};

enum signer_fd {
	SIGNER_KEEPER = 3,
	SIGNER_CONFIG,
	SIGNER_ROOT,
	SIGNER_LOG,
	SIGNER_LOG_ERROR,
	SIGNER_END,
};

enum keeper_type {
	KEEPER_START = 1, /* struct keeper_start */
	KEEPER_READY,
	KEEPER_CLIENT, /* struct keeper_client; client, relay's channel */
	KEEPER_RELAY,  /* struct keeper_relay */
};

struct keeper_start {
	struct log_state log;
	uint32_t slot; /* of the arena (config/arena.h) */
	uint32_t has_root;
	pid_t daemon;
};

/* Which client a message is about: its slot in the daemon's table. */
struct keeper_client {
	uint32_t slot, serial;
	uint32_t service;     /* its index in the configuration */
	struct client client; /* fd and tls are not used */
	int64_t deadline;     /* of preamble and handshake; -1: none */
	int64_t accepted;     /* clock_now */
};

struct keeper_relay {
	uint32_t slot, serial;
	pid_t pid;     /* 0: no relay could be started, ... */
	int32_t error; /* ... for this errno */
};

enum relay_type {
	RELAY_GO = 1,
	RELAY_ANNOUNCE,	   /* struct channel_client */
	RELAY_PROXY_FAULT, /* uint32_t, enum proxy_fault */
	RELAY_PROVED,	   /* struct tls_session */
	RELAY_FAULT,	   /* uint32_t, enum tls_fault */
	RELAY_ANSWER,	   /* uint32_t, enum channel_answer */
	RELAY_SESSION,	   /* the stream socket, a descriptor */
	RELAY_GONE,	   /* uint32_t, enum relay_gone */
	RELAY_BYTES,	   /* struct relay_bytes */
	RELAY_CUT,
};

/* Plain text that was copied so far, from the client and to it. */
struct relay_bytes {
	uint64_t in, out;
	uint32_t last; /* 1: the session adds no more */
};

/* The events of a session that a relay reports. */
enum relay_gone {
	RELAY_RESET = 1, /* the client reset the connection */
	RELAY_TRUNCATED, /* the client closed without close_notify */
	RELAY_BROKEN, /* the client violated the protocol, or sent an alert */
	RELAY_NGONE
};

extern const struct message_kind keeper_kinds[], relay_kinds[];

#endif
