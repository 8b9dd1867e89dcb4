/*
 * takeover.h -- the parts of the daemon that an upgrade hands over.
 */

#ifndef TAKEOVER_H
#define TAKEOVER_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

struct children;
struct control;
struct control_history;
struct leaves;
struct leftovers;
struct linger_process;
struct listeners;
struct log_lost;
struct relays;
struct service_stats_list;
struct sources;
struct uids;

/* The daemon owns them. */
struct takeover {
	struct service_stats_list *all_stats;
	struct listeners *listeners;
	struct children *children;
	struct sources *sources;
	struct leftovers *leftovers;
	struct log_lost *lost;
	int *hangups; /* the epoll descriptor of clients */
	pid_t *logger;
	int64_t *logger_started;
	struct linger_process *linger; /* LINGER_PROCESSES */
	struct relays *relays;	       /* none is starting */
	struct uids *uids;
	struct leaves *leaves;
	struct control *control;
	struct control_history *history;
	bool *drained; /* services that a reload adds are, too */
};

#endif
