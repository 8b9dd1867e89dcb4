/*
 * monitor_start.h -- how a session of a commands service becomes
 * haild-commands.
 *
 * The session's process executes haild-commands twice, in a child as the
 * speaker and itself as the monitor, so that both start at the same time.  Each
 * has its descriptors at fixed numbers and its first message in its socket.
 */

#ifndef MONITOR_START_H
#define MONITOR_START_H

#include "lib/log.h"
#include "lib/message.h"
#include "session/session.h"

/* In both, 0, 1 and 2 and each descriptor that is missing are /dev/null. */
enum monitor_fd {
	MONITOR_CLIENT = 3,
	MONITOR_CHANNEL, /* to the daemon */
	MONITOR_CONFIG,	 /* the sealed memfd */
	MONITOR_SPEAKER, /* commands/exchange.h */
	MONITOR_IN,	 /* the near ends of the program's pipes */
	MONITOR_OUT,
	MONITOR_ERR,
	MONITOR_LOG,
	MONITOR_LOG_ERROR,
	MONITOR_END,
};

enum speaker_fd {
	SPEAKER_CLIENT = 3,
	SPEAKER_MONITOR,
	SPEAKER_IN, /* the far ends of the program's pipes */
	SPEAKER_OUT,
	SPEAKER_ERR,
	SPEAKER_LOG, /* these are closed before a client's byte is read */
	SPEAKER_LOG_ERROR,
	SPEAKER_ROOT,
	SPEAKER_END,
};

enum { MONITOR_START = 30, SPEAKER_SETUP };

struct monitor_start {
	struct log_state log;
	pid_t speaker;
	uint32_t service; /* its index in the configuration */
	uint32_t slot;	  /* of the arena (config/arena.h) */
	char name[SERVICE_NAME_MAX + 1];
	struct client client;
	int64_t accepted; /* clock_now */
	int64_t start_timeout;
	struct tls_session tls; /* last, because it is not sent without TLS */
};

struct speaker_setup {
	struct log_state log;
	uid_t uid; /* to become */
	gid_t gid;
	uint32_t has_root;
	uint32_t proxied;  /* a PROXY header comes first */
	uint32_t extended; /* NAILGUN_ALPN was selected */
	int64_t deadline;  /* for that */
};

extern const struct message_kind monitor_start_kinds[];

/*
 * Confine this process, a speaker of SERVICE, to UID and GID in the empty
 * directory ROOT (contain/confine.h, or -1); it is killed when PARENT ends.
 * Returns 0, or -1 after the reason was logged.
 */
int monitor_start_confine(
    const char *service, uid_t uid, gid_t gid, int root, pid_t parent);

/* Become haild-commands.  Exits if that fails, after the reason was logged. */
void monitor_start(const struct session *s) __attribute__((noreturn));

#endif
