/*
 * monitor_start.h -- how a session of a commands service becomes
 * haild-commands.
 *
 * The session's process puts descriptors at fixed numbers and executes
 * haild-commands, whose first message on the channel is MONITOR_START.
 */

#ifndef MONITOR_START_H
#define MONITOR_START_H

#include "lib/log.h"
#include "lib/message.h"
#include "session/session.h"

/* 0, 1 and 2 are /dev/null. */
enum monitor_fd {
	MONITOR_CLIENT = 3,
	MONITOR_CHANNEL, /* to the daemon */
	MONITOR_CONFIG,	 /* the sealed memfd */
	MONITOR_PROGRAM, /* haild-commands itself */
	MONITOR_LOG,	 /* the log's descriptors, or /dev/null twice */
	MONITOR_LOG_ERROR,
	MONITOR_ROOT, /* an empty root directory, or /dev/null */
	MONITOR_END,
};

#define MONITOR_START 31 /* a type beside those of channel.h */

struct monitor_start {
	struct log_state log;
	uint32_t service; /* its index in the configuration */
	uint32_t slot;	  /* of the arena (config/arena.h) */
	uint32_t has_root;
	uid_t uid; /* the speaker's */
	gid_t gid;
	char name[SERVICE_NAME_MAX + 1];
	struct client client;
	int64_t accepted; /* clock_now */
	int64_t start_timeout;
};

/* What the monitor receives first. */
extern const struct message_kind monitor_start_kinds[];

/* Become haild-commands.  Exits if that fails, after the reason was logged. */
void monitor_start(const struct session *s) __attribute__((noreturn));

#endif
