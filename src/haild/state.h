/*
 * state.h -- what the running daemon knows.
 *
 * A forked child has a consistent copy of all of it, so that a child can show
 * it without asking.  Times are clock_now's ns.
 */

#ifndef STATE_H
#define STATE_H

#include <sys/queue.h>
#include <sys/socket.h>

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "config/arena.h"
#include "haild/children/children.h"
#include "haild/children/service_stats.h"
#include "haild/listen/listener.h"
#include "config/config.h"
#include "haild/children/leftovers.h"
#include "haild/children/linger.h"
#include "haild/helpers.h"
#include "haild/load.h"
#include "lib/log.h"
#include "lib/ratelimit.h"
#include "haild/admission/refusals.h"
#include "haild/admission/sources.h"
#include "haild/supervise.h"
#include "haild/takeover/upgrade.h"

struct server {
	struct config_source source;
	const struct config *config;
	struct arena arena; /* the configuration's */

	struct helpers helpers;
	struct load load;	/* haild-load, while it runs */
	enum load_kind loading; /* what for */
	int64_t load_deadline;
	bool load_again;     /* a SIGHUP came meanwhile */
	int64_t retry_at;    /* for what is out of service; 0: nothing is */
	const char *trouble; /* why the last reload was refused, or NULL */

	struct upgrade upgrade;
	struct supervise supervise;

	struct listeners listeners;
	size_t nserved; /* services that are not disabled */
	struct service_stats_list all_stats;
	struct children children;
	struct sources sources; /* of the daemon alone: not there in a child */
	int64_t load_average;	/* of a minute, in hundredths */
	int64_t load_read_at;

	bool terminal; /* it has one: started with -f, by hand */
	int devnull;
	int empty;   /* a directory that is nowhere, under root (confine.h) */
	int hangups; /* epoll: clients that may vanish, and channels */

	pid_t logger; /* 0: none */
	int64_t logger_started;
	bool logger_renewed; /* it was told to make room for a new one */

	bool more_to_reap;    /* than one turn's share */
	int64_t reaped_at;    /* when all children were asked last */
	int64_t reap_at;      /* when they are again; 0: no need */
	size_t first;	      /* the listener that has the first turn */
	int64_t logger_woken; /* when it was last told to go on */

	bool stopping;
	int64_t stop_deadline; /* 0: it has passed */

	int64_t last_sweep;

	struct log_lost lost;	  /* what the next image is told of, or was */
	struct refusals refusals; /* of log lines */
	struct ratelimit waits;
	struct ratelimit troubles;

	struct leftovers leftovers;
	struct linger_list linger;
};

#endif
