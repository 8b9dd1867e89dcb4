/*
 * answer.h -- the answer to a control request: records (record.h), described by
 * one table that the daemon writes from and haildctl reads and prints from.
 *
 *	haild-answer version=1
 *	haild version=0.1.0 pid=4711 ...
 *	result status=0
 *	end lines=3
 *
 * Each answer has exactly one "result", as its last record but "end".  Wall
 * times are seconds since 1970; durations are ns.  -1 ("-" in the text) means
 * unknown or none.
 */

#ifndef CONTROL_ANSWER_H
#define CONTROL_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/record.h"

/* In this order in an answer. */
enum answer_kind {
	ANSWER_HAILD,	    /* status: what never changes */
	ANSWER_DAEMON,	    /* status */
	ANSWER_SERVICE,	    /* status, one for each */
	ANSWER_LISTENER,    /* status */
	ANSWER_CERTIFICATE, /* status */
	ANSWER_COUNT,	    /* counts, and the refusals of status */
	ANSWER_SESSION,	    /* sessions */
	ANSWER_SOURCE,	    /* sources */
	ANSWER_FACT,	    /* explain */
	ANSWER_MESSAGE,	    /* a line for the user */
	ANSWER_RESULT,
	NANSWER_KINDS
};

/* FIXED: never changed, so that every release of haildctl understands it. */
struct answer_haild {
	const char *version;
	int64_t pid;
	int64_t started, now; /* wall times */
	int64_t sessions, max_sessions;
	int64_t services, out; /* in service; out of service */
	const char *state; /* "serving", "drained", "draining", "stopping" */
};

struct answer_daemon {
	const char *config; /* the file, or the options that stand for it */
	int64_t configured; /* wall time of the configuration in use */
	int64_t reloads, reloads_failed, reloaded; /* counts; wall time */
	const char *reload_error; /* of the last one, if it failed, or NULL */
	int64_t upgrades, upgrades_failed, upgraded;
	bool upgrade_failed;			    /* the last one did */
	int64_t sources;			    /* entries in the table */
	int64_t lost_all, lost_syslog, lost_stderr; /* lines not accepted */
	int64_t refusals_left_out;
	int64_t unreapable;
	const char *log_level;
	const char *containment; /* as in SIGUSR1's summary */
	int64_t stderr_left_out; /* lines of programs, above the limit */
};

struct answer_service {
	const char *name, *handler, *user; /* user: NULL: haild's own */
	const char *file;
	int64_t line;
	/*
	 * "serving", "waiting", "drained", "stopping", "out", "disabled";
	 * "removed": not configured any more, but it has sessions, and the
	 * fields down to "line" are not known.
	 */
	const char *state;
	const char *reason; /* of "waiting" and "out", or NULL */
	int64_t live, max_sessions, max_per_source; /* limits: or -1 */
	int64_t accepted, refused, failed, unreapable;
	int64_t duration, cpu;	     /* of all sessions that ended */
	int64_t bytes_in, bytes_out; /* likewise */
};

struct answer_listener {
	const char *service; /* NULL: inherited and unused */
	const char *address; /* as in "listen" */
	bool polled;
};

struct answer_certificate {
	const char *service, *file;
	int64_t expires; /* wall time */
};

/*
 * KIND "outcome" (outcome_name), "refused" (refusal_name), both without those
 * that are 0; "duration": sessions above the bound before, up to NAME's.
 */
struct answer_count {
	const char *service, *kind;
	const char *name; /* of "duration": the upper bound in ms, or "inf" */
	int64_t value;
};

struct answer_session {
	int64_t id;		      /* the serial number of its slot */
	const char *service, *client; /* client_print */
	const char *identity;	      /* or NULL */
	const char *user;	      /* its name, or its number from a pool */
	int64_t pid, age;	      /* ns */
	const char *state;   /* "handshake", "starting", "running", "ending" */
	int64_t deadline;    /* ns from now, or -1 */
	const char *command; /* or NULL */
	int64_t bytes_in, bytes_out; /* or -1 */
};

struct answer_source {
	const char *service;		/* NULL: of all services */
	const char *source;		/* source_print */
	int64_t sessions, max_sessions; /* limit: or -1 */
	bool limited;			/* its next client is refused now */
	int64_t until; /* ns from now, when its rate allows one; or -1 */
};

/* One fact of an explanation, in the order in which to read them. */
struct answer_fact {
	const char *section; /* "verdict", "rule", "user", "limit", ... */
	const char *name, *value;
	const char *where; /* file:line, "preset NAME", "default"; or NULL */
};

struct answer_message { /* FIXED */
	const char *text;
};

struct answer_result {	/* FIXED */
	int64_t status; /* enum control_status */
};

extern const struct record_format answer_format;

/*
 * Read TEXT, which is changed: TAKE gets each record.  If its version is
 * another one, only the fixed kinds are read and all others left out.  *OTHER
 * tells which.  Returns 0, or -1 with what is wrong in ERROR: also when the
 * result or the end is missing.
 */
typedef void answer_fn(void *arg, enum answer_kind kind, const void *record);
int answer_read(char *text, answer_fn *take, void *arg, bool *other,
    char *error, size_t size);

#endif
