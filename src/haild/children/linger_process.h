/*
 * linger_process.h -- the linger process, and what the daemon sends to it.
 *
 * The linger process has a second copy of the clients' sockets of "exec"
 * services.  When the daemon reports the end of a session, the process
 * half-closes the socket and discards what the client still sends
 * (linger_table.h).  It has no privileges and no configuration.
 *
 *	daemon	TURN	of its loop: sockets with their names, and the names of
 *			sessions that are over
 *	daemon	PING	process	PONG
 *	daemon	FINISH	the last message: exit when no socket is left
 *
 * When the channel is closed, the process exits, and the kernel closes all
 * sockets.
 */

#ifndef LINGER_PROCESS_H
#define LINGER_PROCESS_H

#include "config/arena.h"
#include "config/config.h"
#include "haild/children/linger_table.h"
#include "lib/message.h"

/* Names of one message: LINGER_BATCH sockets, and as many ends. */
#define LINGER_NAMES ((size_t)2 * LINGER_BATCH)

enum linger_message {
	LINGER_TURN = 1, /* struct linger_name, first those of the sockets */
	LINGER_PING,
	LINGER_PONG, /* uint32_t: sockets that were not held, since the last */
	LINGER_FINISH,
};

extern const struct message_kind linger_messages[];

struct linger_start {
	int channel;
	int devnull;
	int empty; /* an empty root directory (confine.h), or -1 */
	pid_t daemon;
	const struct identity *identity;
	const struct arena *arena; /* to be unmapped */
};

/* Descriptors that the process can have. */
size_t linger_process_files(void);

void linger_process_run(const struct linger_start *start)
    __attribute__((noreturn));

#endif
