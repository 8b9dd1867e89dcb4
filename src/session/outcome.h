/*
 * outcome.h -- how a session with commands ended, for its line in the log and
 * for its client.  Pure.
 *
 * The monitor decides, and reports it to the daemon (channel.h).  The log shows
 * an exit status or signal of the program as "exit N" or "signal N", and all
 * decisions of haild in other words.
 */

#ifndef OUTCOME_H
#define OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum outcome_kind {
	OUTCOME_EXIT,	      /* the program exited with status NUMBER */
	OUTCOME_SIGNAL,	      /* signal NUMBER ended it, not sent by haild */
	OUTCOME_TIMEOUT,      /* session-timeout */
	OUTCOME_NO_COMMAND,   /* start-timeout */
	OUTCOME_DISCONNECT,   /* the client disconnected first */
	OUTCOME_STOP,	      /* haild stops */
	OUTCOME_PROTOCOL,     /* the client broke the protocol */
	OUTCOME_UNKNOWN,      /* no such command */
	OUTCOME_NOT_ALLOWED,  /* this client may not run it */
	OUTCOME_OUT,	      /* the command is out of service */
	OUTCOME_LIMIT,	      /* max-sessions of the command, NUMBER */
	OUTCOME_NO_GRANT,     /* no uid or cgroup is free for it */
	OUTCOME_COUNT,	      /* too few or too many arguments: NUMBER */
	OUTCOME_ARGUMENT,     /* the argument NUMBER, from 1 */
	OUTCOME_SLOW_PATTERN, /* matching arguments took too long */
	OUTCOME_EXECUTE,      /* execve failed; NUMBER is errno */
	OUTCOME_START,	      /* it could not be started; errno, or 0: logged */
	OUTCOME_SPEAKER,      /* the speaker failed */
	OUTCOME_UNREAPABLE,   /* killed, but another process traces it */
	OUTCOME_DAEMON,	      /* no answer from the daemon */
	NOUTCOMES
};

struct outcome {
	uint32_t kind; /* enum outcome_kind */
	int32_t number;
};

/* Statuses of haild's own, as env(1), timeout(1) and sysexits.h have them. */
enum {
	STATUS_BUSY = 75,
	STATUS_TIMEOUT = 124,
	STATUS_FAILED = 125,  /* haild itself */
	STATUS_REFUSED = 126, /* the arguments, or it could not be executed */
	STATUS_UNKNOWN = 127,
	STATUS_SIGNAL = 128, /* and its number */
};

/* Whether O, received from another process, has a valid kind and number. */
bool outcome_is_valid(const struct outcome *o);

/* The exit status for the client. */
int outcome_status(const struct outcome *o);

/* "exit 3", "refused: argument 2", for the log.  Returns BUF. */
#define OUTCOME_TEXT_MAX 128
const char *outcome_print(const struct outcome *o, char *buf, size_t size);

#endif
