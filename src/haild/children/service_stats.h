/*
 * service_stats.h -- what is counted for each service, by its name.
 */

#ifndef SERVICE_STATS_H
#define SERVICE_STATS_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "haild/children/children.h"

/* How many sessions run a command, of those that a service has. */
struct command_count {
	struct command_count *next;
	unsigned int live;
	char name[];
};

/* What is counted for a service, by name: it outlives a configuration. */
struct service_stats {
	TAILQ_ENTRY(service_stats) entry;
	char *name;
	unsigned int live; /* sessions, reserved ones included */
	uint64_t accepted, refused, failed;
	int64_t full_at; /* the bucket of its rate */
	bool waiting;	 /* it was logged that clients are kept waiting */
	int64_t open_at; /* since when they are not, though; 0: they are */
	int stderr_read, stderr_write; /* its pipe to the logger, or -1 */
	bool out; /* a listener of it could not be opened */
	struct command_count *commands;
	struct child_queue starting; /* not ready yet (channel.h) */
	struct child_queue timed;    /* waiting for session-timeout */
	struct child_queue ending;   /* waiting for the next signal */
};
TAILQ_HEAD(service_stats_list, service_stats);

/* The stats of that name, made when there is none; NULL without memory. */
struct service_stats *service_stats_get(
    struct service_stats_list *all, const char *name);

/* The count of a command of it, made when there is none; NULL without memory.
 */
struct command_count *service_stats_command(
    struct service_stats *stats, const char *name);

/*
 * Forget those that CONFIG does not have and that have no session any more,
 * with their pipes.
 */
void service_stats_forget(
    struct service_stats_list *all, const struct config *config);

#endif
