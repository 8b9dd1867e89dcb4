/*
 * outcome.h -- how a session ended.  Pure.
 *
 * One enum and its words for the log, its JSON, metrics, haildctl and the
 * verdict that a client of commands gets.  The words tell what the program did
 * ("exit N", "signal N") from what haild did (all others).
 */

#ifndef OUTCOME_H
#define OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum outcome_kind {
	OUTCOME_NONE,	       /* it has not ended, or haild did not end it */
	OUTCOME_EXIT,	       /* the program exited with status NUMBER */
	OUTCOME_SIGNAL,	       /* signal NUMBER ended it, not sent by haild */
	OUTCOME_TIMEOUT,       /* session-timeout */
	OUTCOME_START_TIMEOUT, /* start-timeout */
	OUTCOME_IDLE_TIMEOUT,  /* idle-timeout */
	OUTCOME_DISCONNECT,    /* the client disconnected first */
	OUTCOME_ADMIN,	       /* haildctl kill */
	OUTCOME_STOP,	       /* haild stops */
	OUTCOME_MEMORY,	       /* memory-max */
	OUTCOME_TASKS,	       /* tasks-max */
	OUTCOME_TRUNCATED,     /* on-truncation = "kill" */
	OUTCOME_INVALID,       /* an invalid internal message */
	OUTCOME_UNREAPABLE,    /* it exited, but another process traces it */
	OUTCOME_PROTOCOL,      /* the client broke the protocol */
	OUTCOME_UNKNOWN,       /* no such command */
	OUTCOME_NOT_ALLOWED,   /* this client may not run it */
	OUTCOME_OUT,	       /* the command is out of service */
	OUTCOME_LIMIT,	       /* max-sessions of the command, NUMBER */
	OUTCOME_NO_GRANT,      /* no uid or cgroup is free for it */
	OUTCOME_COUNT,	       /* too few or too many arguments: NUMBER */
	OUTCOME_ARGUMENT,      /* the argument NUMBER, from 1 */
	OUTCOME_SLOW_PATTERN,  /* matching arguments took too long */
	OUTCOME_EXECUTE,       /* execve failed; NUMBER is errno */
	OUTCOME_START,	      /* it could not be started; errno, or 0: logged */
	OUTCOME_SPEAKER,      /* the speaker failed */
	OUTCOME_DAEMON,	      /* no answer from the daemon */
	OUTCOME_NO_TARGET,    /* no target of "forward" accepts; errno */
	OUTCOME_TARGET_RESET, /* the target reset the connection */
	OUTCOME_MONITOR_EXIT, /* the monitor failed, with status NUMBER */
	OUTCOME_MONITOR_SIGNAL, /* or was killed by signal NUMBER */
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

/*
 * Whether O, received from another process, has a valid kind (not OUTCOME_NONE)
 * and number.
 */
bool outcome_is_valid(const struct outcome *o);

/* The exit status for the client. */
int outcome_status(const struct outcome *o);

/*
 * The stable name of a kind for programs: "exit", "timeout-session",
 * "refused-argument".
 */
const char *outcome_name(enum outcome_kind kind);

/*
 * What the number of a kind is: "status", "signal", "limit", "count",
 * "argument"; NULL: it has none, or an errno.
 */
const char *outcome_number_name(enum outcome_kind kind);

/* "exit 3", "refused: argument 2", for people.  Returns BUF. */
#define OUTCOME_TEXT_MAX 128
const char *outcome_print(const struct outcome *o, char *buf, size_t size);

/*
 * An outcome as the payload of a verdict (haild-commands(7)): its name, a space
 * and its number where it has one that is the same everywhere, a tab, and its
 * words: "exit 3\texit 3", "timeout-session\ttimeout session".
 *
 * outcome_write returns its length, less than OUTCOME_VERDICT_MAX.
 * outcome_parse reads LEN bytes of TEXT, which another machine sent: WORDS
 * become its words, printable; and O the outcome, OUTCOME_NONE if it has a name
 * that this release does not know.  Returns false if it has another form.
 */
#define OUTCOME_VERDICT_MAX 256
size_t outcome_write(const struct outcome *o, char buf[OUTCOME_VERDICT_MAX]);
bool outcome_parse(struct outcome *o, char words[OUTCOME_TEXT_MAX],
    const char *text, size_t len);

#endif
