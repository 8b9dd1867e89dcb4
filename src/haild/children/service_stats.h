/*
 * service_stats.h -- counters and queues of each service, by name.
 */

#ifndef SERVICE_STATS_H
#define SERVICE_STATS_H

#include <sys/queue.h>

#include "haild/admission/admit.h"
#include "lib/outcome.h"

struct child;
TAILQ_HEAD(child_queue, child);

/* How many of a service's sessions run a command. */
struct command_count {
	struct command_count *next;
	unsigned int live;
	char name[];
};

/* The upper bounds of the histogram of durations; the last bucket has none. */
#define DURATION_BUCKETS 12
extern const int64_t duration_bounds[DURATION_BUCKETS - 1]; /* ns */

/*
 * What a service has done since the start of the daemon; upgrades keep it.
 * These hold at any time:
 *
 *	refused = sum(refusals)
 *	accepted = running + sum(outcomes) + refused_later
 *
 * "running" are the live sessions that are neither in a TLS handshake nor
 * refused.  A client whose session cannot be forked is in "failed" only.
 */
struct service_counts {
	uint64_t outcomes[NOUTCOMES]; /* sessions that ended, by how */
	uint64_t refusals[NREFUSALS]; /* refused clients, by reason */
	uint64_t refused_later; /* of them those that a proxy announced after
				   the fork */
	uint64_t durations[DURATION_BUCKETS]; /* sessions, not cumulative */
	int64_t duration;		      /* of all of them, ns */
	int64_t cpu;			      /* of all of them, ns */
	uint64_t bytes_in, bytes_out; /* from and to clients, where known */
};

/* Kept over reloads, as long as the service has sessions. */
struct service_stats {
	TAILQ_ENTRY(service_stats) entry;
	char *name;
	struct usage usage;
	uint64_t accepted, refused, failed;
	bool waiting;	 /* "clients are waiting" was the last line logged */
	int64_t open_at; /* when they stopped waiting; 0: they are waiting */
	int stderr_read, stderr_write; /* its pipe to the logger, or -1 */
	bool out;		       /* out of service */
	bool drained;		       /* haildctl drain: accepts no clients */
	bool draining;		       /* its end is not logged yet */
	bool replan; /* while drained changes (listen/plan.h) */
	struct service_counts counts;
	struct command_count *commands;
	struct child_queue starting; /* not ready yet (children_expect) */
	struct child_queue timed;    /* waiting for session-timeout */
	struct child_queue ending;   /* waiting for the next signal */
	struct child_queue killed;   /* waiting to be reaped (REAP_GRACE) */
	unsigned int unreapable;     /* children that cannot be */
	char trouble[256];	     /* why it cannot listen, if it is out */
	bool log_prefix; /* log-address = "prefix", and the bits of it */
	unsigned int log_v4, log_v6;
	bool health;   /* it answers health checks */
	uint32_t turn; /* sessions started, for forward-policy "round-robin" */
};
TAILQ_HEAD(service_stats_list, service_stats);

/* The stats of that name, or NULL. */
struct service_stats *service_stats_find(
    const struct service_stats_list *all, const char *name);

/* The same, created if needed; NULL when out of memory. */
struct service_stats *service_stats_get(
    struct service_stats_list *all, const char *name);

/*
 * Take over what CONFIG and SERVICE (NULL: no longer in it) say about lines of
 * the log.
 */
void service_stats_configure(struct service_stats *stats,
    const struct config *config, const struct service *service);

/* The count of one of its commands, likewise. */
struct command_count *service_stats_command(
    struct service_stats *stats, const char *name);

/* A client was refused; or its session could not be forked. */
void service_stats_refused(
    struct service_stats *stats, enum refusal_reason reason);

/* What a session has used.  ns and bytes; -1: not known. */
struct session_use {
	int64_t duration, cpu, bytes_in, bytes_out;
};

/* A session that was accepted has ended. */
void service_stats_ended(struct service_stats *stats, enum outcome_kind how,
    const struct session_use *use);

/* Add the bytes of a session; -1: not known. */
void service_stats_add_bytes(
    struct service_stats *stats, int64_t bytes_in, int64_t bytes_out);

/* Whether COMMAND, counted in COUNT, has as many sessions as it may have. */
bool service_stats_command_is_full(
    const struct command_count *count, const struct service *command);

/* Close its pipe to the logger, if there is one. */
void service_stats_close_pipe(struct service_stats *stats);

/* Free those without sessions that CONFIG does not have; close their pipes. */
void service_stats_forget(
    struct service_stats_list *all, const struct config *config);

#endif
