/*
 * state.h -- the state of the daemon, as its loop and direct helpers see it.
 *
 * Times are clock_now's, in ns.
 */

#ifndef STATE_H
#define STATE_H

#include <sys/queue.h>
#include <sys/socket.h>

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "config/arena.h"
#include "haild/admission/admit.h"
#include "haild/children/children.h"
#include "haild/children/service_stats.h"
#include "haild/listen/listener.h"
#include "config/config.h"
#include "haild/children/leftovers.h"
#include "haild/children/linger.h"
#include "haild/load.h"
#include "lib/log.h"
#include "lib/ratelimit.h"
#include "haild/logger.h"
#include "haild/supervise.h"
#include "haild/takeover/upgrade.h"

/* Why the configuration's child runs. */
enum load_kind { LOAD_NONE, LOAD_RELOAD, LOAD_RETRY };

/* Children that have exited (reaper.h). */
struct reaping {
	bool more;	  /* more have exited than one turn reaps */
	int64_t last;	  /* when all were looked at */
	int64_t next;	  /* when they are again; 0: no need */
	int64_t swept_at; /* for leftovers */
};

struct server {
	struct config_source source;
	const struct config *config;
	struct arena arena; /* the configuration's */

	struct load load; /* the configuration's child, while there is one */
	enum load_kind loading;
	int64_t load_deadline;
	bool load_again;     /* a SIGHUP came meanwhile */
	int64_t retry_at;    /* of services out of service; 0: none */
	const char *trouble; /* why the last reload failed, or NULL */

	struct upgrade upgrade;
	struct supervise supervise;

	struct listeners listeners;
	size_t nserved; /* services that are not disabled */
	struct service_stats_list all_stats;
	struct children children;
	struct admission admission;
	struct reaping reaping;
	struct leftovers leftovers;
	struct linger_list linger;

	bool terminal; /* has a controlling terminal: started by hand */
	int devnull;
	int empty;   /* an empty root directory (confine.h); -1: none */
	int hangups; /* epoll: clients that may disconnect, and channels */

	struct logger logger;

	size_t first; /* the listener served first in the next turn */

	bool stopping;
	int64_t stop_deadline; /* 0: it has passed */

	struct log_lost lost; /* log lines lost before an upgrade */
	struct refusals refusals;
	struct ratelimit waits; /* lines about clients that wait */
	struct ratelimit accept_errors;
};

#endif
